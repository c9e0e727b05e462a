"""How much arithmetic training a model takes, and how much of it a core does in a second."""

import time

import keras
import numpy as np
from keras import ops

_SIDE, _TIMES = 1024, 8
_BACKWARD = 2  # the gradients of the values and those of the weights each cost as much as the forward pass


def training_flops(model: keras.Model, width: int) -> float:
    """Estimates the floating-point operations of training on one tweet of this width.

    Only the matrix products count: each weight of a kernel is multiplied and added once at each position where it is
    used. Embedding lookups, activations, pooling and the optimizer's updates do not count.
    """
    layers = [layer for layer in model.layers if layer.weights and not isinstance(layer, keras.layers.Embedding)]
    # A recurrent layer works at every position of its input, even if it returns the last state only.
    recurrent = keras.layers.RNN | keras.layers.Bidirectional
    places = [layer.input if isinstance(layer, recurrent) else layer.output for layer in layers]
    inner = keras.Model(model.inputs, places)
    shapes = [place.shape for place in inner(keras.Input((width,), batch_size=1, dtype="int32"))]
    positions = [int(np.prod(shape[1:-1])) for shape in shapes]
    return float((1 + _BACKWARD) * 2 * np.dot(list(map(_kernel_weights, layers)), positions))


def _kernel_weights(layer: keras.layers.Layer) -> int:
    return sum(int(np.prod(weight.shape)) for weight in layer.weights if len(weight.shape) > 1)


def matmul_flops_per_second() -> float:
    """Measures float32 matrix products of 1,024 x 1,024, with the backend and the threads of this process."""
    matrix = ops.ones((_SIDE, _SIDE))
    ops.convert_to_numpy(ops.matmul(matrix, matrix))
    started = time.perf_counter()
    for _ in range(_TIMES):
        product = ops.matmul(matrix, matrix)
    ops.convert_to_numpy(product)
    return _TIMES * 2 * _SIDE**3 / (time.perf_counter() - started)


def arithmetic_seconds(model: keras.Model, widths: np.ndarray, epochs: int) -> float:
    """Estimates how long the arithmetic of training alone would take in this process.

    Args:
        model: the model.
        widths: int64 [tweets], the padded width of each training tweet.
        epochs: how often each of them was trained on.
    """
    flops = sum(
        training_flops(model, int(width)) * int(count)
        for width, count in zip(*np.unique(widths, return_counts=True), strict=True)
    )
    return epochs * flops / matmul_flops_per_second()
