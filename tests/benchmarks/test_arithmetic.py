"""Estimates of the arithmetic of training, compared with counts by hand."""

import numpy as np
import pytest

from benchmarks import arithmetic
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.neural import KERAS


@pytest.fixture(scope="module")
def conv_lstm():
    return KERAS["conv_lstm"](embedding_layer(vectors(), trainable=False))


def vectors():
    return np.zeros((50, 100), np.float32)


def test_training_takes_three_times_the_matrix_products_of_a_prediction(conv_lstm):
    convolution, lstm, dense = 32 * 5 * 100 * 64, 8 * 128 * 256, 64  # at every token, at every fourth, once
    assert arithmetic.training_flops(conv_lstm, 32) == 3 * 2 * (convolution + lstm + dense)
    conv_bilstm = KERAS["conv_bilstm"](embedding_layer(vectors(), trainable=False))
    convolution, lstm, dense = 8 * 3 * 100 * 96, 8 * 2 * (96 + 64) * 256, 2 * 128
    assert arithmetic.training_flops(conv_bilstm, 8) == 3 * 2 * (convolution + lstm + dense)


def test_arithmetic_seconds_count_every_epoch_at_the_width_of_each_tweet(conv_lstm, monkeypatch):
    monkeypatch.setattr(arithmetic, "matmul_flops_per_second", lambda: 1e6)
    flops = 2 * arithmetic.training_flops(conv_lstm, 8) + arithmetic.training_flops(conv_lstm, 16)
    assert arithmetic.arithmetic_seconds(conv_lstm, np.array([8, 16, 8]), epochs=3) == pytest.approx(3 * flops / 1e6)


def test_the_speed_of_matrix_products_is_measured():
    assert 1e8 < arithmetic.matmul_flops_per_second() < 1e16
