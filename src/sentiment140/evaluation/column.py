"""One column of probabilities, prepared so that its metrics can be computed for many resamples at once."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from sentiment140.evaluation.run_scores import METRICS
from sentiment140.labels import THRESHOLD

CALIBRATION_BINS = 15
# Members predict float32, whose spacing at 1 is this. Unclipped, a wrong probability of 1.0 would have infinite loss.
CLIP = float(np.finfo(np.float32).eps)
_RANK_BINS = 4096
_FALSE_POSITIVES, _TRUE_POSITIVES, _LOSS, _SQUARED_ERROR, _CALIBRATION = range(5)
_RANKS = _CALIBRATION + CALIBRATION_BINS


class Column:
    """Labels and probabilities of the same tweets, and the group of each tweet.

    All metrics are made of sums over the tweets. The sums of each group are computed once; the metrics of a resample
    then cost a product with a sparse matrix.

    The ROC AUC is made of the sums of both classes in bins of the probability's rank. If there are more than 4,096
    different probabilities, some share a bin, and pairs in a bin count half, as equal probabilities do. That changes
    the ROC AUC by less than 1e-6.

    Args:
        labels: int [n], 0 or 1.
        probability: float [n], the probability of label 1.
        groups: int [n], the group of each tweet, numbered from 0.
        name: the name of the column, for error messages.

    Raises:
        ValueError: a label is not 0 or 1, a probability is NaN or outside [0, 1], the lengths differ, or there are no
            tweets.
    """

    def __init__(
        self, labels: ArrayLike, probability: ArrayLike, groups: NDArray[Any], name: str = "probability"
    ) -> None:
        y, p = _check_input(np.asarray(labels), np.asarray(probability, dtype=np.float64), name)
        if len(groups) != len(y):
            raise ValueError(f"{name}: {len(y)} labels but {len(groups)} groups")
        self._sums = _sums_by_group(y, p, groups)

    def compute(self, weights: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
        """Compute each of METRICS for each resample.

        Args:
            weights: [resamples, groups], how often each group counts; float64 in Fortran's order is not copied.

        Returns:
            float64 [resamples] by metric; NaN where it does not exist.
        """
        sums = self._sums @ weights.T.astype(np.float64, order="C", copy=False)
        ranks = sums[_RANKS:].reshape(2, -1, len(weights))
        negatives, positives = ranks.sum(axis=1)
        total = negatives + positives
        below = (
            np.cumsum(ranks[0], axis=0) - ranks[0] / 2
        )  # negatives with a lower rank, and half of those with the same
        predicted_or_positive = sums[_TRUE_POSITIVES] + sums[_FALSE_POSITIVES] + positives
        with np.errstate(divide="ignore", invalid="ignore"):  # a resample may be empty, or have one class only
            f1 = np.where(predicted_or_positive > 0, 2 * sums[_TRUE_POSITIVES] / predicted_or_positive, 0.0)
            found = {
                "accuracy": (negatives - sums[_FALSE_POSITIVES] + sums[_TRUE_POSITIVES]) / total,
                "roc_auc": (ranks[1] * below).sum(axis=0) / (negatives * positives),
                "log_loss": sums[_LOSS] / total,
                "f1": np.where(total > 0, f1, np.nan),
                "brier": sums[_SQUARED_ERROR] / total,
                "calibration_error": np.abs(sums[_CALIBRATION:_RANKS]).sum(axis=0) / total,
            }
        return {metric: found[metric] for metric in METRICS}


def _sums_by_group(y: NDArray[Any], p: NDArray[Any], groups: NDArray[Any]) -> sparse.csc_array:
    """[sums, groups]: what each group adds to each of the sums that the metrics are made of."""
    rows = np.arange(len(y))
    predicted = np.flatnonzero(p >= THRESHOLD)
    gap = y - p
    calibration_bins = np.minimum((p * CALIBRATION_BINS).astype(np.int8), CALIBRATION_BINS - 1)
    rank_bins = _rank_bins(p)
    count = int(rank_bins.max()) + 1
    parts = [
        (np.where(y[predicted] == 1, _TRUE_POSITIVES, _FALSE_POSITIVES), predicted, np.ones(len(predicted))),
        (np.full(len(y), _LOSS), rows, -np.log(np.clip(np.where(y == 1, p, 1 - p), CLIP, 1 - CLIP))),
        (np.full(len(y), _SQUARED_ERROR), rows, gap**2),
        (_CALIBRATION + calibration_bins, rows, gap),
        (_RANKS + count * y.astype(np.int32) + rank_bins, rows, np.ones(len(y))),
    ]
    kind, row, value = (np.concatenate(of_parts) for of_parts in zip(*parts, strict=True))
    shape = (_RANKS + 2 * count, int(groups.max()) + 1)
    return sparse.coo_array((value, (kind, groups[row])), shape).tocsc()


def _rank_bins(p: NDArray[Any]) -> NDArray[Any]:
    """The bin of each row, numbered from 0; equal probabilities share one, and the bins rise with the probability."""
    values, rows, counts = np.unique(p, return_inverse=True, return_counts=True)
    if len(values) <= _RANK_BINS:
        return rows
    lower = np.cumsum(counts) - counts  # number of rows with a lower probability
    return np.unique(lower * _RANK_BINS // len(p), return_inverse=True)[1][rows]


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
