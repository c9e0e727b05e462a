"""Recognize the tweets that the weights of the package were fitted on: no score may be of tweets they have seen."""

import zlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from sentiment140.text.tokenize import Tokens

FILE = "fitted_tweets.npy"


def checksums(tokens: Tokens) -> np.ndarray:
    """Compute a checksum of the tokens of each tweet, uint32 [tweets]; copies have the same one."""
    tweets = (" ".join(tokens.tweet(row)) for row in range(len(tokens)))
    return np.array([zlib.crc32(tweet.encode("utf-8", "surrogatepass")) for tweet in tweets], np.uint32)


def write_fitted(tokens: Tokens, folder: Path) -> None:
    """Write the checksums of the tweets that weights were fitted on, from which no tweet can be read."""
    np.save(folder / FILE, np.unique(checksums(tokens)))


def were_fitted(tokens: Tokens) -> np.ndarray:
    """Whether the weights of the package were fitted on each tweet, bool [tweets].

    Of a million other tweets, about seven have the checksum of such a tweet.
    """
    return np.isin(checksums(tokens), _fitted())


@cache
def _fitted() -> np.ndarray:
    with (files(__package__) / FILE).open("rb") as file:
        return np.asarray(np.load(file, allow_pickle=False))
