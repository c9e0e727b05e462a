"""A trained model to one that gives the same at less cost, for scoring only."""

from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers, ops
from onnx import numpy_helper

_LARGE = 100_000  # numbers


def without_convolution(model: keras.Model) -> keras.Model:
    """The model with tables in place of its embedding and the Conv1D that reads it: sums of rows instead of products.

    A word's vector times the kernel's weights of each offset is the same wherever the word stands, so it is worked out
    once a word. A model that has no such Conv1D, stepping by 1 over all words, is given as it is.
    """
    convolution = next((layer for layer in model.layers if isinstance(layer, layers.Conv1D)), None)
    if convolution is None or convolution.padding != "same" or len(_convolutions(model)) > 1:
        return model
    vectors = model.get_layer("embedding").get_weights()[0]
    kernel, bias = convolution.get_weights()
    rest = keras.Model(convolution.output, model.output)
    return keras.Model(model.input, rest(_Neighbours(vectors, kernel, bias)(model.input)))


class _Neighbours(layers.Layer):
    """Sums what the words from `(span - 1) // 2` before to `span // 2` after each position give it; then ReLU."""

    def __init__(self, vectors: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
        self._span, self._beyond, self._bias = len(kernel), len(vectors), bias
        self._tables = []
        for part in kernel:
            table = layers.Embedding(len(vectors) + 1, part.shape[1])
            table.build((None, None))
            # The last row is what stands beyond either end of the tweet.
            table.set_weights([np.vstack([vectors @ part, np.zeros((1, part.shape[1]), np.float32)])])
            self._tables.append(table)

    def call(self, token_ids: keras.KerasTensor) -> keras.KerasTensor:
        """float32 [tweets, width, filters] from int32 [tweets, width]."""
        before, after = (self._span - 1) // 2, self._span // 2
        width = ops.shape(token_ids)[1]
        padded = ops.pad(token_ids, [[0, 0], [before, after]], constant_values=self._beyond)
        total = sum(table(padded[:, offset : offset + width]) for offset, table in enumerate(self._tables))
        return ops.relu(total + self._bias)


def _convolutions(model: keras.Model) -> list[layers.Layer]:
    return [layer for layer in model.layers if isinstance(layer, layers.Conv1D)]


def with_half_tables(path: Path) -> None:
    """Rewrites an ONNX file with its tables in half precision, each row back to single precision when it is read."""
    model = onnx.load(path)
    graph = model.graph
    large = {table.name: table for table in graph.initializer if np.prod(table.dims) >= _LARGE}
    nodes = []
    for node in graph.node:
        table = large.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.data_type != onnx.TensorProto.FLOAT:
            nodes.append(node)
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(table).astype(np.float16), table.name)
        table.CopyFrom(half)
        row, name = node.output[0], f"{node.output[0]}_half"
        node.output[0] = name
        nodes += [node, onnx.helper.make_node("Cast", [name], [row], to=onnx.TensorProto.FLOAT)]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)
