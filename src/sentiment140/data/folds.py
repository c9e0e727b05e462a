"""Split tweets into folds so that all copies of a text are in the same fold."""

from itertools import pairwise

import numpy as np
from sklearn.model_selection import StratifiedKFold

from sentiment140.errors import UserError
from sentiment140.text.tokenize import UNKNOWN, Tokens


def duplicate_groups(tokens: Tokens) -> np.ndarray:
    """Group the tweets that consist of the same words in the same order.

    Case, punctuation, mentions, links, numbers, emoticons and the length of an elongation are ignored, so the copies of
    a retweet or of a spam text form one group. All tweets without a word form one group, too.

    Args:
        tokens: the tokens of the tweets.

    Returns:
        int64 [tweets]: the group of each tweet, numbered from 0 in order of first appearance.

    Examples:
        >>> from sentiment140.text.tokenize import tokenize
        >>> duplicate_groups(tokenize(["So good!", "so bad", "@bob SO GOOD http://t.co/x"])).tolist()
        [0, 1, 0]
    """
    is_word = np.array([word[0].isalnum() and word != UNKNOWN for word in tokens.words], bool)
    kept = is_word[tokens.flat]
    words = tokens.flat[kept]
    offsets = np.concatenate(([0], np.cumsum(kept)))[tokens.offsets]
    # One dictionary from the bytes of a tweet's words to its group: fast enough for 1.6 million tweets.
    buffer, width = words.tobytes(), words.itemsize
    group_of: dict[bytes, int] = {}
    bounds = (offsets * width).tolist()
    return np.array(
        [group_of.setdefault(buffer[start:end], len(group_of)) for start, end in pairwise(bounds)],
        np.int64,
    )


def assign_folds(groups: np.ndarray, labels: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Assign each tweet to a fold; groups stay together, and the folds have similar sizes and shares of labels.

    scikit-learn's StratifiedGroupKFold does the same, but one group at a time, which takes minutes for a million
    groups. Here the groups themselves are stratified by their majority label.

    Args:
        groups: int64 [tweets], the group of each tweet, numbered from 0.
        labels: int8 [tweets], 0 or 1.
        k: number of folds.
        seed: seed of the random assignment.

    Returns:
        int8 [tweets]: the fold of each tweet, 0 to k - 1.

    Raises:
        UserError: one of the labels has fewer groups than there are folds.

    Examples:
        >>> folds = assign_folds(np.array([0, 0, 1, 2, 3]), np.array([1, 1, 1, 0, 0]), k=2, seed=0)
        >>> sorted(np.bincount(folds).tolist()), bool(folds[0] == folds[1])
        ([2, 3], True)
    """
    sizes = np.bincount(groups)
    majority = (np.bincount(groups, weights=labels) * 2 > sizes).astype(np.int8)
    counts = np.bincount(majority, minlength=2)
    fewest, rarer_label = int(counts.min()), ("negative", "positive")[int(counts.argmin())]
    if fewest < k:
        raise UserError(
            f"only {fewest} different {rarer_label} texts", f"for {k} folds", "use more tweets or fewer folds (--folds)"
        )
    fold_of_group = np.empty(len(sizes), np.int8)
    splitter = StratifiedKFold(k, shuffle=True, random_state=seed)
    for fold, (_, validation) in enumerate(splitter.split(majority, majority)):
        fold_of_group[validation] = fold
    return fold_of_group[groups]
