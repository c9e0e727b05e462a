"""The one embedding layer of every Keras member."""

import numpy as np
from keras import layers


def embedding_layer(matrix: np.ndarray, trainable: bool) -> layers.Embedding:
    """An embedding holding these vectors.

    The weights are set after building: as an initializer the matrix would be written into the saved model's JSON.

    Args:
        matrix: float32 [words, dimension]; row 0 is the padding.
        trainable: whether training changes the vectors.
    """
    layer = layers.Embedding(*matrix.shape, trainable=trainable, name="embedding")
    layer.build((None, None))
    layer.set_weights([matrix])
    return layer
