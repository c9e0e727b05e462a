import keras
import numpy as np
import pytest
import tensorflow as tf

from sentiment140.training.optimizer import LazyAdam


def train(optimizer, batches, words=6):
    """The embedding of a small model before these batches of ids, and all its weights after them."""
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


def test_lazy_adam_equals_adam_if_every_batch_contains_every_word_once():
    """Not for repeated words: Keras 3.15 adds the squares of their gradients, Adam squares the sum of the gradients."""
    batches = [[[0, 1, 2], [3, 4, 5]], [[5, 1, 4], [3, 2, 0]]] * 3
    _, lazy = train(LazyAdam(0.01), batches)
    _, plain = train(keras.optimizers.Adam(0.01), batches)
    for ours, theirs in zip(lazy, plain, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_the_vector_of_a_word_that_is_not_in_the_batch_does_not_change():
    before, (vectors, *_) = train(LazyAdam(0.01), [[[1, 2]], [[1, 1]]])
    is_changed = (vectors != before).any(axis=1)
    assert is_changed.tolist() == [False, True, True, False, False, False]
    _, (after_first, *_) = train(LazyAdam(0.01), [[[1, 2]]])
    assert (after_first[2] == vectors[2]).all()  # Adam's momentum would have changed it


def test_the_gradients_of_a_word_that_is_repeated_in_a_batch_are_summed():
    # two words that occur in both batches, so Adam gives the same weights if it gets the summed gradients
    random = np.random.default_rng(0)
    lazily, densely = (keras.Variable(np.ones((2, 3), np.float32)) for _ in range(2))
    lazy, dense = LazyAdam(0.1), keras.optimizers.Adam(0.1)
    for words in ([0, 0, 0, 1], [1, 0, 1, 1]):
        gradients, summed = random.normal(size=(4, 3)).astype(np.float32), np.zeros((2, 3), np.float32)
        np.add.at(summed, words, gradients)
        lazy.apply([tf.IndexedSlices(tf.constant(gradients), tf.constant(words))], [lazily])
        dense.apply([tf.constant(summed)], [densely])
    assert lazily.numpy() == pytest.approx(densely.numpy(), abs=1e-6)
