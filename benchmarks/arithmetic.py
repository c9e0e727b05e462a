"""Estimate the arithmetic of training a model, and measure the speed of this process."""

import time

import keras
import numpy as np
from keras import ops

_SIDE, _REPEATS = 1024, 8
_BACKWARD = 2  # gradients of activations and gradients of weights each cost as much as the forward pass


def training_flops(model: keras.Model, width: int) -> float:
    """Estimate the floating-point operations of one training step on one tweet.

    Only matrix products count: at each position, each weight of a kernel takes one multiplication and one addition.
    Embedding lookups, activations, pooling and the optimizer's updates do not count.

    Args:
        model: a model of token ids.
        width: padded width of the tweet in tokens.
    """
    layers = [layer for layer in model.layers if layer.weights and not isinstance(layer, keras.layers.Embedding)]
    # A recurrent layer computes at every position of its input, even if it returns the last state only.
    recurrent = keras.layers.RNN | keras.layers.Bidirectional
    tensors = [layer.input if isinstance(layer, recurrent) else layer.output for layer in layers]
    inner = keras.Model(model.inputs, tensors)
    shapes = [tensor.shape for tensor in inner(keras.Input((width,), batch_size=1, dtype="int32"))]
    positions = [int(np.prod(shape[1:-1])) for shape in shapes]
    return float((1 + _BACKWARD) * 2 * np.dot(list(map(_kernel_weights, layers)), positions))


def _kernel_weights(layer: keras.layers.Layer) -> int:
    return sum(int(np.prod(weight.shape)) for weight in layer.weights if len(weight.shape) > 1)


def matmul_flops_per_second() -> float:
    """Measure the speed of float32 matrix products of 1,024 x 1,024 with the backend and threads of this process.

    Returns:
        Floating-point operations per second.
    """
    matrix = ops.ones((_SIDE, _SIDE))
    ops.convert_to_numpy(ops.matmul(matrix, matrix))
    started = time.perf_counter()
    for _ in range(_REPEATS):
        product = ops.matmul(matrix, matrix)
    ops.convert_to_numpy(product)
    return _REPEATS * 2 * _SIDE**3 / (time.perf_counter() - started)


def arithmetic_seconds(model: keras.Model, widths: np.ndarray, epochs: int) -> float:
    """Estimate how many seconds the arithmetic of training alone would take in this process.

    Args:
        model: a model of token ids.
        widths: int64 [tweets], the padded width of each training tweet in tokens.
        epochs: number of epochs.
    """
    flops = sum(
        training_flops(model, int(width)) * int(count)
        for width, count in zip(*np.unique(widths, return_counts=True), strict=True)
    )
    return epochs * flops / matmul_flops_per_second()
