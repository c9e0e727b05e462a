"""Every metric of binary probabilities, with the number of tweets and a 95 % interval.

The interval is a bootstrap over groups, not rows: tweets of one text are drawn together, since ten copies of a text say
no more than one. A resample gives every group a Poisson(1) weight, which is what drawing groups with replacement comes
to when there are many, and needs no copying of rows.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from sentiment140.evaluation.run_scores import ColumnScores, Estimate
from sentiment140.labels import THRESHOLD

METRICS = ("accuracy", "roc_auc", "log_loss", "f1", "brier", "calibration_error")
MARGINS = ("accuracy", "roc_auc", "log_loss")
CALIBRATION_BINS = 15
# Members give float32, which has no number nearer to 1 than this: without it a saturated 1.0 would cost infinity.
CLIP = float(np.finfo(np.float32).eps)


def metrics(labels: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> dict[str, float]:
    """Each of METRICS for one column of probabilities.

    `accuracy` and `f1` (of the positive class) call a tweet positive from probability 0.5. `log_loss` is in nats, with
    probabilities clipped to [CLIP, 1 - CLIP]. `brier` is the mean squared error. `calibration_error` is the expected
    calibration error (Naeini et al. 2015, AAAI; Guo et al. 2017, ICML) on the probability of positive: over 15 bins of
    equal width, closed on the left, the mean distance between share of positives and mean probability, weighted by n.

    Args:
        labels: 0 or 1 [n].
        probability: of label 1 [n].
        weights: how often each tweet counts [n]; once without.

    Returns:
        name -> value. `roc_auc` is NaN if only one class has weight, `f1` is 0 if nothing is positive or called so.

    Raises:
        ValueError: a label that is not 0 or 1, a probability that is NaN or outside [0, 1], no tweets, unlike lengths.
    """
    column = _Column(labels, probability, np.arange(np.size(labels)))
    return column.metrics(np.ones(np.size(labels)) if weights is None else np.asarray(weights))


def score(
    labels: ArrayLike, probability: ArrayLike, groups: ArrayLike, seed: int, resamples: int = 200
) -> ColumnScores:
    """The scores of one column: `score_columns` for a single one.

    Raises:
        ValueError: as `score_columns`.
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
    """The scores of columns that predict the same tweets.

    Each resample is drawn once for all columns, so that a margin's interval is that of the paired difference. The
    calibration error is a mean of distances, which chance only raises, in each resample once more: its draws are moved
    down by their mean excess over the value, or the interval would lie above it. One group alone has no interval:
    however often it is drawn, it says the same.

    Args:
        labels: 0 or 1 [n].
        probabilities: column name -> probability of label 1 [n].
        groups: which tweets are drawn together: equal codes for equal texts [n].
        seed: of the resamples.
        resamples: draws behind each interval.
        reference: the column that the others' margins are taken from.

    Returns:
        column name -> scores, in the order given; the reference itself has no margins.

    Raises:
        ValueError: input that `metrics` refuses, naming the column; an unknown reference.
    """
    if reference is not None and reference not in probabilities:
        raise ValueError(f'reference "{reference}" is no column (columns: {", ".join(probabilities)})')
    names, codes = np.unique(np.asarray(groups), return_inverse=True)
    codes = codes.astype(np.int32)
    columns = {name: _Column(labels, values, codes, name) for name, values in probabilities.items()}
    values = {name: column.metrics(np.ones(len(names))) for name, column in columns.items()}
    draws = {name: {metric: np.full(resamples, np.nan) for metric in METRICS} for name in columns}
    generator = np.random.default_rng(seed)
    for draw in range(resamples if len(names) > 1 else 0):
        # One byte a group: the look-up by row below then stays in the processor's cache, three times as fast.
        weights = generator.poisson(1.0, len(names)).astype(np.uint8)
        for name, column in columns.items():
            for metric, value in column.metrics(weights).items():
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
    """The metrics of each fold by itself, ready for a JSON file.

    Args:
        labels: 0 or 1 [n].
        probability: of label 1 [n].
        folds: the fold each tweet was validated in [n].

    Returns:
        `{"fold", "n", <each of METRICS>}` a fold, in order; None for a metric that does not exist.

    Raises:
        ValueError: as `metrics`.
    """
    labels, probability, folds = np.asarray(labels), np.asarray(probability), np.asarray(folds)
    rows: list[dict[str, float | None]] = []
    for fold in np.unique(folds):
        inside = folds == fold
        found = metrics(labels[inside], probability[inside])
        rows.append({"fold": int(fold), "n": int(inside.sum())} | {k: _or_none(v) for k, v in found.items()})
    return rows


