"""Graph optimization: an optimized network gives the same probabilities."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from sentiment140.models.embedding import embedding_layer
from sentiment140.models.neural import KERAS
from sentiment140.serving.optimize import merge_convolution_into_embedding, store_tables_in_half_precision

WORDS, DIMENSION = 20_000, 50
IDS = np.random.default_rng(0).integers(0, WORDS, (50, 12)).astype(np.int32)
IDS[:, 9:] = 0


@pytest.fixture(autouse=True)
def set_seed():
    keras.utils.set_random_seed(0)


def build(name, **arguments):
    matrix = np.random.default_rng(1).normal(size=(WORDS, DIMENSION)).astype(np.float32)
    return KERAS[name](embedding_layer(matrix, trainable=True), **arguments)


@pytest.mark.parametrize("name", KERAS)
def test_merging_the_convolution_keeps_the_probabilities_of_every_architecture(name):
    model = build(name, **({"length": 12} if name == "dnn" else {}))
    assert merge_convolution_into_embedding(model).predict_on_batch(IDS) == pytest.approx(
        model.predict_on_batch(IDS), abs=1e-5
    )


@pytest.mark.parametrize("name", ["conv_lstm", "conv_bilstm"])
def test_merging_keeps_the_weights_of_ngrams(name):
    model = build(name, ngram_buckets=5_000)
    layer = model.get_layer("ngram_weights")
    layer.set_weights([np.random.default_rng(2).normal(size=table.shape) for table in layer.get_weights()])
    merged = merge_convolution_into_embedding(model)
    assert not [layer for layer in merged.layers if isinstance(layer, keras.layers.Conv1D)]
    assert merged.predict_on_batch(IDS) == pytest.approx(model.predict_on_batch(IDS), abs=1e-5)


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5])
def test_a_convolution_of_any_kernel_size_is_merged_into_the_embedding(kernel_size):
    model = build("conv_lstm", kernel_size=kernel_size, filters=8, units=8, pool_size=2)
    optimized = merge_convolution_into_embedding(model)
    assert not [layer for layer in optimized.layers if isinstance(layer, keras.layers.Conv1D | keras.layers.Dropout)]
    assert optimized.predict_on_batch(IDS) == pytest.approx(model.predict_on_batch(IDS), abs=1e-5)


def tables_of(path):
    """The arrays of float numbers in an ONNX file, by name."""
    arrays = {table.name: numpy_helper.to_array(table) for table in onnx.load(path).graph.initializer}
    return {name: array for name, array in arrays.items() if array.dtype.kind == "f"}


@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")  # of tf2onnx
def test_half_precision_halves_the_file_and_changes_probabilities_by_less_than_0_001(tmp_path):
    model = merge_convolution_into_embedding(build("conv_lstm", filters=32, kernel_size=3, pool_size=2))
    expected = model.predict_on_batch(IDS)
    model.export(path := tmp_path / "model.onnx", format="onnx", verbose=False)
    size, single = path.stat().st_size, tables_of(path)
    store_tables_in_half_precision(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: IDS})
    assert path.stat().st_size < 0.55 * size
    assert 0 < np.abs(found - expected).max() < 1e-3
    for name, table in tables_of(path).items():
        assert (table == single[name].astype(np.float16 if single[name].size >= 100_000 else np.float32)).all()
