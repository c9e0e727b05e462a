"""The embedding layer that all Keras members use."""

import numpy as np

from sentiment140.models import keras_setup  # noqa: F401 - before Keras

# isort: split
from keras import layers


def embedding_layer(matrix: np.ndarray, trainable: bool) -> layers.Embedding:
    """Build an embedding layer that holds these vectors.

    The weights are set after the layer is built. If an initializer set them, Keras would write the whole matrix into
    the JSON of the saved model.

    Args:
        matrix: float32 [words, dimension]; row 0 is the padding.
        trainable: whether training changes the vectors.

    Returns:
        The layer, from token ids int32 [tweets, width] to float32 [tweets, width, dimension].

    Example:
        >>> layer = embedding_layer(np.array([[0, 0], [1, 2]], np.float32), trainable=False)
        >>> tuple(layer(np.array([[1, 0]])).shape)
        (1, 2, 2)
    """
    layer = layers.Embedding(*matrix.shape, trainable=trainable, name="embedding")
    layer.build((None, None))
    layer.set_weights([matrix])
    return layer
