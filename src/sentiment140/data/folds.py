"""Who validates whom: folds that no tweet shares with a copy of itself."""

from itertools import pairwise

import numpy as np
from sklearn.model_selection import StratifiedKFold

from sentiment140.errors import UserError
from sentiment140.text.tokenize import UNKNOWN, Tokens


def duplicate_groups(tokens: Tokens) -> np.ndarray:
    """int64 [tweets]: equal for tweets that are the same once normalised.

    The same means the same words in the same order: case, punctuation, mentions, links, numbers, emoticons and the
    length of an elongation aside. So a retweet or a spam text sent to many is one text. Tweets without any word are one
    group.
    """
    is_word = np.array([word[0].isalnum() and word != UNKNOWN for word in tokens.words], bool)
    kept = is_word[tokens.flat]
    words = tokens.flat[kept]
    offsets = np.concatenate(([0], np.cumsum(kept)))[tokens.offsets]
    buffer, width = words.tobytes(), words.itemsize
    seen: dict[bytes, int] = {}
    bounds = (offsets * width).tolist()
    return np.array(
        [seen.setdefault(buffer[start:end], len(seen)) for start, end in pairwise(bounds)],
        np.int64,
    )


def assign_folds(groups: np.ndarray, labels: np.ndarray, k: int, seed: int) -> np.ndarray:
    """int8 [tweets]: the fold of each; a group lies in one fold, and the folds are alike in label and size.

    scikit-learn's StratifiedGroupKFold does the same one group at a time, which takes minutes for a million groups:
    here the groups themselves are stratified, by the label most of their tweets have.

    Raises:
        UserError: fewer texts of one label than folds.
    """
    sizes = np.bincount(groups)
    majority = (np.bincount(groups, weights=labels) * 2 > sizes).astype(np.int8)
    rarest = int(np.bincount(majority, minlength=2).min())
    if rarest < k:
        raise UserError(
            f"only {rarest} different texts of one label", f"for {k} folds", "use more tweets or fewer folds"
        )
    fold_of_group = np.empty(len(sizes), np.int8)
    splitter = StratifiedKFold(k, shuffle=True, random_state=seed)
    for fold, (_, validation) in enumerate(splitter.split(majority, majority)):
        fold_of_group[validation] = fold
    return fold_of_group[groups]
