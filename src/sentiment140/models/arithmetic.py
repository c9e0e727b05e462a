"""How much arithmetic a model is, and how much of it a core does in a second."""

import time

import keras
import numpy as np
from keras import ops

_SIDE, _TIMES = 1024, 8
_BACKWARD = 2
"""Of a training step's arithmetic: gradients of the values and of the weights each cost what the answer costs."""


def training_flops(model: keras.Model, width: int) -> float:
    """Floating-point operations that training on one tweet of this width takes, estimated.

    Counted are the matrix products: every weight of a kernel is multiplied and added once at every position it is used
    at. Looking vectors up, activations, pooling and the optimiser's work on the weights are not.
    """
    layers = [layer for layer in model.layers if layer.weights and not isinstance(layer, keras.layers.Embedding)]
    # A recurrent layer works at every position it is given, though it may answer at the last only.
    recurrent = keras.layers.RNN | keras.layers.Bidirectional
    worked_at = [layer.input if isinstance(layer, recurrent) else layer.output for layer in layers]
    inner = keras.Model(model.inputs, worked_at)
    shapes = [at.shape for at in inner(keras.Input((width,), batch_size=1, dtype="int32"))]
    positions = [int(np.prod(shape[1:-1])) for shape in shapes]
    return float((1 + _BACKWARD) * 2 * np.dot(list(map(_kernel_weights, layers)), positions))


def _kernel_weights(layer: keras.layers.Layer) -> int:
    return sum(int(np.prod(weight.shape)) for weight in layer.weights if len(weight.shape) > 1)


def matmul_flops_per_second() -> float:
    """What the backend does of a float32 matrix product of 1,024 x 1,024, with the threads it has."""
    matrix = ops.ones((_SIDE, _SIDE))
    ops.convert_to_numpy(ops.matmul(matrix, matrix))
    began = time.perf_counter()
    for _ in range(_TIMES):
        product = ops.matmul(matrix, matrix)
    ops.convert_to_numpy(product)
    return _TIMES * 2 * _SIDE**3 / (time.perf_counter() - began)
