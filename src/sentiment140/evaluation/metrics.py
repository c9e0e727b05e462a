"""Metrics of probabilities of a binary label, each with a 95 percent interval.

The interval is a bootstrap over groups, not rows: the tweets of one text are drawn together, since ten copies of a text
carry no more information than one. A resample gives every group a Poisson(1) weight. With many groups that is
equivalent to drawing them with replacement, and no rows are copied.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from sentiment140.errors import unknown_name
from sentiment140.evaluation.run_scores import MARGINS, METRICS, ColumnScores, Estimate
from sentiment140.labels import THRESHOLD

CALIBRATION_BINS = 15
# Members predict float32, whose spacing at 1 is this. Unclipped, a wrong probability of 1.0 would have infinite loss.
CLIP = float(np.finfo(np.float32).eps)


def compute_metrics(labels: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> dict[str, float]:
    """Compute each of METRICS for one column of probabilities.

    `accuracy` and `f1` (of the positive class) classify a tweet as positive from probability 0.5. `log_loss` is in
    nats, with probabilities clipped to [CLIP, 1 - CLIP]. `brier` is the mean squared error. `calibration_error` is the
    expected calibration error (Naeini et al. 2015, AAAI; Guo et al. 2017, ICML) of the probability of positive, with 15
    bins of equal width that are closed on the left: the mean over the bins, weighted by their number of tweets, of the
    absolute difference between the share of positives and the mean probability.

    Args:
        labels: int [n], 0 or 1.
        probability: float [n], the probability of label 1.
        weights: float [n], how often each tweet counts; once each if None.

    Returns:
        Value by metric. `roc_auc` is NaN if only one class has weight; `f1` is 0 if no tweet is or is predicted
        positive.

    Raises:
        ValueError: a label is not 0 or 1, a probability is NaN or outside [0, 1], the lengths differ, or there are no
            tweets.

    Examples:
        >>> found = compute_metrics([0, 1, 1], [0.2, 0.7, 0.4])
        >>> round(found["accuracy"], 3), found["roc_auc"]
        (0.667, 1.0)
    """
    column = _Column(labels, probability, np.arange(np.size(labels)))
    return column.compute(np.ones(np.size(labels)) if weights is None else np.asarray(weights))


def score_column(
    labels: ArrayLike, probability: ArrayLike, groups: ArrayLike, seed: int, resamples: int = 200
) -> ColumnScores:
    """Score one column of probabilities; see `score_columns` for the arguments.

    Raises:
        ValueError: invalid input, as for `score_columns`.
    """
    return score_columns(labels, {"probability": probability}, groups, seed, resamples)["probability"]


def score_columns(
    labels: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    groups: ArrayLike,
    seed: int,
    resamples: int = 200,
    reference: str | None = None,
) -> dict[str, ColumnScores]:
    """Score columns of probabilities for the same tweets, with intervals.

    Each resample is drawn once for all columns, so the interval of a margin is that of the paired difference. The
    calibration error is a mean of absolute differences, so each resample adds noise that can only raise it. Its draws
    are therefore lowered by their mean excess over the value; otherwise the interval would lie above the value. A
    single group has no interval, since every resample of it gives the same value.

    Args:
        labels: int [n], 0 or 1.
        probabilities: float [n], probabilities of label 1 by column.
        groups: int [n], equal for tweets that are drawn together, such as copies of one text.
        seed: random seed of the resamples.
        resamples: number of resamples behind each interval.
        reference: the column that is subtracted from the others for their margins.

    Returns:
        Scores by column, in the order given; the reference has no margins, and without one no column has.

    Raises:
        ValueError: invalid input, as for `compute_metrics`, with the name of the column; or an unknown reference.
    """
    if reference is not None and reference not in probabilities:
        raise ValueError(unknown_name("reference", reference, probabilities))
    names, codes = np.unique(np.asarray(groups), return_inverse=True)
    codes = codes.astype(np.int32)
    columns = {name: _Column(labels, values, codes, name) for name, values in probabilities.items()}
    values = {name: column.compute(np.ones(len(names))) for name, column in columns.items()}
    draws = {name: {metric: np.full(resamples, np.nan) for metric in METRICS} for name in columns}
    generator = np.random.default_rng(seed)
    for draw in range(resamples if len(names) > 1 else 0):
        # One byte per group, so that looking up the weight of each row stays in the CPU cache: three times as fast.
        weights = generator.poisson(1.0, len(names)).astype(np.uint8)
        for name, column in columns.items():
            for metric, value in column.compute(weights).items():
                draws[name][metric][draw] = value
    for name in columns:
        errors = draws[name]["calibration_error"]
        if not np.isnan(errors).all():
            excess = np.nanmean(errors) - values[name]["calibration_error"]
            draws[name]["calibration_error"] = np.maximum(errors - excess, 0)

    def margins(name: str) -> dict[str, Estimate]:
        if reference is None or name == reference:
            return {}
        return {
            metric: _estimate(
                values[name][metric] - values[reference][metric], draws[name][metric] - draws[reference][metric]
            )
            for metric in MARGINS
        }

    return {
        name: ColumnScores(
            n=len(codes),
            overall={metric: _estimate(values[name][metric], draws[name][metric]) for metric in METRICS},
            margins=margins(name),
        )
        for name in columns
    }


def score_by_fold(labels: ArrayLike, probability: ArrayLike, folds: ArrayLike) -> list[dict[str, float | None]]:
    """Compute the metrics of each fold separately.

    Args:
        labels: int [n], 0 or 1.
        probability: float [n], the probability of label 1.
        folds: int [n], the validation fold of each tweet.

    Returns:
        A dictionary for each fold, in order: `fold`, `n`, and each of METRICS; None for a metric that does not exist.

    Raises:
        ValueError: invalid input, as for `compute_metrics`.
    """
    labels, probability, folds = np.asarray(labels), np.asarray(probability), np.asarray(folds)
    rows: list[dict[str, float | None]] = []
    for fold in np.unique(folds):
        inside = folds == fold
        found = compute_metrics(labels[inside], probability[inside])
        rows.append({"fold": int(fold), "n": int(inside.sum())} | {k: _or_none(v) for k, v in found.items()})
    return rows


def mcnemar_test(a_correct: ArrayLike, b_correct: ArrayLike) -> tuple[int, int, float]:
    """Test whether two models err equally often on the same tweets, by McNemar's exact test.

    The test assumes independent rows, so pass only one tweet per text.

    Args:
        a_correct: bool [n], whether the first model is right.
        b_correct: bool [n], whether the second model is right.

    Returns:
        The number of tweets that only the first model got right, the number that only the second got right, and the
        two-sided p-value.

    Raises:
        ValueError: the lengths differ.

    Examples:
        >>> mcnemar_test([True, True, True, False], [False, False, False, False])
        (3, 0, 0.25)
    """
    a, b = np.asarray(a_correct, dtype=bool), np.asarray(b_correct, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"both models need one answer per tweet, got shapes {a.shape} and {b.shape}")
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    discordant = only_a + only_b
    # The exact test is fast enough for a million rows, so the chi-squared approximation is not needed.
    return only_a, only_b, float(stats.binomtest(only_a, discordant).pvalue) if discordant else 1.0


class _Column:
    """One column of probabilities, sorted once so that the metrics for any weights need only a few passes over it.

    The rows are sorted: first the negatives by probability, then the positives by probability. The ROC AUC is the
    weighted share of (positive, negative) pairs in the right order, where equal probabilities count half. For each
    positive, the constructor stores how many of the sorted negatives are below it and how many are not above it.
    """

    def __init__(
        self, labels: ArrayLike, probability: ArrayLike, groups: NDArray[Any], name: str = "probability"
    ) -> None:
        y, p = _check_input(np.asarray(labels), np.asarray(probability, dtype=np.float64), name)
        if len(groups) != len(y):
            raise ValueError(f"{name}: {len(y)} labels but {len(groups)} groups")
        order = np.lexsort((p, y))
        y, p = y[order], p[order]
        self._groups = groups[order]
        self._negatives = split = int(np.searchsorted(y, 1))
        self._below = np.searchsorted(p[:split], p[split:], side="left")
        self._not_above = np.searchsorted(p[:split], p[split:], side="right")
        self._predicted_negative = np.searchsorted(p[:split], THRESHOLD), np.searchsorted(p[split:], THRESHOLD)
        self._gap = y - p
        self._loss = -np.log(np.clip(np.where(y == 1, p, 1 - p), CLIP, 1 - CLIP))
        self._bin = np.minimum((p * CALIBRATION_BINS).astype(np.int8), CALIBRATION_BINS - 1)

    def compute(self, weights: NDArray[Any]) -> dict[str, float]:
        """Compute each of METRICS; `weights` is how often each group counts, [groups]."""
        w = weights[self._groups].astype(np.float64)
        negative, positive = w[: self._negatives], w[self._negatives :]
        negatives, positives = float(negative.sum()), float(positive.sum())
        total = negatives + positives
        if total == 0:
            return dict.fromkeys(METRICS, float("nan"))
        negatives_up_to = np.concatenate(([0.0], np.cumsum(negative)))
        ordered = positive @ (negatives_up_to[self._below] + negatives_up_to[self._not_above]) / 2
        first_negative, first_positive = self._predicted_negative
        false_positives = float(negative[first_negative:].sum())
        true_positives = float(positive[first_positive:].sum())
        predicted_or_positive = true_positives + false_positives + positives
        gap = w * self._gap
        return {
            "accuracy": (negatives - false_positives + true_positives) / total,
            "roc_auc": float(ordered / (negatives * positives)) if negatives and positives else float("nan"),
            "log_loss": float(w @ self._loss) / total,
            "f1": 2 * true_positives / predicted_or_positive if predicted_or_positive else 0.0,
            "brier": float(gap @ self._gap) / total,
            "calibration_error": float(np.abs(np.bincount(self._bin, gap)).sum()) / total,
        }


def _check_input(labels: NDArray[Any], probability: NDArray[Any], name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    if labels.ndim != 1 or labels.shape != probability.shape:
        raise ValueError(f"{name}: needs one probability per label, got shapes {probability.shape} and {labels.shape}")
    if not len(labels):
        raise ValueError(f"{name}: no tweets to score")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"{name}: labels must be 0 or 1")
    outside = int((~((probability >= 0) & (probability <= 1))).sum())  # NaN fails both comparisons
    if outside:
        raise ValueError(f"{name}: {outside:,} of {len(labels):,} probabilities are NaN or outside [0, 1]")
    return labels.astype(np.int8), probability


def _estimate(value: float, draws: NDArray[np.float64]) -> Estimate:
    known = draws[~np.isnan(draws)]  # a resample of few tweets may have only one class, so no ROC AUC
    if np.isnan(value) or not len(known):
        return Estimate(_or_none(value), None, None)
    low, high = np.quantile(known, (0.025, 0.975))
    return Estimate(float(value), float(low), float(high))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
