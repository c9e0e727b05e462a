"""Metrics of probabilities of a binary label, each with a 95 percent interval.

The interval is a bootstrap over groups, not rows: the tweets of one text are drawn together, since ten copies of a text
carry no more information than one. A resample gives every group a Poisson(1) weight. With many groups that is
equivalent to drawing them with replacement, and no rows are copied.

The bootstrap covers the choice of tweets. It does not cover training: with another seed a model errs on other tweets.
Student's t covers both, where a difference is measured several times, each time with newly trained models.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from sentiment140.errors import unknown_name
from sentiment140.evaluation.column import Column
from sentiment140.evaluation.run_scores import MARGINS, METRICS, ColumnScores, Difference, Estimate
from sentiment140.progress.events import emit

RESAMPLES = 1000
"""Number of resamples behind each interval: with 200, the limits themselves vary by a tenth of the interval's width."""


@dataclass(frozen=True)
class Resampled:
    """An event: this number of rows was resampled and scored, counted for each column."""

    rows: int


_POISSON = stats.poisson.ppf((np.arange(2**16) + 0.5) / 2**16, 1.0)
"""Poisson(1) by inversion: the value of each of 65,536 equal parts of its distribution."""
_RESAMPLES_AT_ONCE = 16  # enough for a fast product with the sums, and only 0.2 GB for 1.6 million groups


