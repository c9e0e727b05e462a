"""Slices of tweets, such as those with a negation. The error analysis scores each slice separately."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from sentiment140.text.stopwords import NEGATIONS
from sentiment140.text.tokenize import Tokens

_ELONGATION = re.compile(r"([A-Za-z])\1\1")
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")
# Names, addresses and entities are not the author's spelling: "http://x.com/AAA" is neither elongated nor in capitals.
_NOT_SPELLING = re.compile(r"https?://\S+|www\.\S+|@\w+|&\w+;")
_LENGTH_RANGES = {
    "1 to 5 tokens": (1, 5),
    "6 to 12 tokens": (6, 12),
    "13 to 20 tokens": (13, 20),
    "over 20 tokens": (21, None),
}


def slices(texts: pd.Series, tokens: Tokens, without_vector: np.ndarray | None) -> pd.DataFrame:
    """Find the slices that each tweet belongs to.

    Args:
        texts: str [tweets], the tweets as they were written.
        tokens: the tokens of the same tweets.
        without_vector: float [tweets], the share of each tweet's words that have no vector in the vector file; None if
            no vector file is used.

    Returns:
        bool, one row per tweet and one column per slice. A tweet may belong to several slices.

    Example:
        >>> from sentiment140.text.tokenize import tokenize
        >>> texts = pd.Series(["not good", "sooo good"])
        >>> slices(texts, tokenize(texts), without_vector=None)[["negation", "elongation (soooo)"]]
           negation  elongation (soooo)
        0      True               False
        1     False                True
    """
    lengths = tokens.lengths
    found = {
        name: (lengths >= low) & (lengths <= (high or lengths.max(initial=0)))
        for name, (low, high) in _LENGTH_RANGES.items()
    }
    found["negation"] = _has_token(tokens, lambda word: word in NEGATIONS or word.endswith("n't") or word == "cannot")
    found["question"] = _has_token(tokens, lambda word: "?" in word)
    found["mention"] = _has_token(tokens, lambda word: word == "<user>")
    found["link"] = _has_token(tokens, lambda word: word == "<url>")
    found["hashtag"] = _has_token(tokens, lambda word: word == "<hashtag>")
    found["elongation (soooo)"] = _has_spelling(texts, _ELONGATION)
    found["capitals (LOVE)"] = _has_spelling(texts, _CAPITALS)
    if without_vector is not None:
        found["half its words without a vector"] = without_vector >= 0.5
    return pd.DataFrame(found)


def _has_token(tokens: Tokens, is_wanted: Callable[[str], bool]) -> np.ndarray:
    """bool [tweets]: whether a tweet has at least one token for which `is_wanted` is true."""
    wanted = np.array([is_wanted(word) for word in tokens.words], bool)
    chunks = [np.logical_or.reduceat(wanted[chunk.flat], chunk.starts) for chunk in tokens.chunks()]
    return np.concatenate([np.empty(0, bool), *chunks])


def _has_spelling(texts: pd.Series, pattern: re.Pattern[str]) -> np.ndarray:
    """bool [tweets]: whether the pattern matches a tweet outside of its links, mentions and entities."""

    def matches(text: str) -> bool:
        # Few tweets match at all, so links and mentions are only removed from those.
        return bool(pattern.search(text)) and bool(pattern.search(_NOT_SPELLING.sub(" ", text)))

    return np.array([matches(text) for text in texts], bool)


def pack(slices: pd.DataFrame) -> np.ndarray:
    """Pack the slices of each tweet into the bits of one integer.

    Args:
        slices: bool, one row per tweet and one column per slice, at most 31 columns.

    Returns:
        int32 [tweets]; bit `i` is column `i`.

    Example:
        >>> pack(pd.DataFrame({"negation": [True, False], "link": [True, True]})).tolist()
        [3, 2]
    """
    return (slices.to_numpy(np.int32) << np.arange(slices.shape[1], dtype=np.int32)).sum(axis=1, dtype=np.int32)


def unpack(packed: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """Unpack the integers of `pack`.

    Args:
        packed: int32 [tweets], from `pack`.
        names: the names of the slices in the order of the columns that were packed.

    Returns:
        bool [tweets] for each name.

    Example:
        >>> {name: inside.tolist() for name, inside in unpack(np.array([3, 2]), ["negation", "link"]).items()}
        {'negation': [True, False], 'link': [True, True]}
    """
    return {name: (packed >> bit) & 1 == 1 for bit, name in enumerate(names)}
