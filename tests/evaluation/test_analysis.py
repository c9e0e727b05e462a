import numpy as np
import pandas as pd
import pytest

from sentiment140.ensemble.blend import expit
from sentiment140.ensemble.cross_fit import cross_fit
from sentiment140.evaluation.analysis import (
    by_slice,
    by_split,
    calibration,
    calibration_slope,
    confident_errors,
    contributions,
    duplicates,
    label_slices,
)
from sentiment140.evaluation.metrics import compute_metrics, score_by_fold, t_interval
from sentiment140.evaluation.tweets import Duplicates


@pytest.fixture
def tweets():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 4000)
    logits = (2 * labels - 1) * 1.0 + random.normal(0, 1.4, 4000)
    return labels, 1 / (1 + np.exp(-3 * logits)), random.integers(0, 5, 4000), np.arange(4000)


def test_a_slice_is_scored_on_its_own_tweets(tweets):
    labels, probability, _, groups = tweets
    inside = np.arange(4000) < 300
    found = by_slice(labels, {"model": probability}, groups, {"first": inside, "none": groups < 0}, 0)
    assert list(found) == ["first"]
    expected = compute_metrics(labels[:300], probability[:300])["accuracy"]
    accuracy = found["first"].columns["model"]["accuracy"]
    assert accuracy.value == pytest.approx(expected)
    assert accuracy.low < expected < accuracy.high
    assert (found["first"].n, found["first"].positives) == (300, labels[:300].mean())


def test_leaving_out_a_good_member_lowers_the_scores_and_leaving_out_noise_does_not(tweets):
    labels, good, folds, groups = tweets
    noise = np.random.default_rng(1).random(4000)
    logits = np.log(good / (1 - good))
    other = 1 / (1 + np.exp(-(logits + np.random.default_rng(2).normal(0, 2, 4000))))
    members = {"good": good, "other": other, "noise": noise}
    ensemble = cross_fit("logistic", np.column_stack(list(members.values())), labels, folds, 0)[0]
    found = contributions(labels, members, ensemble, folds, groups, "logistic", 0)
    assert list(found) == ["without good", "without other", "without noise", "plain mean"]
    assert found["without good"]["accuracy"].high < 0
    assert found["without good"]["log_loss"].low > 0
    assert abs(found["without noise"]["accuracy"].value) < 0.005
    assert found["plain mean"]["log_loss"].value > 0


def test_a_contribution_has_the_interval_over_the_folds_of_the_blend_without_the_member(tweets):
    labels, good, folds, groups = tweets
    members = {"good": good, "noise": np.random.default_rng(1).random(4000)}
    ensemble = cross_fit("logistic", np.column_stack(list(members.values())), labels, folds, 0)[0]
    found = contributions(labels, members, ensemble, folds, groups, "logistic", 0)["without good"]
    without = cross_fit("logistic", members["noise"][:, None], labels, folds, 0)[0]
    for metric, margin in found.items():
        rows = zip(score_by_fold(labels, without, folds), score_by_fold(labels, ensemble, folds), strict=True)
        expected = t_interval([row[metric] - other[metric] for row, other in rows], cross_validated=True)
        assert (margin.fold_low, margin.fold_high) == expected


def test_an_ensemble_of_one_member_has_no_contributions(tweets):
    labels, probability, folds, groups = tweets
    for blender in ("mean", "logistic"):
        assert contributions(labels, {"a": probability}, probability, folds, groups, blender, 0) == {}


def test_copies_and_contradicted_labels_are_counted():
    labels, groups = np.array([1, 1, 0, 0, 1, 0]), np.array([0, 0, 0, 1, 2, 2])
    found = duplicates(labels, groups)
    assert found == Duplicates(
        tweets=6,
        texts=3,
        copied_tweets=5,
        largest=3,
        contradicted_tweets=5,
        ceiling=pytest.approx(4 / 6),  # type: ignore[arg-type]
    )
    slices = label_slices(labels, groups)
    assert slices["text comes once"].tolist() == [False, False, False, True, False, False]
    assert slices["label contradicted by a copy"].tolist() == [True, True, True, False, True, True]
    assert (slices["text has copies"] != slices["text comes once"]).all()


def test_calibration_corrects_overconfident_probabilities_and_is_fitted_on_other_folds(tweets):
    labels, probability, folds, groups = tweets
    found = calibration(labels, {"model": probability}, folds, groups, 0)["model"]
    assert found.before["calibration_error"].value > 0.1
    assert found.after["calibration_error"].value < 0.03
    assert found.after["log_loss"].value < found.before["log_loss"].value
    flipped = np.where(folds == 0, 1 - labels, labels)
    other = calibration(flipped, {"model": probability}, folds, groups, 0)["model"]
    assert found.after["log_loss"].value != other.after["log_loss"].value


def test_the_most_confident_errors_come_first_with_one_per_text():
    rows = pd.DataFrame(
        {"id": range(5), "label": [0, 0, 1, 1, 0], "text_group": [0, 0, 1, 2, 3], "text": ["a", "a", "b", "c", "d"]}
    )
    found = confident_errors(rows, np.array([0.99, 0.98, 0.1, 0.7, 0.3]), count=2)
    assert found["text"].tolist() == ["a", "b"]
    assert found["probability"].tolist() == [0.99, 0.1]


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.3])
def test_the_calibration_slope_is_that_with_which_the_logits_were_scaled(slope):
    rng = np.random.default_rng(0)
    truth = rng.normal(0.3, 1.5, 20_000)
    labels = (rng.random(20_000) < expit(truth)).astype(int)
    found = calibration_slope(labels, expit(truth / slope), np.arange(20_000))
    assert found.low < slope < found.high
    assert found.value == pytest.approx((found.low + found.high) / 2)
    assert (found.high - found.low) / slope == pytest.approx(0.07, rel=0.2)
    four = calibration_slope(labels.repeat(4), expit(truth / slope).repeat(4), np.arange(20_000).repeat(4))
    assert (four.low, four.high) == pytest.approx((found.low, found.high), abs=1e-3)  # copies carry no information


def test_equal_probabilities_have_no_calibration_slope():
    assert calibration_slope(np.array([0, 1, 1]), np.full(3, 0.7), np.arange(3)).value is None


def scores_of(labels, probability, folds, groups):
    """The interval of every number that the analysis gives for these tweets."""
    ids, noise = np.arange(len(labels)), (probability + groups % 7 / 6) / 2
    columns = {"a": probability, "b": noise}
    splits = pd.DataFrame({"id": ids, "random": probability, "user": noise})
    rows = pd.DataFrame({"id": ids, "label": labels, "text_group": groups})
    calibrated = calibration(labels, columns, folds, groups, 0)["a"]
    return {
        "slice": by_slice(labels, columns, groups, {"all": labels >= 0}, 0)["all"].columns["a"],
        "split": by_split(rows, splits, 0).strategies["random"],
        "before": calibrated.before,
        "after": calibrated.after,
        "contribution": contributions(labels, columns, probability, folds, groups, "mean", 0)["without b"],
    }


def test_intervals_are_by_text_so_that_copies_of_every_tweet_do_not_narrow_them(tweets):
    once = [part[:400] for part in tweets]
    copied = scores_of(*(part.repeat(3) for part in once))
    for name, scores in scores_of(*once).items():
        for metric, estimate in scores.items():
            found = copied[name][metric]
            assert (found.low, found.high) == pytest.approx((estimate.low, estimate.high), abs=1e-3), (name, metric)
