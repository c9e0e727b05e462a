"""How models differ: how each overfits, and whether one is really better than another."""

from collections.abc import Mapping, Sequence
from itertools import combinations, groupby
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from .scores import mcnemar

STEADY = 0.0005
"""The course's assignment is passed if the validation loss rises by no more than this an epoch."""


def overfitting(history: Sequence[Mapping[str, float]]) -> dict[str, float | bool | None]:
    """How much a member overfits, in degrees: each number is the mean over its folds.

    Args:
        history: `fold`, `epoch`, `loss`, `accuracy`, `val_loss`, `val_accuracy`, `seconds` of each epoch of each fold,
            in order.

    Returns:
        `accuracy` and `val_accuracy` of the last epoch, `seconds_an_epoch`, and
        `gap`: validation loss minus training loss, last epoch;
        `slope`: change of the validation loss an epoch, by linear regression; None after one epoch;
        `roughness`: mean size of its second difference, 0 for a straight line; None after fewer than three epochs;
        `best_epoch`: that of the lowest validation loss, where early stopping would end;
        `steady`: whether the slope is at most `STEADY`, as the course's assignment asks.
    """
    by_fold = [_curve(list(epochs)) for _, epochs in groupby(history, key=lambda entry: entry["fold"])]
    mean = {key: _mean([curve[key] for curve in by_fold]) for key in by_fold[0]}
    return {**mean, "steady": None if mean["slope"] is None else mean["slope"] <= STEADY}


def _curve(epochs: list[Mapping[str, float]]) -> dict[str, float | None]:
    losses = np.array([entry["val_loss"] for entry in epochs])
    last = epochs[-1]
    return {
        "accuracy": last["accuracy"],
        "val_accuracy": last["val_accuracy"],
        "seconds_an_epoch": float(np.mean([entry["seconds"] for entry in epochs])),
        "gap": last["val_loss"] - last["loss"],
        "slope": float(stats.linregress(np.arange(len(losses)), losses).slope) if len(losses) > 1 else None,
        "roughness": float(np.abs(np.diff(losses, 2)).mean()) if len(losses) > 2 else None,
        "best_epoch": float(np.argmin(losses) + 1),
    }


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def pairs(labels: np.ndarray, columns: Mapping[str, np.ndarray], text_groups: np.ndarray) -> list[dict[str, Any]]:
    """Whether the accuracies of each two columns differ: McNemar's exact test on tweets, one a text.

    Args:
        labels: int [tweets], 0 or 1.
        columns: float [tweets], probabilities by name.
        text_groups: int [tweets], equal for copies of one text, of which only the first counts: copies are no
            independent tweets.

    Returns:
        A row a pair: `first`, `second`, `n` tweets, `only_first` and `only_second` (tweets that only one has right),
        and `p`, adjusted for the number of pairs (Benjamini and Hochberg 1995, the false discovery rate).
    """
    first_of_text = ~pd.Series(text_groups).duplicated().to_numpy()
    right = {name: ((column >= 0.5) == labels)[first_of_text] for name, column in columns.items()}
    found: list[dict[str, Any]] = []
    for first, second in combinations(columns, 2):
        only_first, only_second, p = mcnemar(right[first], right[second])
        counts = {"n": int(first_of_text.sum()), "only_first": only_first, "only_second": only_second}
        found.append({"first": first, "second": second, **counts, "p": p})
    if found:
        for pair, p in zip(found, stats.false_discovery_control([pair["p"] for pair in found]), strict=True):
            pair["p"] = float(p)
    return found
