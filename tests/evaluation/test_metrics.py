import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from sentiment140.evaluation.column import CLIP
from sentiment140.evaluation.metrics import (
    MARGINS,
    METRICS,
    compute_metrics,
    draw_weights,
    mcnemar_test,
    score_by_fold,
    score_column,
    score_columns,
    t_interval,
    t_test,
)
from sentiment140.evaluation.run_scores import Estimate


def synthetic(n, seed=0, steps=None):
    """Draw labels and probabilities that depend on them; `steps` rounds the probabilities, which makes ties."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, n)
    probability = 1 / (1 + np.exp(-(labels * 2 - 1 + generator.normal(0, 1.5, n))))
    return labels, np.round(probability * steps) / steps if steps else probability


def sklearn_metrics(labels, probability, weights=None):
    predicted = probability >= 0.5
    return {
        "accuracy": sk.accuracy_score(labels, predicted, sample_weight=weights),
        "roc_auc": sk.roc_auc_score(labels, probability, sample_weight=weights),
        "log_loss": sk.log_loss(labels, np.clip(probability, CLIP, 1 - CLIP), sample_weight=weights, labels=[0, 1]),
        "f1": sk.f1_score(labels, predicted, sample_weight=weights, zero_division=0),
        "brier": sk.brier_score_loss(labels, probability, sample_weight=weights, labels=[0, 1]),
    }


def test_with_more_probabilities_than_rank_bins_the_roc_auc_is_still_exact_to_six_digits():
    for knowledge in (0.1, 1, 3):
        generator = np.random.default_rng(0)
        labels = generator.integers(0, 2, 50_000)
        probability = 1 / (1 + np.exp(-(knowledge * (labels * 2 - 1) + generator.normal(0, 1, 50_000))))
        exact = sk.roc_auc_score(labels, probability)
        assert compute_metrics(labels, probability)["roc_auc"] == pytest.approx(exact, abs=1e-6)


def without_calibration(found):
    return {name: value for name, value in found.items() if name != "calibration_error"}


@pytest.mark.parametrize("steps", [None, 1, 2, 10, 100])
@pytest.mark.parametrize("weighted", [False, True])
def test_metrics_equal_those_of_sklearn_even_with_ties(steps, weighted):
    labels, probability = synthetic(1000, seed=3, steps=steps)
    weights = np.random.default_rng(4).poisson(1.0, 1000) if weighted else None
    found = compute_metrics(labels, probability, weights)
    assert tuple(found) == METRICS
    assert without_calibration(found) == pytest.approx(sklearn_metrics(labels, probability, weights), rel=1e-11)


rows = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 1e-9, 0.2, 0.4999, 0.5, 0.7, 1.0]), st.integers(0, 3)),
    min_size=2,
    max_size=40,
).filter(lambda found: len({label for label, _, weight in found if weight}) == 2)


@settings(deadline=None, max_examples=60)
@given(rows)
def test_weighted_metrics_equal_those_of_repeated_rows(found):
    labels, probability, weights = (np.array(part) for part in zip(*found, strict=True))
    by_weight = compute_metrics(labels, probability, weights)
    assert by_weight == pytest.approx(compute_metrics(labels.repeat(weights), probability.repeat(weights)), abs=1e-12)
    assert without_calibration(by_weight) == pytest.approx(sklearn_metrics(labels, probability, weights), abs=1e-12)
    assert 0 <= by_weight["calibration_error"] <= 1


@settings(deadline=None, max_examples=60)
@given(rows)
def test_swapping_the_classes_or_scaling_keeps_the_roc_auc_and_swapping_keeps_the_brier_score(found):
    labels, probability, _ = (np.array(part) for part in zip(*found, strict=True))
    if len(set(labels)) == 2:
        there, back = compute_metrics(labels, probability), compute_metrics(1 - labels, 1 - probability)
        assert there["roc_auc"] == pytest.approx(back["roc_auc"])
        assert there["brier"] == pytest.approx(back["brier"])
        scaled = compute_metrics(labels, probability / 3)
        assert scaled["roc_auc"] == pytest.approx(there["roc_auc"])  # only the order counts


@pytest.mark.parametrize(
    ("labels", "probability", "error"),
    [
        ([1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], 0.0),
        ([0, 0, 1, 1], [1.0, 1.0, 0.0, 0.0], 1.0),
        ([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 0.0),  # one bin, half of it positive
        ([1, 1, 1, 0], [0.5, 0.5, 0.5, 0.5], 0.25),
        # bins [0, 1/15) and [14/15, 1]: |0 - 0.02| of 2 tweets, |1/2 - 0.96| of 2
        ([0, 0, 1, 0], [0.01, 0.03, 0.95, 0.97], (2 * 0.02 + 2 * 0.46) / 4),
        # 0.06 and 0.07 lie on either side of 1/15, so their errors do not cancel
        ([0, 1], [0.06, 0.07], (0.06 + 0.93) / 2),
    ],
)
def test_the_calibration_error_is_the_one_computed_by_hand(labels, probability, error):
    assert compute_metrics(labels, probability)["calibration_error"] == pytest.approx(error)


def test_a_probability_of_exactly_0_or_1_has_a_finite_loss():
    assert compute_metrics([1, 0], [0.0, 1.0])["log_loss"] == pytest.approx(-math.log(CLIP))
    assert compute_metrics([1, 0], np.array([1, 0], np.float32))["log_loss"] == pytest.approx(0, abs=2 * CLIP)


def test_a_tweet_with_probability_0_5_is_classified_as_positive():
    assert compute_metrics([1, 1], [0.5, 0.4999])["accuracy"] == 0.5


@pytest.mark.parametrize("label", [0, 1])
def test_tweets_of_one_class_have_no_roc_auc_but_all_other_metrics(label):
    found = score_column([label] * 20, np.linspace(0, 0.4, 20), np.arange(20), seed=0, resamples=20)
    assert found.overall["roc_auc"] == Estimate(None, None, None)
    assert found.overall["accuracy"].value == 1 - label
    assert found.overall["f1"].value == 0
    assert score_by_fold([label], [0.3], [0])[0]["roc_auc"] is None


@pytest.mark.parametrize(
    ("labels", "probability", "message"),
    [
        ([0, 1], [0.1, float("nan")], "1 of 2 probabilities are NaN"),
        ([0, 1], [-0.1, 1.1], "2 of 2 probabilities are NaN or outside"),
        ([0, 4], [0.1, 0.2], "labels must be 0 or 1"),
        ([0, 1, 1], [0.1, 0.2], "one probability per label"),
        ([], [], "no tweets"),
    ],
)
def test_invalid_input_is_refused_with_the_name_of_the_column(labels, probability, message):
    with pytest.raises(ValueError, match=f"lstm: .*{message}"):
        score_columns(labels, {"lstm": probability}, np.arange(len(labels)), seed=0)


def test_an_unknown_reference_and_groups_of_another_length_are_refused():
    with pytest.raises(ValueError, match='unknown reference "b"'):
        score_columns([0, 1], {"a": [0.1, 0.9]}, [0, 1], seed=0, reference="b")
    with pytest.raises(ValueError, match="2 labels but 1 groups"):
        score_column([0, 1], [0.1, 0.9], [0], seed=0)


def test_weights_are_distributed_as_poisson_of_mean_1():
    weights = draw_weights(np.random.default_rng(0), 4, 250_000)
    expected = stats.poisson.pmf(np.arange(6), 1.0)
    assert [np.mean(weights == value) for value in range(6)] == pytest.approx(list(expected), abs=0.002)
    assert abs(np.corrcoef(weights[0], weights[1])).min() < 0.01  # of different resamples


def test_a_resample_gives_all_tweets_of_a_group_the_same_weight_in_every_column():
    labels, first = synthetic(300, steps=20)
    second = np.clip(first + 0.1, 0, 1)
    groups = np.random.default_rng(1).integers(0, 80, 300) * 1000 - 7  # sparse codes, some negative
    found = score_columns(labels, {"a": first, "b": second}, groups, seed=9, resamples=30, reference="a")
    generator, codes = np.random.default_rng(9), np.unique(groups, return_inverse=True)[1]
    at_once = (draw_weights(generator, count, codes.max() + 1) for count in (16, 14))
    draws = np.concatenate([weights[:, codes] for weights in at_once])
    by_hand = {
        name: [sklearn_metrics(labels, probability, weights) for weights in draws]
        for name, probability in {"a": first, "b": second}.items()
    }
    for name, of_column in by_hand.items():
        for metric, estimate in without_calibration(found[name].overall).items():
            low, high = np.quantile([draw[metric] for draw in of_column], [0.025, 0.975])
            assert (estimate.low, estimate.high) == pytest.approx((low, high))
    assert found["a"].margins == {}
    assert tuple(found["b"].margins) == MARGINS
    paired = [b["log_loss"] - a["log_loss"] for a, b in zip(by_hand["a"], by_hand["b"], strict=True)]
    margin = found["b"].margins["log_loss"]
    assert margin.value == pytest.approx(found["b"].overall["log_loss"].value - found["a"].overall["log_loss"].value)
    assert (margin.low, margin.high) == pytest.approx(tuple(np.quantile(paired, [0.025, 0.975])))


def test_equal_columns_have_margin_0_and_the_interval_depends_on_the_seed_only():
    labels, probability = synthetic(200)
    columns = {"a": probability, "b": probability.copy()}
    margin = score_columns(labels, columns, np.arange(200), seed=0, resamples=20, reference="a")["b"].margins["roc_auc"]
    assert (margin.value, margin.low, margin.high) == (0, 0, 0)
    once, again, other = (score_column(labels, probability, np.arange(200), seed) for seed in (5, 5, 6))
    assert once == again
    assert once.overall["accuracy"].value == other.overall["accuracy"].value
    assert once.overall["accuracy"].low != other.overall["accuracy"].low


def test_intervals_contain_the_true_accuracy_about_19_times_in_20_and_copies_do_not_narrow_them():
    truth, held, widths, copied = 0.8, 0, [], []
    for seed in range(100):
        generator = np.random.default_rng(seed)
        labels = generator.integers(0, 2, 400)
        right = generator.random(400) < truth
        probability = np.where(right, labels, 1 - labels) * 0.8 + 0.1
        accuracy = score_column(labels, probability, np.arange(400), seed).overall["accuracy"]
        held += accuracy.low <= truth <= accuracy.high
        widths.append(accuracy.high - accuracy.low)
        if seed < 20:
            four = score_column(labels.repeat(4), probability.repeat(4), np.arange(400).repeat(4), seed)
            copied.append(four.overall["accuracy"].high - four.overall["accuracy"].low)
    assert 88 <= held <= 99
    assert np.mean(widths) == pytest.approx(2 * 1.96 * math.sqrt(truth * (1 - truth) / 400), rel=0.1)
    assert np.mean(copied) == pytest.approx(np.mean(widths[:20]))  # four copies carry no more information than one


def test_the_interval_of_tweets_without_copies_is_the_binomial_one():
    labels, probability = synthetic(20_000)
    found = score_column(labels, probability, np.arange(20_000), seed=0).overall["accuracy"]
    half = 1.96 * math.sqrt(found.value * (1 - found.value) / 20_000)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.08)  # 1,000 resamples: +-7 % in 19 of 20 cases
    assert (found.high + found.low) / 2 == pytest.approx(found.value, abs=half / 8)


def test_copies_of_a_single_text_have_scores_but_no_interval():
    found = score_column([1, 0, 1], [0.9, 0.9, 0.9], [7, 7, 7], seed=0).overall["accuracy"]
    assert (found.value, found.low, found.high) == (pytest.approx(2 / 3), None, None)


def test_the_calibration_error_of_calibrated_probabilities_lies_in_its_interval():
    generator = np.random.default_rng(2)
    probability = generator.random(500)
    labels = generator.random(500) < probability
    found = score_column(labels, probability, np.arange(500), seed=0).overall["calibration_error"]
    assert 0 <= found.low < found.value < found.high < 0.1


def test_the_scores_of_a_fold_are_those_of_its_tweets_alone():
    labels, probability = synthetic(90)
    folds = np.arange(90) % 3
    found = score_by_fold(labels, probability, folds)
    assert [(row["fold"], row["n"]) for row in found] == [(0, 30), (1, 30), (2, 30)]
    assert found[1] == {"fold": 1, "n": 30} | compute_metrics(labels[1::3], probability[1::3])


def test_scores_can_be_serialized_as_strict_json():
    labels, probability = synthetic(50)
    found = score_columns(labels, {"a": probability, "b": 1 - probability}, np.arange(50), 0, 5, reference="a")
    text = json.dumps({name: asdict(scores) for name, scores in found.items()}, allow_nan=False)
    assert set(json.loads(text)["b"]["margins"]) == set(MARGINS)
    assert json.loads(text)["a"]["n"] == 50
    assert json.loads(text)["a"]["margins"] == {}


def test_mcnemars_test_counts_the_tweets_that_only_one_model_got_right():
    a = np.array([1] * 10 + [0] * 2 + [1] * 5 + [0] * 3)
    b = np.array([0] * 10 + [1] * 2 + [1] * 5 + [0] * 3)
    only_a, only_b, p = mcnemar_test(a, b)
    assert (only_a, only_b) == (10, 2)
    # two-sided: twice the tail 10, 11, 12 of 12 fair coins
    assert p == pytest.approx(2 * (66 + 12 + 1) / 2**12)
    assert mcnemar_test(b, a) == (2, 10, pytest.approx(p))
    assert mcnemar_test(a, a) == (0, 0, 1.0)
    assert mcnemar_test(np.arange(600_000) % 2, (np.arange(600_000) + 1) % 2) == (300_000, 300_000, pytest.approx(1.0))
    with pytest.raises(ValueError, match="one answer per tweet"):
        mcnemar_test([True], [True, False])


@pytest.mark.parametrize(
    ("differences", "cross_validated", "low", "high"),
    [
        # mean 0.2, s 0.1, 0.975 quantile of t with 2 degrees of freedom 4.302653
        ([0.1, 0.2, 0.3], False, 0.2 - 4.302653 * 0.1 * math.sqrt(1 / 3), 0.2 + 4.302653 * 0.1 * math.sqrt(1 / 3)),
        ([0.1, 0.2, 0.3], True, -0.192777, 0.592777),  # 0.2 -+ 4.302653 * sqrt(0.01 * (1/3 + 1/2))
        ([1, 2, 3, 4, 5], True, 0.055135, 5.944865),  # 3 -+ 2.776445 * sqrt(2.5 * (1/5 + 1/4))
        ([-2, 4], True, -65.02338, 67.02338),  # 1 -+ 12.706205 * sqrt(18 * (1/2 + 1/1))
    ],
)
def test_the_t_interval_is_the_one_computed_by_hand(differences, cross_validated, low, high):
    assert t_interval(differences, cross_validated) == pytest.approx((low, high), rel=1e-5)


def test_the_p_value_of_the_t_test_is_the_one_computed_by_hand():
    # t = 0.2 / sqrt(0.01 * (1/3 + 1/2)), and with 2 degrees of freedom p = 1 - t / sqrt(2 + t * t)
    t = 0.2 / math.sqrt(0.01 * 5 / 6)
    assert t_test([0.1, 0.2, 0.3], cross_validated=True) == pytest.approx(1 - t / math.sqrt(2 + t * t))
    assert t_test([-0.1, -0.2, -0.3], cross_validated=True) == pytest.approx(1 - t / math.sqrt(2 + t * t))
    assert t_test([0.1, 0.2, 0.3]) < t_test([0.1, 0.2, 0.3], cross_validated=True)


def test_equal_differences_are_certain_and_a_single_one_has_no_test():
    assert (t_test([0, 0, 0]), t_test([0.5, 0.5, 0.5])) == (1, 0)
    assert np.isnan([*t_interval([0.5]), *t_interval([0.5], cross_validated=True), t_test([0.5])]).all()


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12), st.booleans())
def test_the_t_interval_contains_the_mean_and_is_wider_if_cross_validated(differences, cross_validated):
    low, high = t_interval(differences, cross_validated)
    assert low <= np.mean(differences) <= high
    assert (low + high) / 2 == pytest.approx(np.mean(differences))
    independent = t_interval(differences)
    ratio = math.sqrt(1 + len(differences) / (len(differences) - 1)) if cross_validated else 1
    assert high - low == pytest.approx(ratio * (independent[1] - independent[0]), abs=1e-12)


@given(st.floats(-1, 1), st.integers(2, 12), st.booleans())
def test_the_t_interval_of_equal_differences_has_width_0(difference, count, cross_validated):
    assert t_interval([difference] * count, cross_validated) == pytest.approx((difference, difference), abs=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=6), st.booleans())
def test_the_t_test_is_significant_exactly_where_the_t_interval_excludes_0(differences, cross_validated):
    low, high = t_interval(differences, cross_validated)
    if min(abs(low), abs(high)) > 1e-9:  # at the limit itself, rounding decides
        assert (t_test(differences, cross_validated) < 0.05) == (low > 0 or high < 0)


def test_a_margin_has_the_corrected_t_interval_of_the_margins_of_its_folds():
    labels, first = synthetic(300)
    second, folds = np.clip(first + 0.1, 0, 1), np.arange(300) % 3
    found = score_columns(labels, {"a": first, "b": second}, np.arange(300), 0, 5, reference="a", folds=folds)
    for metric, margin in found["b"].margins.items():
        a, b = (
            [sklearn_metrics(labels[folds == fold], column[folds == fold], None)[metric] for fold in range(3)]
            for column in (first, second)
        )
        expected = t_interval(np.subtract(b, a), cross_validated=True)
        assert (margin.fold_low, margin.fold_high) == pytest.approx(expected)
    assert found["b"].folds == score_by_fold(labels, second, folds)


def test_a_margin_without_two_folds_that_have_the_metric_has_no_interval_over_folds():
    labels, first = synthetic(200)
    columns = {"a": first, "b": first / 2}

    def score(labels, folds):
        return score_columns(labels, columns, np.arange(200), 0, 5, reference="a", folds=folds)["b"].margins

    for folds in (None, np.zeros(200, int)):
        assert {(margin.fold_low, margin.fold_high) for margin in score(labels, folds).values()} == {(None, None)}
    folds = np.arange(200) % 4
    margins = score(np.where(folds == 0, 1, labels), folds)  # fold 0 has one class only, so no ROC AUC
    assert (margins["roc_auc"].fold_low, margins["roc_auc"].fold_high) == (None, None)
    assert margins["accuracy"].fold_low < margins["accuracy"].fold_high
