"""Graph optimization: trained networks converted to ones that score faster and take less space."""

from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers, ops
from onnx import numpy_helper

from sentiment140.models.ngram_weights import NgramWeights

_MINIMUM_TABLE_SIZE = 100_000  # entries; smaller arrays take too little space to be worth a conversion


def merge_convolution_into_embedding(model: keras.Model) -> keras.Model:
    """Merge the embedding and the Conv1D after it into one lookup table per kernel offset.

    The Conv1D multiplies each word vector by the kernel weights of each offset. This product is the same wherever the
    word occurs, so it is computed once per word and stored. Scoring then sums table rows and multiplies nothing.

    Args:
        model: a trained network of int32 token ids [tweets, width]. A Conv1D must have stride 1 and a ReLU, as those of
            `models.neural` have.

    Returns:
        A network with the same outputs up to rounding. It is `model` itself if that has no Conv1D with padding
        "same", or several Conv1D.
    """
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv1D)]
    if len(convolutions) != 1 or convolutions[0].padding != "same":
        return model
    vectors = model.get_layer("embedding").get_weights()[0]
    kernel, bias = convolutions[0].get_weights()
    merged = _EmbeddedConvolution(vectors, kernel, bias)(model.input)
    if any(isinstance(layer, NgramWeights) for layer in model.layers):  # these too are computed from the token ids
        rest = keras.Model([convolutions[0].output, model.input], model.outputs)
        return keras.Model(model.input, rest([merged, model.input]))
    rest = keras.Model(convolutions[0].output, model.outputs)
    return keras.Model(model.input, rest(merged))


def with_hidden_units(model: keras.Model) -> keras.Model:
    """Return also what the network computes last before the probability, from which other labels can be predicted.

    Args:
        model: a trained network: int32 token ids [tweets, width] to probabilities [tweets, 1].

    Returns:
        A network to these probabilities and to float32 [tweets, units].
    """
    return keras.Model(model.input, [model.output, model.get_layer("logit").input])


class _EmbeddedConvolution(layers.Layer):
    """Embedding, Conv1D with padding "same", and ReLU, computed as a sum of table rows.

    Args:
        vectors: float32 [words, dimension], the weights of the embedding.
        kernel: float32 [kernel size, dimension, filters].
        bias: float32 [filters].
    """

    def __init__(self, vectors: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
        self._kernel_size, self._padding_id, self._bias = len(kernel), len(vectors), bias
        self._tables = []
        for weights in kernel:
            table = layers.Embedding(len(vectors) + 1, weights.shape[1])
            table.build((None, None))
            # The last row is for the positions before the first token and after the last one.
            table.set_weights([np.vstack([vectors @ weights, np.zeros((1, weights.shape[1]), np.float32)])])
            self._tables.append(table)

    def call(self, token_ids: keras.KerasTensor) -> keras.KerasTensor:
        """Compute float32 [tweets, width, filters] from int32 [tweets, width]."""
        before, after = (self._kernel_size - 1) // 2, self._kernel_size // 2
        width = ops.shape(token_ids)[1]
        padded = ops.pad(token_ids, [[0, 0], [before, after]], constant_values=self._padding_id)
        total = sum(table(padded[:, offset : offset + width]) for offset, table in enumerate(self._tables))
        return ops.relu(total + self._bias)


def store_tables_in_half_precision(path: Path) -> None:
    """Rewrite an ONNX file with its large lookup tables in half precision.

    This halves the size of the tables. Each row is converted to single precision when it is looked up, so everything
    after the lookup is computed in single precision.

    Args:
        path: the ONNX file; it is overwritten.
    """
    model = onnx.load(path)
    graph = model.graph
    tables = {table.name: table for table in graph.initializer if np.prod(table.dims) >= _MINIMUM_TABLE_SIZE}
    nodes = []
    for node in graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.data_type != onnx.TensorProto.FLOAT:
            nodes.append(node)
            continue
        table.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(table).astype(np.float16), table.name))
        single, half = node.output[0], f"{node.output[0]}_half"
        node.output[0] = half
        nodes += [node, onnx.helper.make_node("Cast", [half], [single], to=onnx.TensorProto.FLOAT)]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)
