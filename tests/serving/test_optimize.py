"""A model made cheaper for scoring gives the same probabilities."""

import keras
import numpy as np
import onnxruntime
import pytest

from sentiment140.models.embedding import embedding_layer
from sentiment140.models.neural import KERAS
from sentiment140.serving.optimize import with_half_tables, without_convolution

WORDS, DIMENSION = 20_000, 50
IDS = np.random.default_rng(0).integers(0, WORDS, (50, 12)).astype(np.int32)
IDS[:, 9:] = 0


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def built(name, **arguments):
    matrix = np.random.default_rng(1).normal(size=(WORDS, DIMENSION)).astype(np.float32)
    return KERAS[name](embedding_layer(matrix, trainable=True), **arguments)


@pytest.mark.parametrize("name", KERAS)
def test_every_architecture_gives_the_same_probabilities(name):
    model = built(name, **({"length": 12} if name == "dnn" else {}))
    assert without_convolution(model).predict_on_batch(IDS) == pytest.approx(model.predict_on_batch(IDS), abs=1e-5)


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5])
def test_a_convolution_of_any_kernel_size_becomes_tables(kernel_size):
    model = built("conv_lstm", kernel_size=kernel_size, filters=8, units=8, pool_size=2)
    optimized = without_convolution(model)
    assert not [layer for layer in optimized.layers if isinstance(layer, keras.layers.Conv1D | keras.layers.Dropout)]
    assert optimized.predict_on_batch(IDS) == pytest.approx(model.predict_on_batch(IDS), abs=1e-5)


def test_tables_of_half_precision_take_half_the_space_and_change_little(tmp_path):
    model = without_convolution(built("conv_lstm", filters=32, kernel_size=3, pool_size=2))
    expected = model.predict_on_batch(IDS)
    model.export(path := tmp_path / "model.onnx", format="onnx", verbose=False)
    size = path.stat().st_size
    with_half_tables(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: IDS})
    assert path.stat().st_size < 0.55 * size
    assert 0 < np.abs(found - expected).max() < 1e-3
