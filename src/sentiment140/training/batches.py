"""Group tweets of similar length into batches."""

from collections.abc import Iterator

import numpy as np

from sentiment140.text.vocabulary import Ids

_SMALLEST_SHARE = 4  # of a batch: few long tweets would be a batch of their own, whose gradient is mostly noise


def training_widths(ids: Ids, bucket: int, batch_size: int) -> np.ndarray:
    """Return the width to which each tweet is padded in training.

    It is that of `Ids.widths`, or the next larger one if less than a fourth of a batch has it. If the widest tweets are
    still too few, those of the width before are padded as wide as they are.

    Args:
        ids: the tweets.
        bucket: in tokens; widths are multiples of it.
        batch_size: maximum number of tweets in a batch.

    Returns:
        int64 [tweets].

    Example:
        >>> tweets = Ids(np.ones(20, np.int32), np.array([0, 2, 4, 8, 11, 20]))  # of 2, 2, 4, 3 and 9 tokens
        >>> training_widths(tweets, bucket=1, batch_size=8).tolist()
        [2, 2, 9, 9, 9]
    """
    widths = ids.widths(bucket)
    values, group, counts = np.unique(widths, return_inverse=True, return_counts=True)
    ends, size = [], 0  # the widest value of each group of values
    for index, count in enumerate(counts.tolist()):
        size += count
        if size * _SMALLEST_SHARE >= batch_size:
            ends.append(index)
            size = 0
    if size:
        ends[-1:] = [len(values) - 1]
    return values[np.array(ends, np.int64)[np.searchsorted(ends, group)]] if len(widths) else widths


def count_batches(ids: Ids, bucket: int, batch_size: int) -> int:
    """Count the batches that `bucketed_batches` yields, which is the same number for every seed.

    Args:
        ids: the tweets.
        bucket: in tokens; padded widths are multiples of it.
        batch_size: maximum number of tweets in a batch.
    """
    _, tweets_per_width = np.unique(training_widths(ids, bucket, batch_size), return_counts=True)
    return int(np.ceil(tweets_per_width / batch_size).sum())


def bucketed_batches(
    ids: Ids, labels: np.ndarray, bucket: int, batch_size: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield every tweet once, in random batches of tweets with the same padded width, in random order.

    If every tweet were padded to the longest one, half of the computation would be spent on padding: the mean tweet has
    14 of 40 tokens.

    Args:
        ids: the tweets.
        labels: [tweets], labels or probabilities.
        bucket: in tokens; padded widths are multiples of it.
        batch_size: maximum number of tweets in a batch.
        seed: seed of the batches and of their order.

    Yields:
        (ids int32 [n, width], labels float32 [n, 1]).

    Example:
        >>> tweets = Ids(np.array([5, 7, 8, 5, 6], np.int32), np.array([0, 3, 4, 5]))  # [5, 7, 8], [5] and [6]
        >>> batches = bucketed_batches(tweets, np.array([1, 0, 1]), bucket=2, batch_size=2, seed=0)
        >>> sorted(batch.shape for batch, _ in batches)
        [(1, 4), (2, 2)]
    """
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(ids))
    widths = training_widths(ids, bucket, batch_size)[shuffled]
    batches = [
        (int(width), rows[start : start + batch_size])
        for width in np.unique(widths)
        for rows in (shuffled[widths == width],)
        for start in range(0, len(rows), batch_size)
    ]
    for index in random.permutation(len(batches)):
        width, rows = batches[index]
        yield ids.padded(rows, width), labels[rows, None].astype(np.float32)
