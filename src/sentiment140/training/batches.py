"""Group tweets of similar length into batches."""

from collections.abc import Iterator

import numpy as np

from sentiment140.text.vocabulary import Ids


def count_batches(ids: Ids, bucket: int, batch_size: int) -> int:
    """Count the batches that `bucketed_batches` yields, which is the same number for every seed.

    Args:
        ids: the tweets.
        bucket: in tokens; padded widths are multiples of it.
        batch_size: maximum number of tweets in a batch.
    """
    _, tweets_per_width = np.unique(ids.widths(bucket), return_counts=True)
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
    widths = ids.widths(bucket)[shuffled]
    batches = [
        (int(width), rows[start : start + batch_size])
        for width in np.unique(widths)
        for rows in (shuffled[widths == width],)
        for start in range(0, len(rows), batch_size)
    ]
    for index in random.permutation(len(batches)):
        width, rows = batches[index]
        yield ids.padded(rows, width), labels[rows, None].astype(np.float32)