def mcnemar(a_correct: ArrayLike, b_correct: ArrayLike) -> tuple[int, int, float]:
    """McNemar's exact test of whether two models err equally often on the same tweets.

    It takes rows as independent: give one row a text where there are duplicates.

    Args:
        a_correct: whether the first model is right [n].
        b_correct: whether the second is [n].

    Returns:
        (tweets only the first got right, tweets only the second did, two-sided p).
    """
    a, b = np.asarray(a_correct, dtype=bool), np.asarray(b_correct, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"one answer a tweet from both models needed, got {a.shape} and {b.shape}")
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    disputed = only_a + only_b
    # The exact test is quick enough at a million rows; the chi-square approximation would gain nothing.
    return only_a, only_b, float(stats.binomtest(only_a, disputed).pvalue) if disputed else 1.0


class _Column:
    """One column, sorted once so that all metrics under any weights cost a few passes over it.

    Rows are held as negatives by probability, then positives by probability. The ROC AUC is the weighted share of
    (positive, negative) pairs in the right order, equal probabilities counting half: for each positive it is known
    beforehand how many of the sorted negatives lie below it and how many not above it.
    """

    def __init__(
        self, labels: ArrayLike, probability: ArrayLike, groups: NDArray[Any], name: str = "probability"
    ) -> None:
        y, p = _checked(np.asarray(labels), np.asarray(probability, dtype=np.float64), name)
        if len(groups) != len(y):
            raise ValueError(f"{name}: {len(y)} labels but {len(groups)} groups")
        order = np.lexsort((p, y))
        y, p = y[order], p[order]
        self._groups = groups[order]
        self._negatives = split = int(np.searchsorted(y, 1))
        self._below = np.searchsorted(p[:split], p[split:], side="left")
        self._not_above = np.searchsorted(p[:split], p[split:], side="right")
        self._called_negative = np.searchsorted(p[:split], THRESHOLD), np.searchsorted(p[split:], THRESHOLD)
        self._gap = y - p
        self._loss = -np.log(np.clip(np.where(y == 1, p, 1 - p), CLIP, 1 - CLIP))
        self._bin = np.minimum((p * CALIBRATION_BINS).astype(np.int8), CALIBRATION_BINS - 1)

    def metrics(self, weights: NDArray[Any]) -> dict[str, float]:
        """Each of METRICS, with `weights` saying how often each group counts."""
        w = weights[self._groups].astype(np.float64)
        negative, positive = w[: self._negatives], w[self._negatives :]
        negatives, positives = float(negative.sum()), float(positive.sum())
        total = negatives + positives
        if total == 0:
            return dict.fromkeys(METRICS, float("nan"))
        negatives_up_to = np.concatenate(([0.0], np.cumsum(negative)))
        ordered = positive @ (negatives_up_to[self._below] + negatives_up_to[self._not_above]) / 2
        first_negative, first_positive = self._called_negative
        false_positives = float(negative[first_negative:].sum())
        true_positives = float(positive[first_positive:].sum())
        called_or_positive = true_positives + false_positives + positives
        gap = w * self._gap
        return {
            "accuracy": (negatives - false_positives + true_positives) / total,
            "roc_auc": float(ordered / (negatives * positives)) if negatives and positives else float("nan"),
            "log_loss": float(w @ self._loss) / total,
            "f1": 2 * true_positives / called_or_positive if called_or_positive else 0.0,
            "brier": float(gap @ self._gap) / total,
            "calibration_error": float(np.abs(np.bincount(self._bin, gap)).sum()) / total,
        }


def _checked(labels: NDArray[Any], probability: NDArray[Any], name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    if labels.ndim != 1 or labels.shape != probability.shape:
        raise ValueError(f"{name}: one probability a label needed, got {probability.shape} for {labels.shape}")
    if not len(labels):
        raise ValueError(f"{name}: no tweets to score")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"{name}: labels must be 0 or 1")
    outside = int((~((probability >= 0) & (probability <= 1))).sum())  # NaN fails both comparisons
    if outside:
        raise ValueError(f"{name}: {outside:,} of {len(labels):,} probabilities are NaN or outside [0, 1]")
    return labels.astype(np.int8), probability


def _estimate(value: float, draws: NDArray[np.float64]) -> Estimate:
    known = draws[~np.isnan(draws)]  # a resample of few tweets may hold one class, and then no ROC AUC
    if np.isnan(value) or not len(known):
        return Estimate(_or_none(value), None, None)
    low, high = np.quantile(known, (0.025, 0.975))
    return Estimate(float(value), float(low), float(high))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
