"""The zoo: one function an architecture, returning an uncompiled model; variants are numbers.

Every function takes the embedding layer, already holding its vectors, and gives a model from token ids int32
[tweets, width] (padded with 0 on the right, any width the text settings allow) to float32 [tweets, 1], the probability
of positive. There is no mask: a tweet's width depends on that tweet alone, so what the unmasked layers see of the
padding does not depend on its neighbours.
"""

from collections.abc import Callable, Sequence

import keras
from keras import layers


def conv_lstm(
    embedding: layers.Layer,
    *,
    dropout: float = 0.2,
    word_dropout: float = 0.0,
    filters: int = 64,
    kernel_size: int = 5,
    pool_size: int = 4,
    units: int = 64,
) -> keras.Model:
    """Conv1D, then LSTM: word patterns first, their order second. The reference of the course's assignment.

    65,153 trainable weights beside a frozen 100-dimensional embedding.

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        dropout: share of the embedding's dimensions dropped in training, for a whole tweet at once.
        word_dropout: share of a tweet's words left out in training.
        filters: word patterns of the convolution.
        kernel_size: words a pattern spans.
        pool_size: positions of which the strongest answer is kept; at most the narrowest width.
        units: size of the LSTM's state.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _words(embedding(token_ids), dropout, word_dropout)
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.MaxPooling1D(pool_size)(x)
    x = layers.LSTM(units)(x)
    return keras.Model(token_ids, _probability(x), name="conv_lstm")


def conv_bilstm(
    embedding: layers.Layer,
    *,
    dropout: float = 0.2,
    word_dropout: float = 0.0,
    filters: int = 96,
    kernel_size: int = 3,
    units: int = 64,
) -> keras.Model:
    """Conv1D at every word, then an LSTM in both directions; its states pooled by maximum and by mean.

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        dropout: share of the embedding's dimensions, and of the pooled states, dropped in training.
        word_dropout: share of a tweet's words left out in training.
        filters: word patterns of the convolution.
        kernel_size: words a pattern spans.
        units: size of the LSTM's state in each direction.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _words(embedding(token_ids), dropout, word_dropout)
    x = layers.Conv1D(filters, kernel_size, padding="same", activation="relu")(x)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)
    x = layers.Concatenate()([layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    return keras.Model(token_ids, _probability(x), name="conv_bilstm")


def dnn(embedding: layers.Layer, *, length: int = 120, hidden: int = 6) -> keras.Model:
    """The vectors of all words side by side, then a dense layer: the course's first model of text.

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        length: words of a tweet; `max_length` and `bucket` of the text settings must both be this.
        hidden: size of the dense layer.
    """
    token_ids = keras.Input((length,), dtype="int32", name="token_ids")
    x = layers.Flatten()(embedding(token_ids))
    return keras.Model(token_ids, _probability(_hidden(x, hidden)), name="dnn")


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
    """Word patterns, wherever they stand: a Conv1D for each width, and of each pattern one number.

    One width is the course's; several: Kim, Convolutional Neural Networks for Sentence Classification (2014).

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        dropout: share of the embedding's dimensions, and of the patterns' numbers, dropped in training.
        word_dropout: share of a tweet's words left out in training.
        filters: word patterns of each width.
        kernel_sizes: words that the patterns span; the narrowest width of a tweet must be at least the largest.
        pooling: "average" or "max" of a pattern's answers over the tweet.
        hidden: size of the dense layer.

    Raises:
        ValueError: another pooling, or no kernel size.
    """
    if pooling not in _POOLING:
        raise ValueError(f'pooling must be "average" or "max", is "{pooling}"')
    if not kernel_sizes:
        raise ValueError("kernel_sizes must name at least one width")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _words(embedding(token_ids), dropout, word_dropout)
    answers = [layers.Conv1D(filters, size, activation="relu")(x) for size in kernel_sizes]
    pooled = [_POOLING[pooling]()(answer) for answer in answers]
    x = layers.Dropout(dropout)(layers.concatenate(pooled) if len(pooled) > 1 else pooled[0])
    return keras.Model(token_ids, _probability(_hidden(x, hidden)), name="cnn")


def lstm(
    embedding: layers.Layer, *, dropout: float = 0.0, word_dropout: float = 0.0, units: int = 64, hidden: int = 24
) -> keras.Model:
    """An LSTM from the first word to the last; its last state.

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        dropout: share of the embedding's dimensions, and of the last states, dropped in training.
        word_dropout: share of a tweet's words left out in training.
        units: size of the state.
        hidden: size of the dense layer.
    """
    return _recurrent("lstm", embedding, [layers.LSTM(units)], dropout, word_dropout, hidden)


def bilstm(
    embedding: layers.Layer, *, dropout: float = 0.0, word_dropout: float = 0.0, units: int = 32, hidden: int = 6
) -> keras.Model:
    """An LSTM in each direction; their last states.

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        dropout: share of the embedding's dimensions, and of the last states, dropped in training.
        word_dropout: share of a tweet's words left out in training.
        units: size of the state in each direction.
        hidden: size of the dense layer.
    """
    return _recurrent("bilstm", embedding, [layers.Bidirectional(layers.LSTM(units))], dropout, word_dropout, hidden)


def stacked_bilstm(
    embedding: layers.Layer,
    *,
    dropout: float = 0.0,
    word_dropout: float = 0.0,
    units: int = 64,
    second_units: int = 32,
    hidden: int = 64,
) -> keras.Model:
    """Two LSTMs in each direction, the second reading the states of the first; its last states.

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        dropout: share of the embedding's dimensions, and of the last states, dropped in training.
        word_dropout: share of a tweet's words left out in training.
        units: size of the first one's state in each direction.
        second_units: size of the second one's.
        hidden: size of the dense layer.
    """
    first = layers.Bidirectional(layers.LSTM(units, return_sequences=True))
    return _recurrent(
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
    """A GRU in each direction; their last states.

    Args:
        embedding: from `embedding_layer`; frozen or not is decided there.
        dropout: share of the embedding's dimensions, and of the last states, dropped in training.
        word_dropout: share of a tweet's words left out in training.
        units: size of the state in each direction.
        hidden: size of the dense layer.
    """
    return _recurrent("bigru", embedding, [layers.Bidirectional(layers.GRU(units))], dropout, word_dropout, hidden)


def takes(model: keras.Model, width: int) -> bool:
    """Whether the model can be given tweets of this width: a convolution or pooling may span more."""
    try:
        model(keras.Input((width,), dtype="int32"))
    except ValueError:
        return False
    return True


def _recurrent(
    name: str,
    embedding: layers.Layer,
    stack: list[layers.Layer],
    dropout: float,
    word_dropout: float,
    hidden: int,
) -> keras.Model:
    """Recurrent layers one after the other, then the dense ones of the course."""
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    x = _words(embedding(token_ids), dropout, word_dropout)
    for layer in stack:
        x = layer(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(token_ids, _probability(_hidden(x, hidden)), name=name)


def _words(vectors: keras.KerasTensor, dropout: float, word_dropout: float) -> keras.KerasTensor:
    """The words' vectors, in training without some of the words and without some dimensions of the others."""
    some_words = layers.Dropout(word_dropout, noise_shape=(None, None, 1))
    return layers.SpatialDropout1D(dropout)(some_words(vectors))


def _hidden(x: keras.KerasTensor, size: int) -> keras.KerasTensor:
    return layers.Dense(size, activation="relu")(x)


def _probability(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Dense(1, activation="sigmoid", name="probability")(x)


_POOLING = {"average": layers.GlobalAveragePooling1D, "max": layers.GlobalMaxPooling1D}

KERAS: dict[str, Callable[..., keras.Model]] = {
    function.__name__: function for function in (conv_lstm, conv_bilstm, dnn, cnn, lstm, bilstm, stacked_bilstm, bigru)
}
