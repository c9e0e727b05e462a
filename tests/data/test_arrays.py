"""Predictions carry the keys of the tweets, so that the order of rows does not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.data.arrays import PREDICTION, TrainingData, join, predictions
from sentiment140.experiment import TextSettings, VectorSettings

PREDICTED = st.dictionaries(st.integers(-(2**63), 2**63 - 1), st.floats(0, 1, width=32), max_size=20)


def predicted(probability_of: dict[int, float]) -> np.ndarray:
    return predictions(np.array(list(probability_of), np.int64), np.array(list(probability_of.values()), np.float32))


def test_predictions_combine_each_key_with_its_probability():
    found = predictions(np.array([7, 3]), np.array([0.25, 0.5]))
    assert found.dtype == PREDICTION
    assert found.tolist() == [(7, 0.25), (3, 0.5)]


@pytest.mark.parametrize("count", [1, 3])  # NumPy would spread a single one over all keys
def test_keys_and_probabilities_of_different_lengths_are_refused(count):
    with pytest.raises(ValueError, match=f"2 keys, but {count} probabilities"):
        predictions(np.array([7, 3]), np.full(count, 0.5))


@given(PREDICTED, st.data())
def test_join_returns_the_probability_of_each_key_in_any_order(probability_of, data):
    found = data.draw(st.permutations(list(probability_of.items())).map(dict))
    keys = data.draw(st.permutations(list(probability_of)))
    keys = keys[: data.draw(st.integers(0, len(keys)))]  # there may be predictions of further tweets
    joined = join(predicted(found), np.array(keys, np.int64))
    assert joined.dtype == np.float32
    assert joined.tolist() == [probability_of[key] for key in keys]


@given(PREDICTED.filter(bool), st.data())
def test_join_refuses_a_key_that_was_predicted_twice(probability_of, data):
    keys = list(probability_of)
    twice = data.draw(st.sampled_from(keys))
    rows = data.draw(st.permutations([*keys, twice]))
    found = predictions(np.array(rows, np.int64), np.full(len(rows), 0.5))
    with pytest.raises(ValueError, match=f"tweet {twice} was predicted twice"):
        join(found, np.array(keys, np.int64))


@given(PREDICTED.filter(bool), st.data())
def test_join_refuses_a_key_that_was_not_predicted(probability_of, data):
    missing = data.draw(st.sampled_from(list(probability_of)))
    found = predicted({key: value for key, value in probability_of.items() if key != missing})
    keys = data.draw(st.permutations(list(probability_of)))
    with pytest.raises(ValueError, match=f"tweet {missing} was not predicted"):
        join(found, np.array(keys, np.int64))


def test_join_of_no_keys_is_empty():
    assert join(np.empty(0, PREDICTION), np.empty(0, np.int64)).tolist() == []


def test_fitted_vectors_depend_on_the_fold_and_others_are_shared_by_all_folds():
    text, empty = TextSettings(), np.empty(0)
    matrices = {(text, "random.3d"): np.zeros((2, 3)), (text, "word2vec.3d"): np.ones((2, 3))}
    fitted = {(text, "word2vec.3d", fold): np.full((2, 3), fold) for fold in range(2)}
    data = TrainingData(empty, empty, empty, {}, {}, {}, matrices, fitted)
    for fold in range(2):
        assert data.matrix(text, VectorSettings("word2vec.3d"), fold) is fitted[text, "word2vec.3d", fold]
        assert data.matrix(text, VectorSettings("random.3d"), fold) is matrices[text, "random.3d"]
        both = data.matrix(text, VectorSettings("random.3d+word2vec.3d"), fold)
        assert both.tolist() == [[0, 0, 0, fold, fold, fold]] * 2
