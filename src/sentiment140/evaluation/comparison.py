"""Comparison of models: how much each overfits, and whether the difference between two is significant."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, groupby

import numpy as np
import pandas as pd
from scipy import stats

from sentiment140.evaluation.metrics import mcnemar_test, t_test
from sentiment140.evaluation.run_scores import Epoch, Overfitting, Pair
from sentiment140.labels import is_positive

STEADY = 0.0005
"""The course's assignment is passed if the validation loss rises by at most this much per epoch."""


def measure_overfitting(history: Sequence[Epoch]) -> Overfitting:
    """Measure how much a member overfits; each number is the mean over its folds.

    Args:
        history: every epoch of each fold, in order.

    Returns:
        `accuracy` and `val_accuracy` of the last epoch, `seconds_per_epoch`, and
        `gap`: validation loss minus training loss in the last epoch;
        `slope`: change of the validation loss per epoch, by linear regression; None after one epoch;
        `roughness`: mean absolute second difference of the validation loss, 0 for a straight line; None after fewer
        than three epochs;
        `best_epoch`: the epoch of the lowest validation loss, counted from 1; its weights are kept;
        `optimism`: accuracy of the best epoch minus that of the epoch with the lowest loss on the other folds, which is
        how much the accuracy gains because the best epoch is chosen on the fold that it is scored on; None for a single
        fold;
        `steady`: whether the slope is at most `STEADY`, as the course's assignment asks; None without a slope.
    """
    folds = [list(epochs) for _, epochs in groupby(history, key=lambda epoch: epoch.fold)]
    by_fold = [_summarize_curve(epochs) for epochs in folds]
    mean = {key: _mean_of_known([curve[key] for curve in by_fold]) for key in by_fold[0]}
    steady = None if mean["slope"] is None else mean["slope"] <= STEADY
    return Overfitting(steady=steady, optimism=_measure_optimism(folds), **mean)  # type: ignore[arg-type]


def _measure_optimism(folds: list[list[Epoch]]) -> float | None:
    if len(folds) < 2:
        return None
    losses, accuracies = (
        pd.DataFrame([{epoch.epoch: getattr(epoch, name) for epoch in epochs} for epochs in folds], dtype=float)
        for name in ("val_loss", "val_accuracy")
    )
    gains = []
    for fold in losses.index:
        known = losses.loc[fold].dropna()  # a loss may not be finite
        if known.empty:
            return None
        of_others = losses.drop(index=fold).mean().reindex(known.index).fillna(np.inf)
        gains.append(accuracies.loc[fold, known.idxmin()] - accuracies.loc[fold, of_others.idxmin()])
    return float(np.mean(gains))


def _summarize_curve(epochs: list[Epoch]) -> dict[str, float | None]:
    losses = np.array([epoch.val_loss for epoch in epochs], float)
    last = epochs[-1]
    return {
        "accuracy": last.accuracy,
        "val_accuracy": last.val_accuracy,
        "seconds_per_epoch": float(np.mean([epoch.seconds for epoch in epochs])),
        "gap": None if last.val_loss is None or last.loss is None else last.val_loss - last.loss,
        "slope": float(stats.linregress(np.arange(len(losses)), losses).slope) if len(losses) > 1 else None,
        "roughness": float(np.abs(np.diff(losses, 2)).mean()) if len(losses) > 2 else None,
        "best_epoch": float(np.argmin(losses) + 1),
    }


def _mean_of_known(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def compare_pairs(
    labels: np.ndarray, columns: Mapping[str, np.ndarray], text_groups: np.ndarray, folds: np.ndarray
) -> list[Pair]:
    """Test for every two columns whether their accuracies differ.

    McNemar's exact test covers the choice of tweets, the corrected resampled t-test on the folds covers training too.

    Args:
        labels: int [tweets], 0 or 1.
        columns: float [tweets], probabilities of positive by name.
        text_groups: int [tweets], equal for copies of one text. Only the first copy counts, since the test needs
            independent tweets.
        folds: int [tweets], the validation fold of each tweet.

    Returns:
        One entry for every two columns. Both p-values are adjusted for the number of pairs (false discovery rate,
        Benjamini and Hochberg 1995).
    """
    first_of_text = ~pd.Series(text_groups).duplicated().to_numpy()
    correct = {name: (is_positive(column) == labels)[first_of_text] for name, column in columns.items()}
    n = int(first_of_text.sum())
    found = [Pair(a, b, n, *mcnemar_test(correct[a], correct[b]), None) for a, b in combinations(columns, 2)]
    if not found:
        return []
    adjusted = stats.false_discovery_control([pair.p for pair in found])
    found = [replace(pair, p=float(p)) for pair, p in zip(found, adjusted, strict=True)]
    accuracy = pd.DataFrame(correct).groupby(folds[first_of_text]).mean()
    if len(accuracy) < 2:
        return found
    over_folds = [t_test(accuracy[pair.first] - accuracy[pair.second], cross_validated=True) for pair in found]
    adjusted = stats.false_discovery_control(over_folds)
    return [replace(pair, fold_p=float(p)) for pair, p in zip(found, adjusted, strict=True)]
