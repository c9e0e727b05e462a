"""Count word n-grams for the TF-IDF members. Needs only NumPy, so that scoring does not need scikit-learn."""

import numpy as np

from sentiment140.text.vocabulary import Ids

MAX_IDS = 1 << 20  # ids are smaller than this, so three of them fit into one int64
MAX_NGRAMS = 3


def ngram_codes(ids: Ids, max_n: int) -> tuple[np.ndarray, np.ndarray]:
    """Encode every n-gram of each tweet as one integer.

    Args:
        ids: the word ids of the tweets.
        max_n: length of the longest n-grams in words, 1 to 3.

    Returns:
        (rows int64 [n-grams], codes int64 [n-grams]): the tweet each n-gram is in, and its code. Equal n-grams have
        equal codes, also in different tweets.

    Example:
        >>> tweets = Ids(np.array([5, 7, 5], np.int32), np.array([0, 2, 3]))  # the tweets [5, 7] and [5]
        >>> rows, codes = ngram_codes(tweets, max_n=2)
        >>> rows.tolist(), codes.tolist()
        ([0, 0, 1, 0], [5, 7, 5, 5242887])
    """
    rows = np.repeat(np.arange(len(ids)), ids.lengths)
    codes = ids.flat.astype(np.int64)
    all_rows, all_codes = [rows], [codes]
    for n in range(2, max_n + 1):
        codes = codes[:-1] * MAX_IDS + ids.flat[n - 1 :] if len(codes) else codes
        in_one_tweet = rows[: len(codes)] == rows[n - 1 :]
        all_rows.append(rows[: len(codes)][in_one_tweet])
        all_codes.append(codes[in_one_tweet])
    return np.concatenate(all_rows), np.concatenate(all_codes)


def ngram_counts(ids: Ids, terms: np.ndarray, max_n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count how often each known n-gram occurs in each tweet.

    Args:
        ids: the word ids of the tweets.
        terms: int64 [terms], the codes of the known n-grams in ascending order.
        max_n: length of the longest n-grams in words, 1 to 3.

    Returns:
        (rows int64 [n], columns int64 [n], counts float32 [n]): the nonzero counts as a sparse matrix, sorted by row
        and then by column, without duplicates. A column is an index into `terms`.

    Example:
        >>> tweets = Ids(np.array([5, 7, 5], np.int32), np.array([0, 3]))  # one tweet: [5, 7, 5]
        >>> rows, columns, counts = ngram_counts(tweets, terms=np.array([5, 6, 7]), max_n=1)
        >>> rows.tolist(), columns.tolist(), counts.tolist()
        ([0, 0], [0, 2], [2.0, 1.0])
    """
    rows, codes = ngram_codes(ids, max_n)
    columns = np.searchsorted(terms, codes)
    is_known = terms[np.minimum(columns, len(terms) - 1)] == codes
    cells, counts = np.unique(rows[is_known] * len(terms) + columns[is_known], return_counts=True)
    return cells // len(terms), cells % len(terms), counts.astype(np.float32)
