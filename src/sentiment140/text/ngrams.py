"""Runs of neighbouring words as numbers: what the TF-IDF members count. NumPy only, so that scoring needs no more."""

import numpy as np

from sentiment140.text.vocabulary import Ids

_SPAN = 1 << 20  # ids stay below this, so that three of them fit an int64


def ngram_codes(ids: Ids, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Every run of 1 to `longest` neighbouring ids of each tweet.

    Returns:
        (rows int64 [runs], codes int64 [runs]); equal runs have equal codes, whatever the tweet.
    """
    rows = np.repeat(np.arange(len(ids)), ids.lengths)
    codes = ids.flat.astype(np.int64)
    all_rows, all_codes = [rows], [codes]
    for length in range(2, longest + 1):
        codes = codes[:-1] * _SPAN + ids.flat[length - 1 :] if len(codes) else codes
        inside = rows[: len(codes)] == rows[length - 1 :]
        all_rows.append(rows[: len(codes)][inside])
        all_codes.append(codes[inside])
    return np.concatenate(all_rows), np.concatenate(all_codes)


def ngram_counts(ids: Ids, terms: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How often each known run occurs in each tweet.

    Args:
        ids: the tweets.
        terms: int64 [terms], codes of the known runs, ascending.
        longest: ids a run has at most.

    Returns:
        (rows int64 [n], columns int64 [n] into `terms`, counts float32 [n]), by row, then column, each pair once.
    """
    rows, codes = ngram_codes(ids, longest)
    columns = np.searchsorted(terms, codes)
    known = terms[np.minimum(columns, len(terms) - 1)] == codes
    pairs, counts = np.unique(rows[known] * len(terms) + columns[known], return_counts=True)
    return pairs // len(terms), pairs % len(terms), counts.astype(np.float32)
