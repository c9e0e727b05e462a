"""The linear part of a network: a weight for each word n-gram."""

import keras
import numpy as np
import pytest

from sentiment140.models.embedding import embedding_layer
from sentiment140.models.neural import KERAS
from sentiment140.models.ngram_weights import LONGEST, NgramWeights

BUCKETS = 100_003


def total(layer, tweet, padding=0):
    return float(layer(np.array([[*tweet, *[0] * padding]], np.int32))[0, 0])


@pytest.fixture
def layer():
    """A layer whose weights are all different, so that their sums tell which n-grams were added."""
    layer = NgramWeights(BUCKETS, dropout=0.5)
    layer.build(None)
    random = np.random.default_rng(0)
    layer.set_weights([random.normal(size=(LONGEST * BUCKETS, 1)).astype(np.float32)])
    return layer


def test_the_same_ngram_adds_the_same_weight_in_every_tweet(layer):
    assert total(layer, [5, 7, 9]) - total(layer, [5, 7]) == pytest.approx(
        total(layer, [5, 5, 7, 9]) - total(layer, [5, 5, 7]), abs=1e-5
    )
    assert total(layer, [4, 7, 9]) - total(layer, [4, 7]) != pytest.approx(
        total(layer, [5, 7, 9]) - total(layer, [5, 7]), abs=1e-3
    )  # other words before


def test_the_order_of_words_matters_and_padding_after_them_does_not(layer):
    assert total(layer, [5, 7]) != pytest.approx(total(layer, [7, 5]), abs=1e-3)
    assert total(layer, [5, 7, 9]) == pytest.approx(total(layer, [5, 7, 9], padding=5), abs=1e-5)
    assert total(layer, [], padding=4) == 0


def test_dropout_drops_some_ngrams_of_each_tweet_in_training_only(layer):
    layer.set_weights([np.ones((LONGEST * BUCKETS, 1), np.float32)])
    tweets = np.random.default_rng(2).integers(1, 1000, (500, 8)).astype(np.int32)
    kept = np.asarray(layer(tweets, training=True)) / 2  # those that are kept count twice
    assert np.asarray(layer(tweets)).ravel().tolist() == [LONGEST * 8] * 500
    assert kept.mean() == pytest.approx(LONGEST * 8 / 2, abs=0.5)
    assert len(np.unique(kept)) > 5


@pytest.mark.parametrize("name", ["conv_lstm", "conv_bilstm"])
def test_a_network_with_ngrams_starts_as_one_without_and_learns_what_only_they_can_say(name):
    random = np.random.default_rng(1)
    matrix = np.zeros((60, 8), np.float32)  # without vectors, the rest of the network sees no word

    def build(buckets):
        keras.utils.set_random_seed(3)
        return KERAS[name](embedding_layer(matrix, trainable=False), ngram_buckets=buckets, ngram_dropout=0.0)

    ids = random.integers(1, 60, (400, 8)).astype(np.int32)
    with_ngrams = build(BUCKETS)
    assert np.allclose(with_ngrams.predict_on_batch(ids), build(0).predict_on_batch(ids), atol=1e-6)
    labels = (ids[:, 0] > 30).astype(np.float32)[:, None]
    with_ngrams.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    for _ in range(60):
        with_ngrams.train_on_batch(ids, labels)
    assert ((with_ngrams.predict_on_batch(ids) > 0.5) == labels).mean() > 0.95
