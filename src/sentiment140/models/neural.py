"""The Keras architectures: one function per architecture, which returns an uncompiled model.

Every function takes the embedding layer, which already holds its vectors. The model maps token ids, int32 [tweets,
width], to the probability of positive, float32 [tweets, 1]. The ids are padded with 0 on the right to any width that
the text settings allow. No layer uses a mask: a tweet's padded width depends on that tweet alone, so the padding that
the layers read does not depend on the other tweets of the batch.
"""

from collections.abc import Callable, Sequence

from sentiment140.models import keras_setup  # noqa: F401 - before Keras

# isort: split
import keras
from keras import layers

from sentiment140.models.ngram_weights import NgramWeights


def conv_lstm(
    embedding: layers.Layer,
    *,
    dropout: float = 0.2,
    word_dropout: float = 0.0,
    filters: int = 64,
    kernel_size: int = 5,
    pool_size: int = 4,
    units: int = 64,
    ngram_buckets: int = 0,
    ngram_dropout: float = 0.0,
) -> keras.Model:
    """Build a Conv1D that detects word patterns, then an LSTM that reads their order.

    This is the reference solution of the course's assignment. It has 65,153 trainable weights in addition to a frozen
    100-dimensional embedding.

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        dropout: share of the embedding's dimensions dropped in training, the same ones for all words of a tweet.
        word_dropout: share of a tweet's words dropped in training.
        filters: number of convolution filters.
        kernel_size: width of the filters in words.
        pool_size: positions per max-pooling window; at most the smallest padded width of a tweet.
        units: units of the LSTM.
        ngram_buckets: number of weights of n-grams, of each length from 1 to 3; 0 for none (models/ngram_weights.py).
        ngram_dropout: share of a tweet's n-grams dropped in training.

    Returns:
        The uncompiled model.

    Example:
        >>> import numpy as np
        >>> from sentiment140.models.embedding import embedding_layer
        >>> model = conv_lstm(embedding_layer(np.zeros((50, 100), np.float32), trainable=False))
        >>> sum(weight.numpy().size for weight in model.trainable_weights)
        65153
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _drop_words(embedding(token_ids), dropout, word_dropout)
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.MaxPooling1D(pool_size)(x)
    x = layers.LSTM(units)(x)
    return keras.Model(token_ids, _probability_layer(x, token_ids, ngram_buckets, ngram_dropout), name="conv_lstm")


def conv_bilstm(
    embedding: layers.Layer,
    *,
    dropout: float = 0.2,
    word_dropout: float = 0.0,
    filters: int = 96,
    kernel_size: int = 3,
    units: int = 64,
    ngram_buckets: int = 0,
    ngram_dropout: float = 0.0,
) -> keras.Model:
    """Build a Conv1D at every word, then a bidirectional LSTM whose states are max-pooled and average-pooled.

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        dropout: share of the embedding's dimensions and of the pooled states dropped in training.
        word_dropout: share of a tweet's words dropped in training.
        filters: number of convolution filters.
        kernel_size: width of the filters in words.
        units: units of the LSTM in each direction.
        ngram_buckets: as in `conv_lstm`.
        ngram_dropout: as in `conv_lstm`.

    Returns:
        The uncompiled model.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _drop_words(embedding(token_ids), dropout, word_dropout)
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)
    x = layers.Concatenate()([layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    return keras.Model(token_ids, _probability_layer(x, token_ids, ngram_buckets, ngram_dropout), name="conv_bilstm")


def dnn(embedding: layers.Layer, *, length: int = 120, hidden: int = 6) -> keras.Model:
    """Build a dense layer on the concatenated vectors of all words: the course's first text model.

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        length: width of all tweets in tokens; `max_length` and `bucket` of the text settings must both be this number.
        hidden: units of the dense layer.

    Returns:
        The uncompiled model.
    """
    token_ids = keras.Input((length,), dtype="int32", name="token_ids")
    x = layers.Flatten()(embedding(token_ids))
    return keras.Model(token_ids, _probability_layer(_hidden_layer(x, hidden)), name="dnn")


def cnn(
    embedding: layers.Layer,
    *,
    dropout: float = 0.0,
    word_dropout: float = 0.0,
    filters: int = 128,
    kernel_sizes: Sequence[int] = (5,),
    pooling: str = "average",
    hidden: int = 6,
) -> keras.Model:
    """Build one Conv1D for each kernel size, with global pooling: finds word patterns wherever they are in a tweet.

    The course uses one kernel size. Several are used by Kim, Convolutional Neural Networks for Sentence Classification
    (2014).

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        dropout: share of the embedding's dimensions and of the pooled filter outputs dropped in training.
        word_dropout: share of a tweet's words dropped in training.
        filters: number of filters for each kernel size.
        kernel_sizes: widths of the filters in words; the largest must not exceed the smallest padded width of a tweet.
        pooling: "average" or "max", how the outputs of a filter over the tweet become one number.
        hidden: units of the dense layer.

    Returns:
        The uncompiled model.

    Raises:
        ValueError: `pooling` is unknown or `kernel_sizes` is empty.
    """
    if pooling not in _POOLING:
        raise ValueError(f'pooling must be "average" or "max", is "{pooling}"')
    if not kernel_sizes:
        raise ValueError("kernel_sizes must have at least one number, is empty")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _drop_words(embedding(token_ids), dropout, word_dropout)
    feature_maps = [layers.Conv1D(filters, size, activation="relu")(x) for size in kernel_sizes]
    pooled = [_POOLING[pooling]()(feature_map) for feature_map in feature_maps]
    x = layers.Dropout(dropout)(layers.concatenate(pooled) if len(pooled) > 1 else pooled[0])
    return keras.Model(token_ids, _probability_layer(_hidden_layer(x, hidden)), name="cnn")


def lstm(
    embedding: layers.Layer, *, dropout: float = 0.0, word_dropout: float = 0.0, units: int = 64, hidden: int = 24
) -> keras.Model:
    """Build an LSTM that reads a tweet from left to right, and a dense layer on its last state.

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        dropout: share of the embedding's dimensions and of the last states dropped in training.
        word_dropout: share of a tweet's words dropped in training.
        units: units of the LSTM.
        hidden: units of the dense layer.

    Returns:
        The uncompiled model.
    """
    return _recurrent_model("lstm", embedding, [layers.LSTM(units)], dropout, word_dropout, hidden)


def bilstm(
    embedding: layers.Layer, *, dropout: float = 0.0, word_dropout: float = 0.0, units: int = 32, hidden: int = 6
) -> keras.Model:
    """Build a bidirectional LSTM, and a dense layer on the last states.

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        dropout: share of the embedding's dimensions and of the last states dropped in training.
        word_dropout: share of a tweet's words dropped in training.
        units: units of the layer in each direction.
        hidden: units of the dense layer.

    Returns:
        The uncompiled model.
    """
    return _recurrent_model(
        "bilstm", embedding, [layers.Bidirectional(layers.LSTM(units))], dropout, word_dropout, hidden
    )


def stacked_bilstm(
    embedding: layers.Layer,
    *,
    dropout: float = 0.0,
    word_dropout: float = 0.0,
    units: int = 64,
    second_units: int = 32,
    hidden: int = 64,
) -> keras.Model:
    """Build two stacked bidirectional LSTMs, and a dense layer on the last states of the second.

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        dropout: share of the embedding's dimensions and of the last states dropped in training.
        word_dropout: share of a tweet's words dropped in training.
        units: units of the first LSTM in each direction.
        second_units: units of the second LSTM in each direction.
        hidden: units of the dense layer.

    Returns:
        The uncompiled model.
    """
    first = layers.Bidirectional(layers.LSTM(units, return_sequences=True))
    return _recurrent_model(
        "stacked_bilstm",
        embedding,
        [first, layers.Bidirectional(layers.LSTM(second_units))],
        dropout,
        word_dropout,
        hidden,
    )


def bigru(
    embedding: layers.Layer, *, dropout: float = 0.0, word_dropout: float = 0.0, units: int = 32, hidden: int = 6
) -> keras.Model:
    """Build a bidirectional GRU, and a dense layer on the last states.

    Args:
        embedding: from `embedding_layer`, which decides whether the vectors are trainable.
        dropout: share of the embedding's dimensions and of the last states dropped in training.
        word_dropout: share of a tweet's words dropped in training.
        units: units of the layer in each direction.
        hidden: units of the dense layer.

    Returns:
        The uncompiled model.
    """
    return _recurrent_model(
        "bigru", embedding, [layers.Bidirectional(layers.GRU(units))], dropout, word_dropout, hidden
    )


def accepts_width(model: keras.Model, width: int) -> bool:
    """Check whether a model accepts tweets of a padded width.

    It does not if the model has a fixed width, or if a convolution or pooling window is wider than the tweets.

    Args:
        model: from a function of this module.
        width: in tokens.
    """
    try:
        model(keras.Input((width,), dtype="int32"))
    except ValueError:
        return False
    return True


def _recurrent_model(
    name: str,
    embedding: layers.Layer,
    stack: list[layers.Layer],
    dropout: float,
    word_dropout: float,
    hidden: int,
) -> keras.Model:
    """Build recurrent layers, one after the other, then the dense layers of the course."""
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _drop_words(embedding(token_ids), dropout, word_dropout)
    for layer in stack:
        x = layer(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(token_ids, _probability_layer(_hidden_layer(x, hidden)), name=name)


def _drop_words(vectors: keras.KerasTensor, dropout: float, word_dropout: float) -> keras.KerasTensor:
    """In training, drops some words of each tweet, and some dimensions of the vectors of the other words."""
    word_layer = layers.Dropout(word_dropout, noise_shape=(None, None, 1))
    return layers.SpatialDropout1D(dropout)(word_layer(vectors))


def _hidden_layer(x: keras.KerasTensor, size: int) -> keras.KerasTensor:
    return layers.Dense(size, activation="relu")(x)


def _probability_layer(
    x: keras.KerasTensor, token_ids: keras.KerasTensor | None = None, ngram_buckets: int = 0, ngram_dropout: float = 0.0
) -> keras.KerasTensor:
    """The last layers: a logit, to which the weights of n-grams are added if there are any, and its sigmoid."""
    logit = layers.Dense(1, name="logit")(x)
    if ngram_buckets:
        logit = layers.Add()([logit, NgramWeights(ngram_buckets, ngram_dropout)(token_ids)])
    return layers.Activation("sigmoid", name="probability")(logit)


_POOLING = {"average": layers.GlobalAveragePooling1D, "max": layers.GlobalMaxPooling1D}

KERAS: dict[str, Callable[..., keras.Model]] = {
    function.__name__: function
    for function in (
        conv_lstm,
        conv_bilstm,
        dnn,
        cnn,
        lstm,
        bilstm,
        stacked_bilstm,
        bigru,
    )
}