def compute_metrics(labels: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> dict[str, float]:
    """Compute each of METRICS for one column of probabilities.

    `accuracy` and `f1` (of the positive class) classify a tweet as positive from probability 0.5. `log_loss` is in
    nats, with probabilities clipped to [column.CLIP, 1 - column.CLIP]. `brier` is the mean squared error.
    `calibration_error` is the expected calibration error (Naeini et al. 2015, AAAI; Guo et al. 2017, ICML) of the
    probability of positive, with 15 bins of equal width that are closed on the left: the mean over the bins, weighted
    by their number of tweets, of the absolute difference between the share of positives and the mean probability.

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
    column = Column(labels, probability, np.arange(np.size(labels)))
    found = column.compute(np.ones((1, np.size(labels))) if weights is None else np.asarray(weights)[None])
    return {metric: float(value[0]) for metric, value in found.items()}


def score_column(
    labels: ArrayLike, probability: ArrayLike, groups: ArrayLike, seed: int, resamples: int = RESAMPLES
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
    resamples: int = RESAMPLES,
    reference: str | None = None,
    folds: ArrayLike | None = None,
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
        folds: int [n], the validation fold of each tweet; None for tweets that are in no fold.

    Returns:
        Scores by column, in the order given; the reference has no margins, and without one no column has. Without
        folds the margins have no interval over folds.

    Raises:
        ValueError: invalid input, as for `compute_metrics`, with the name of the column; or an unknown reference.
    """
    if reference is not None and reference not in probabilities:
        raise ValueError(unknown_name("reference", reference, probabilities))
    names, codes = np.unique(np.asarray(groups), return_inverse=True)
    codes = codes.astype(np.int32)
    columns = {name: Column(labels, values, codes, name) for name, values in probabilities.items()}
    values = {
        name: {metric: float(value[0]) for metric, value in column.compute(np.ones((1, len(names)))).items()}
        for name, column in columns.items()
    }
    draws = {name: {metric: np.full(resamples, np.nan) for metric in METRICS} for name in columns}
    generator = np.random.default_rng(seed)
    for start in range(0, resamples if len(names) > 1 else 0, _RESAMPLES_AT_ONCE):
        drawn = slice(start, min(start + _RESAMPLES_AT_ONCE, resamples))
        weights = draw_weights(generator, drawn.stop - drawn.start, len(names))
        for name, column in columns.items():
            for metric, of_draws in column.compute(weights).items():
                draws[name][metric][drawn] = of_draws
        emit(Resampled(len(weights) * len(codes) * len(columns)))
    for name in columns:
        errors = draws[name]["calibration_error"]
        if not np.isnan(errors).all():
            excess = np.nanmean(errors) - values[name]["calibration_error"]
            draws[name]["calibration_error"] = np.maximum(errors - excess, 0)

    by_fold = {name: [] if folds is None else score_by_fold(labels, probabilities[name], folds) for name in columns}

    def margins(name: str) -> dict[str, Difference]:
        if reference is None or name == reference:
            return {}
        return {
            metric: _difference(
                estimate(
                    values[name][metric] - values[reference][metric], draws[name][metric] - draws[reference][metric]
                ),
                [(row[metric], other[metric]) for row, other in zip(by_fold[name], by_fold[reference], strict=True)],
            )
            for metric in MARGINS
        }

    return {
        name: ColumnScores(
            n=len(codes),
            overall={metric: estimate(values[name][metric], draws[name][metric]) for metric in METRICS},
            margins=margins(name),
            folds=by_fold[name],
        )
        for name in columns
    }


def draw_weights(generator: np.random.Generator, resamples: int, groups: int) -> NDArray[np.float64]:
    """Draw how often each group counts in each resample: Poisson(1).

    NumPy's `poisson` takes seven times as long, which was a third of the time of `score_columns`.

    Returns:
        float64 [resamples, groups], in Fortran's order.
    """
    return _POISSON[generator.integers(len(_POISSON), size=(groups, resamples), dtype=np.uint16)].T


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


def t_interval(differences: ArrayLike, cross_validated: bool = False) -> tuple[float, float]:
    """Compute Student's 95 percent t-interval of the mean of differences that were measured several times.

    Two folds of a cross-validation share most of their training tweets, so their differences vary less than those of
    independent runs. The corrected resampled t-test therefore multiplies the variance not by 1/n but by 1/n plus the
    ratio of validation tweets to training tweets, 1/(n-1) (Nadeau and Bengio, Inference for the Generalization Error,
    Machine Learning 52, 2003).

    Args:
        differences: float [n], one difference per independent run, or one per fold of a cross-validation.
        cross_validated: whether they are those of the folds.

    Returns:
        The lower and the upper limit; NaN for fewer than two differences.

    Examples:
        >>> low, high = t_interval([0.1, 0.2, 0.3])
        >>> round(low, 3), round(high, 3)
        (-0.048, 0.448)
    """
    mean, error, freedom = _mean_and_error(differences, cross_validated)
    half = float(stats.t.ppf(0.975, freedom)) * error if freedom > 0 else float("nan")
    return mean - half, mean + half


def t_test(differences: ArrayLike, cross_validated: bool = False) -> float:
    """Test whether the mean of differences is 0; see `t_interval` for the arguments and the source.

    Returns:
        The two-sided p-value; NaN for fewer than two differences.
    """
    mean, error, freedom = _mean_and_error(differences, cross_validated)
    if error == 0:
        return float(mean == 0)
    return float(2 * stats.t.sf(abs(mean) / error, freedom))


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


def estimate(value: float, draws: NDArray[np.float64]) -> Estimate:
    """Create an estimate with its 95 percent interval, from the values of resamples; NaN for those without a value."""
    known = draws[~np.isnan(draws)]  # a resample of few tweets may have only one class, so no ROC AUC
    if np.isnan(value) or not len(known):
        return Estimate(_or_none(value), None, None)
    low, high = np.quantile(known, (0.025, 0.975))
    return Estimate(float(value), float(low), float(high))


def _difference(over_tweets: Estimate, by_fold: list[tuple[float | None, float | None]]) -> Difference:
    """Add the interval over folds to a margin; `by_fold` is the metric of both columns on each fold."""
    known = [first - second for first, second in by_fold if first is not None and second is not None]
    low, high = t_interval(known, cross_validated=True) if known and len(known) == len(by_fold) else (np.nan, np.nan)
    return Difference(over_tweets.value, over_tweets.low, over_tweets.high, _or_none(low), _or_none(high))


def _mean_and_error(differences: ArrayLike, cross_validated: bool) -> tuple[float, float, int]:
    """The mean, its standard error and the degrees of freedom."""
    values = np.asarray(differences, dtype=np.float64)
    freedom = len(values) - 1
    if freedom < 1:
        return float(values.mean()), float("nan"), freedom
    factor = 1 / len(values) + (1 / freedom if cross_validated else 0)
    return float(values.mean()), float(values.std(ddof=1) * np.sqrt(factor)), freedom


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
