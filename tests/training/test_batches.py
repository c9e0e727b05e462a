import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.vocabulary import Ids
from sentiment140.training.batches import bucketed_batches, count_batches

LENGTHS = st.lists(st.integers(1, 20), max_size=25)


def synthetic(lengths) -> tuple[Ids, np.ndarray]:
    """Tweet i consists of the id i + 1 only, so that it differs from all others; its label is random."""
    ids = Ids(
        np.repeat(np.arange(1, len(lengths) + 1, dtype=np.int32), lengths), np.cumsum([0, *lengths], dtype=np.int64)
    )
    return ids, np.random.default_rng(len(lengths)).integers(0, 2, len(lengths)).astype(np.int8)


def order(seed, lengths=tuple(range(1, 21)) * 20, batch_size=8):
    return [
        batch[:, 0].tolist()
        for batch, _ in bucketed_batches(*synthetic(lengths), bucket=4, batch_size=batch_size, seed=seed)
    ]


@given(LENGTHS, st.integers(1, 8), st.integers(1, 6), st.integers(0, 5))
def test_batches_contain_every_tweet_once_with_its_label_and_at_its_own_width(lengths, bucket, batch_size, seed):
    ids, labels = synthetic(lengths)
    seen = []
    for batch, targets in bucketed_batches(ids, labels, bucket, batch_size, seed):
        assert batch.dtype == np.int32
        assert targets.dtype == np.float32
        assert targets.shape == (len(batch), 1)
        assert 1 <= len(batch) <= batch_size
        rows = batch[:, 0] - 1
        assert set(ids.widths(bucket)[rows].tolist()) == {batch.shape[1]}
        assert [[n for n in row if n] for row in batch.tolist()] == [[row + 1] * lengths[row] for row in rows]
        assert targets[:, 0].tolist() == labels[rows].tolist()
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(lengths)))
    batches = bucketed_batches(ids, labels, bucket, batch_size, seed)
    assert count_batches(ids, bucket, batch_size) == len(list(batches))


def test_there_are_as_few_batches_as_widths_and_batch_size_allow():
    assert len(order(0)) == 5 * -(-80 // 8)  # 5 widths, 80 tweets each
    assert len(order(0, batch_size=100)) == 5


def test_batches_depend_on_the_seed():
    assert order(1) == order(1)
    assert order(1) != order(2)
    # Different tweets share a batch: it is not only the order that differs.
    assert sorted(map(sorted, order(1))) != sorted(map(sorted, order(2)))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_widths_and_tweets_are_shuffled(seed):
    batches = [
        batch for batch, _ in bucketed_batches(*synthetic(tuple(range(1, 21)) * 20), bucket=4, batch_size=8, seed=seed)
    ]
    widths = [batch.shape[1] for batch in batches]
    assert widths != sorted(widths)
    assert widths != sorted(widths, reverse=True)
    assert any(batch[:, 0].tolist() != sorted(batch[:, 0].tolist()) for batch in batches)
