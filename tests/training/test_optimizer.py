import keras
import numpy as np
import pytest

from sentiment140.training.optimizer import LazyAdam


def vectors_after(optimizer, batches, words=6):
    """The embedding of a small model after these batches of ids."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((None,), dtype="int32"), keras.layers.Embedding(words, 3), keras.layers.GlobalAveragePooling1D()]
    )
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    before = model.get_weights()[0].copy()
    model.compile(optimizer, "binary_crossentropy")
    for batch in batches:
        model.train_on_batch(np.array(batch), np.array([[1.0]] * len(batch)))
    return before, model.get_weights()


def test_where_every_batch_holds_every_word_once_it_is_adam():
    """Once: of a word met twice Keras 3.15 adds the squares of both gradients, where Adam squares their sum."""
    batches = [[[0, 1, 2], [3, 4, 5]], [[5, 1, 4], [3, 2, 0]]] * 3
    _, lazy = vectors_after(LazyAdam(0.01), batches)
    _, plain = vectors_after(keras.optimizers.Adam(0.01), batches)
    for ours, theirs in zip(lazy, plain, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_a_word_that_a_batch_does_not_hold_stays_where_it_is():
    before, (vectors, *_) = vectors_after(LazyAdam(0.01), [[[1, 2]], [[1, 1]]])
    moved = (vectors != before).any(axis=1)
    assert moved.tolist() == [False, True, True, False, False, False]
    _, (after_first, *_) = vectors_after(LazyAdam(0.01), [[[1, 2]]])
    assert (after_first[2] == vectors[2]).all()  # Adam would have moved it on by its momentum
