"""Split tweets into folds so that all copies of a text are in the same fold."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from sklearn.model_selection import StratifiedKFold

from sentiment140.errors import UserError
from sentiment140.text.ragged import Ragged
from sentiment140.text.tokenize import UNKNOWN, Tokens

_NOT_WORDS = {"rt", "retweet", "http", "https"}  # marks of a retweet, and what is left of a broken link
_NOT_COMPARED = re.compile(r"\d+(st|nd|rd|th) | \w_+\w", re.VERBOSE)  # ordinals, and faces such as "o_o"
_PLACEHOLDERS = re.compile(r"@user\b|https?://url\b|http\b", re.IGNORECASE)  # mentions and links of anonymized tweets


def duplicate_groups(tokens: Tokens, texts: Sequence[str]) -> np.ndarray:
    """Group the tweets that are copies of each other: the same words in the same order.

    Case, punctuation, apostrophes, mentions, links, numbers, emoticons and the length of an elongation are ignored, and
    so are "RT" and "via @user". So the copies of a spam text, and a retweet and its original, form one group.

    A tweet without a word is a copy of those with the same text. If that text has neither letters nor digits, or only
    the placeholders of anonymized mentions and links, it is a copy of none: there is nothing to compare. In one large
    group, such tweets would be scored by models that never saw one, and would make the bootstrap's intervals too wide.

    Args:
        tokens: the tokens of the tweets.
        texts: the texts of the same tweets.

    Returns:
        int64 [tweets]: the group of each tweet, numbered from 0 in order of first appearance.

    Examples:
        >>> from sentiment140.text.tokenize import tokenize
        >>> texts = ["I'm good!", "so bad", "RT @bob: IM GOOD http://t.co/x", "@bob", "@ann", "@bob", ":)", ":)"]
        >>> duplicate_groups(tokenize(texts), texts).tolist()
        [0, 1, 0, 2, 3, 2, 4, 5]
    """
    words = _compared_words(tokens)
    # One dictionary from the bytes of a tweet's words to its group: fast enough for 1.6 million tweets.
    buffer, width = words.flat.tobytes(), words.flat.itemsize
    group_of: dict[bytes | str | int, int] = {}
    bounds = pairwise((words.offsets * width).tolist())
    return np.array(
        [
            group_of.setdefault(buffer[start:end] or _key_without_words(texts[row]) or row, len(group_of))
            for row, (start, end) in enumerate(bounds)
        ],
        np.int64,
    )


def _compared_words(tokens: Tokens) -> Ragged:
    """Number the words by which copies are recognized; a tweet may have none."""
    spellings = [_spelling(word) for word in tokens.words]
    numbers = {spelling: number for number, spelling in enumerate(dict.fromkeys(spellings))}
    is_word = np.array([spelling != "" for spelling in spellings], bool)
    is_via, is_user = (np.array([word == name for word in tokens.words], bool) for name in ("via", "<user>"))
    kept = tokens.where((is_word | is_user)[tokens.flat])
    is_compared = is_word[kept.flat]
    is_compared[:-1] &= ~(is_via[kept.flat[:-1]] & is_user[kept.flat[1:]])
    kept = kept.where(is_compared)
    return Ragged(np.array([numbers[spelling] for spelling in spellings], np.int32)[kept.flat], kept.offsets)


def _spelling(word: str) -> str:
    """Return the word without apostrophes and leading digits; empty if the word is not compared."""
    if not word[0].isalnum() or word == UNKNOWN or word in _NOT_WORDS or _NOT_COMPARED.fullmatch(word):
        return ""
    return word.replace("'", "").lstrip("0123456789")


def _key_without_words(text: str) -> str:
    """Return the text in one case and without blanks; empty if it has no letter or digit besides placeholders."""
    has_content = any(map(str.isalnum, _PLACEHOLDERS.sub("", text)))
    return "".join(text.casefold().split()) if has_content else ""


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
