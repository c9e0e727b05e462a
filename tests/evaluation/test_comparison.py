import numpy as np
import pytest
from scipy import stats

from sentiment140.evaluation.comparison import compare_pairs, measure_overfitting
from sentiment140.evaluation.run_scores import Epoch


def make_history(*curves, loss=0.3):
    """Make the epochs of several folds; each curve is the validation losses of one fold."""
    return [
        Epoch("small", fold, epoch + 1, loss, 0.9, value, 0.8, seconds=2.0 + fold, learning_rate=0.001)
        for fold, curve in enumerate(curves)
        for epoch, value in enumerate(curve)
    ]


def test_a_straight_rising_loss_curve_has_its_slope_and_no_roughness():
    found = measure_overfitting(make_history([0.40, 0.42, 0.44, 0.46]))
    assert found.gap == pytest.approx(0.16)
    assert found.slope == pytest.approx(0.02)
    assert found.roughness == pytest.approx(0)
    assert (found.best_epoch, found.steady) == (1, False)


def test_a_loss_curve_that_falls_to_its_end_is_steady():
    found = measure_overfitting(make_history([0.5, 0.4, 0.35]))
    assert found.slope < 0
    assert (found.best_epoch, found.steady) == (3, True)
    assert found.roughness == pytest.approx(0.05)


def test_a_slope_of_up_to_0_0005_per_epoch_is_steady_as_in_the_assignment():
    assert measure_overfitting(make_history([0.4, 0.40049])).steady
    assert not measure_overfitting(make_history([0.4, 0.4006])).steady


def test_overfitting_is_the_mean_over_folds_with_any_number_of_epochs():
    found = measure_overfitting(make_history([0.4, 0.3], [0.4, 0.5, 0.6, 0.7]))
    assert found.slope == pytest.approx((-0.1 + 0.1) / 2)
    assert found.best_epoch == 1.5
    assert found.seconds_per_epoch == pytest.approx(2.5)


def test_numbers_that_need_more_epochs_are_none():
    found = measure_overfitting(make_history([0.4]))
    assert (found.slope, found.roughness, found.steady) == (None, None, None)
    assert found.gap == pytest.approx(0.1)
    assert measure_overfitting(make_history([0.4, 0.3])).roughness is None


def draw_columns(rows=400, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, rows)
    return labels, {
        "good": np.where(random.random(rows) < 0.95, labels, 1 - labels).astype(float),
        "poor": np.where(random.random(rows) < 0.6, labels, 1 - labels).astype(float),
        "good_again": np.where(random.random(rows) < 0.95, labels, 1 - labels).astype(float),
    }


def test_a_real_difference_has_a_low_p_value_and_a_chance_difference_a_high_one():
    labels, columns = draw_columns()
    found = {(pair.first, pair.second): pair for pair in compare_pairs(labels, columns, np.arange(400))}
    assert len(found) == 3
    assert found["good", "poor"].p < 1e-6
    assert found["good", "good_again"].p > 0.05


def test_the_p_value_of_a_single_pair_is_that_of_mcnemars_exact_test():
    labels, columns = draw_columns()
    del columns["good_again"]
    (pair,) = compare_pairs(labels, columns, np.arange(400))
    expected = stats.binomtest(pair.only_first, pair.only_first + pair.only_second).pvalue
    assert pair.p == pytest.approx(expected)
    right = {name: (column >= 0.5) == labels for name, column in columns.items()}
    assert pair.only_first - pair.only_second == right["good"].sum() - right["poor"].sum()


def test_copies_of_a_text_count_once():
    labels, columns = draw_columns(200)
    once = compare_pairs(labels, columns, np.arange(200))
    doubled = {name: np.concatenate([column, column]) for name, column in columns.items()}
    assert compare_pairs(np.concatenate([labels, labels]), doubled, np.tile(np.arange(200), 2)) == once


def test_equal_columns_have_p_value_1_and_a_single_column_has_no_pairs():
    labels, columns = draw_columns()
    (pair,) = compare_pairs(labels, {"a": columns["good"], "b": columns["good"]}, np.arange(400))
    assert (pair.only_first, pair.only_second, pair.p) == (0, 0, 1)
    assert compare_pairs(labels, {"a": columns["good"]}, np.arange(400)) == []
