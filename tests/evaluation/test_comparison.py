import numpy as np
import pytest
from scipy import stats

from sentiment140.evaluation.comparison import compare_pairs, measure_overfitting
from sentiment140.evaluation.metrics import t_test
from sentiment140.evaluation.run_scores import Epoch

FOLDS = np.arange(400) % 4


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


def test_optimism_is_what_choosing_the_epoch_on_the_scored_fold_gains():
    accuracies = {(0, 1): 0.70, (0, 2): 0.75, (1, 1): 0.80, (1, 2): 0.72, (2, 1): 0.60, (2, 2): 0.66}
    losses = {(0, 1): 0.5, (0, 2): 0.4, (1, 1): 0.45, (1, 2): 0.5, (2, 1): 0.6, (2, 2): 0.5}
    history = [
        Epoch("small", fold, epoch, 0.3, 0.9, losses[fold, epoch], accuracies[fold, epoch], 1.0, 0.001)
        for fold, epoch in losses
    ]
    # Means of the other folds: 0.525, 0.5 for fold 0, 0.55, 0.45 for fold 1, 0.475, 0.45 for fold 2: always epoch 2.
    assert measure_overfitting(history).optimism == pytest.approx((0 + (0.80 - 0.72) + 0) / 3)


def test_optimism_exists_for_folds_with_different_numbers_of_epochs_and_not_for_a_single_fold():
    assert measure_overfitting(make_history([0.4, 0.3])).optimism is None
    assert measure_overfitting(make_history([0.4, 0.3, 0.2], [0.4], [0.5, 0.6])).optimism == 0
    assert measure_overfitting(make_history([0.4], [None])).optimism is None  # a loss that is not finite


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


def test_p_values_are_adjusted_for_the_number_of_pairs():
    labels, columns = draw_columns()
    found = compare_pairs(labels, columns, np.arange(400), FOLDS)
    alone = {
        (pair.first, pair.second): stats.binomtest(pair.only_first, pair.only_first + pair.only_second).pvalue
        for pair in found
    }
    assert len(set(alone.values())) == 3
    for pair in found:  # Benjamini and Hochberg: the lowest of p * 3 / rank over this p and those above it
        above = [p for p in alone.values() if p >= alone[pair.first, pair.second]]
        expected = min(p * 3 / sum(other <= p for other in alone.values()) for p in above)
        assert pair.p == pytest.approx(expected)
        assert pair.p >= alone[pair.first, pair.second]
    assert any(pair.p > 1.4 * alone[pair.first, pair.second] for pair in found)


def test_a_real_difference_has_a_low_p_value_and_a_chance_difference_a_high_one():
    labels, columns = draw_columns()
    found = {(pair.first, pair.second): pair for pair in compare_pairs(labels, columns, np.arange(400), FOLDS)}
    assert len(found) == 3
    assert found["good", "poor"].p < 1e-6
    assert found["good", "poor"].fold_p < 0.01
    assert min(found["good", "good_again"].p, found["good", "good_again"].fold_p) > 0.05


def test_the_p_value_of_a_single_pair_is_that_of_mcnemars_exact_test():
    labels, columns = draw_columns()
    del columns["good_again"]
    (pair,) = compare_pairs(labels, columns, np.arange(400), FOLDS)
    expected = stats.binomtest(pair.only_first, pair.only_first + pair.only_second).pvalue
    assert pair.p == pytest.approx(expected)
    right = {name: (column >= 0.5) == labels for name, column in columns.items()}
    assert pair.only_first - pair.only_second == right["good"].sum() - right["poor"].sum()


def test_the_p_value_over_folds_is_that_of_the_corrected_t_test_of_their_accuracies():
    labels, columns = draw_columns()
    del columns["good_again"]
    (pair,) = compare_pairs(labels, columns, np.arange(400), FOLDS)
    right = {name: (column >= 0.5) == labels for name, column in columns.items()}
    by_fold = [right["good"][fold == FOLDS].mean() - right["poor"][fold == FOLDS].mean() for fold in range(4)]
    assert pair.fold_p == pytest.approx(t_test(by_fold, cross_validated=True))


def test_p_values_over_folds_are_adjusted_for_the_number_of_pairs():
    labels, columns = draw_columns()
    together = compare_pairs(labels, columns, np.arange(400), FOLDS)
    alone = [
        compare_pairs(labels, {name: columns[name] for name in (pair.first, pair.second)}, np.arange(400), FOLDS)[0]
        for pair in together
    ]
    assert [pair.fold_p for pair in together] == pytest.approx(
        stats.false_discovery_control([pair.fold_p for pair in alone])
    )


def test_a_single_fold_has_no_p_value_over_folds():
    labels, columns = draw_columns()
    found = compare_pairs(labels, columns, np.arange(400), np.zeros(400, int))
    assert [pair.fold_p for pair in found] == [None] * 3


def test_copies_of_a_text_count_once():
    labels, columns = draw_columns(200)
    folds = np.arange(200) % 4
    once = compare_pairs(labels, columns, np.arange(200), folds)
    # The first 50 texts have a copy each. Their copies would change the accuracies of the folds.
    rows = np.concatenate([np.arange(50), np.arange(200)])
    copied = {name: column[rows] for name, column in columns.items()}
    assert compare_pairs(labels[rows], copied, rows, folds[rows]) == once


def test_equal_columns_have_p_value_1_and_a_single_column_has_no_pairs():
    labels, columns = draw_columns()
    (pair,) = compare_pairs(labels, {"a": columns["good"], "b": columns["good"]}, np.arange(400), FOLDS)
    assert (pair.only_first, pair.only_second, pair.p, pair.fold_p) == (0, 0, 1, 1)
    assert compare_pairs(labels, {"a": columns["good"]}, np.arange(400), FOLDS) == []
