"""A weight for each word n-gram: the linear part of a network that is "wide and deep"."""

from sentiment140.models import keras_setup  # noqa: F401 - before Keras

# isort: split
import keras
import numpy as np
from keras import layers, ops

LONGEST = 3  # words
_FACTOR = 1_000_003  # a prime number, so small that the hash of three words has at most 63 bits


class NgramWeights(layers.Layer):
    """Sum the weights of the n-grams of 1 to 3 words of each tweet, as a linear classifier does.

    A tweet is preceded by padding, so that n-grams may say that it starts with a word. n-grams are hashed: those that
    share a bucket share a weight (Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009). A
    network and a linear model that are trained together are each other's complement (Cheng et al., Wide & Deep Learning
    for Recommender Systems, 2016).

    Args:
        buckets: number of weights for each length of n-grams.
        dropout: share of a tweet's n-grams dropped in training.

    Example:
        >>> layer = NgramWeights(buckets=1000, dropout=0.0)
        >>> layer(np.array([[5, 7, 0, 0]])).shape  # starts with weights of 0
        TensorShape([1, 1])
    """

    def __init__(self, buckets: int, dropout: float) -> None:
        super().__init__(name="ngram_weights")
        self._buckets = buckets
        self._dropout = layers.Dropout(dropout)
        self._table = layers.Embedding(LONGEST * buckets, 1, "zeros")  # the n-grams of one word, of two, and so on

    def build(self, _: object) -> None:
        """Create the weights. Keras calls this method."""
        self._table.build((None, None))

    def call(self, token_ids: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Compute float32 [tweets, 1] from int32 [tweets, width]."""
        words = ops.cast(token_ids, "int64")
        hashes = [words]
        for before in range(1, LONGEST):  # the hash of n words from that of the last n-1
            earlier = ops.pad(words, [[0, 0], [before, 0]])[:, :-before]
            hashes.append(hashes[-1] * _FACTOR + earlier)
        buckets = ops.stack(hashes, -1) % self._buckets + np.arange(LONGEST) * self._buckets
        weights = ops.squeeze(self._table(ops.cast(buckets, "int32")), -1)  # [tweets, width, n]
        is_word = ops.expand_dims(ops.cast(token_ids > 0, "float32"), -1)
        return ops.sum(self._dropout(weights * is_word, training=training), axis=(1, 2))[:, None]
