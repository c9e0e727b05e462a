"""Kinds of tweets, by what stands in them: on which is a model good?"""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from sentiment140.text.stopwords import NEGATIONS
from sentiment140.text.tokenize import Tokens

_ELONGATION = re.compile(r"([A-Za-z])\1\1")
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")
_NOT_WRITTEN = re.compile(r"https?://\S+|www\.\S+|@\w+|&\w+;")  # names and addresses are nobody's spelling
_LENGTHS = {
    "1 to 5 tokens": (1, 5),
    "6 to 12 tokens": (6, 12),
    "13 to 20 tokens": (13, 20),
    "over 20 tokens": (21, None),
}


def slices(texts: pd.Series, tokens: Tokens, without_vector: np.ndarray | None) -> pd.DataFrame:
    """bool, a row a tweet and a column a kind of tweet; a tweet may be of several kinds.

    Args:
        texts: the tweets.
        tokens: the same tweets.
        without_vector: float [tweets], the share of a tweet's words that no vector file has one for; None where none
            is used.
    """
    lengths = tokens.lengths
    kinds = {
        name: (lengths >= low) & (lengths <= (high or lengths.max(initial=0))) for name, (low, high) in _LENGTHS.items()
    }
    kinds["negation"] = _holds(tokens, lambda word: word in NEGATIONS or word.endswith("n't") or word == "cannot")
    kinds["question"] = _holds(tokens, lambda word: "?" in word)
    kinds["mention"] = _holds(tokens, lambda word: word == "<user>")
    kinds["link"] = _holds(tokens, lambda word: word == "<url>")
    kinds["hashtag"] = _holds(tokens, lambda word: word == "<hashtag>")
    kinds["elongation (soooo)"] = _matches(texts, _ELONGATION)
    kinds["capitals (LOVE)"] = _matches(texts, _CAPITALS)
    if without_vector is not None:
        kinds["half its words without a vector"] = without_vector >= 0.5
    return pd.DataFrame(kinds)


def _holds(tokens: Tokens, is_wanted: Callable[[str], bool]) -> np.ndarray:
    wanted = np.array([is_wanted(word) for word in tokens.words], bool)
    parts = [np.logical_or.reduceat(wanted[part.flat], part.starts) for part in tokens.chunks()]
    return np.concatenate([np.empty(0, bool), *parts])


def _matches(texts: pd.Series, pattern: re.Pattern[str]) -> np.ndarray:
    def is_matched(text: str) -> bool:
        return bool(pattern.search(text)) and bool(pattern.search(_NOT_WRITTEN.sub(" ", text)))

    return np.array([is_matched(text) for text in texts], bool)


def pack(kinds: pd.DataFrame) -> np.ndarray:
    """int32 [tweets]: one number a tweet, bit `i` the `i`-th column."""
    return (kinds.to_numpy(np.int32) << np.arange(kinds.shape[1], dtype=np.int32)).sum(axis=1, dtype=np.int32)


def unpack(packed: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """bool [tweets] by name: what `pack` packed."""
    return {name: (packed >> bit) & 1 == 1 for bit, name in enumerate(names)}
