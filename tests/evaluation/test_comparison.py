import numpy as np
import pytest
from scipy import stats

from sentiment140.evaluation.comparison import overfitting, pairs
from sentiment140.evaluation.run_scores import Epoch


def history(*curves, loss=0.3):
    """Every epoch of the folds; each curve holds the validation losses of one."""
    return [
        Epoch("small", fold, epoch + 1, loss, 0.9, value, 0.8, seconds=2.0 + fold, learning_rate=0.001)
        for fold, curve in enumerate(curves)
        for epoch, value in enumerate(curve)
    ]


def test_a_straight_rising_curve():
    found = overfitting(history([0.40, 0.42, 0.44, 0.46]))
    assert found.gap == pytest.approx(0.16)
    assert found.slope == pytest.approx(0.02)
    assert found.roughness == pytest.approx(0)
    assert (found.best_epoch, found.steady) == (1, False)


def test_a_curve_that_falls_to_its_end_is_steady():
    found = overfitting(history([0.5, 0.4, 0.35]))
    assert found.slope < 0
    assert (found.best_epoch, found.steady) == (3, True)
    assert found.roughness == pytest.approx(0.05)


def test_the_threshold_of_the_assignment_is_half_a_thousandth_per_epoch():
    assert overfitting(history([0.4, 0.40049])).steady
    assert not overfitting(history([0.4, 0.4006])).steady


def test_numbers_are_means_over_folds_of_any_length():
    found = overfitting(history([0.4, 0.3], [0.4, 0.5, 0.6, 0.7]))
    assert found.slope == pytest.approx((-0.1 + 0.1) / 2)
    assert found.best_epoch == 1.5
    assert found.seconds_per_epoch == pytest.approx(2.5)


def test_what_too_few_epochs_do_not_tell_is_none():
    found = overfitting(history([0.4]))
    assert (found.slope, found.roughness, found.steady) == (None, None, None)
    assert found.gap == pytest.approx(0.1)
    assert overfitting(history([0.4, 0.3])).roughness is None


def columns(rows=400, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, rows)
    return labels, {
        "good": np.where(random.random(rows) < 0.95, labels, 1 - labels).astype(float),
        "poor": np.where(random.random(rows) < 0.6, labels, 1 - labels).astype(float),
        "good_again": np.where(random.random(rows) < 0.95, labels, 1 - labels).astype(float),
    }


def test_a_real_difference_is_told_from_chance():
    labels, given = columns()
    found = {(pair.first, pair.second): pair for pair in pairs(labels, given, np.arange(400))}
    assert len(found) == 3
    assert found["good", "poor"].p < 1e-6
    assert found["good", "good_again"].p > 0.05


def test_one_pair_is_mcnemars_exact_test():
    labels, given = columns()
    del given["good_again"]
    (pair,) = pairs(labels, given, np.arange(400))
    expected = stats.binomtest(pair.only_first, pair.only_first + pair.only_second).pvalue
    assert pair.p == pytest.approx(expected)
    right = {name: (column >= 0.5) == labels for name, column in given.items()}
    assert pair.only_first - pair.only_second == right["good"].sum() - right["poor"].sum()


def test_copies_of_a_text_count_once():
    labels, given = columns(200)
    once = pairs(labels, given, np.arange(200))
    doubled = {name: np.concatenate([column, column]) for name, column in given.items()}
    assert pairs(np.concatenate([labels, labels]), doubled, np.tile(np.arange(200), 2)) == once


def test_columns_that_agree_do_not_differ():
    labels, given = columns()
    (pair,) = pairs(labels, {"a": given["good"], "b": given["good"]}, np.arange(400))
    assert (pair.only_first, pair.only_second, pair.p) == (0, 0, 1)
    assert pairs(labels, {"a": given["good"]}, np.arange(400)) == []
