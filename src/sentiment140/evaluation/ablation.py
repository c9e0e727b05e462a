"""What each choice is worth: the same member with one choice changed, on the same folds, over several seeds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import Estimate
from sentiment140.labels import is_positive

_RESAMPLES = 200


def effects(runs: Sequence[pd.DataFrame], baseline: str, seed: int) -> pd.DataFrame:
    """How accuracy and log loss change with each changed choice.

    Args:
        runs: of each seed the out-of-fold table: `label`, `text`, and a column of probabilities a variant.
        baseline: the variant that all others are compared with.
        seed: of the intervals.

    Returns:
        One row per variant, `baseline` first, the others from the most harmful on: `variant`, `accuracy` in percent
        (of all seeds' tweets together); `change` in points against `baseline`, with `low` and `high`, 95 % by a paired
        bootstrap over the texts, and `lowest` and `highest` of the single seeds; `log_loss` and its `log_loss_change`.
    """
    variants = [name for name in runs[0].columns if name not in ("label", "text")]
    together = pd.concat(runs, ignore_index=True)
    scored = score_columns(
        together["label"],
        {name: together[name] for name in variants},
        pd.factorize(together["text"])[0],
        seed,
        _RESAMPLES,
        baseline,
    )
    by_seed = pd.DataFrame([{name: _accuracy(run, name) for name in variants} for run in runs])
    changes = by_seed.sub(by_seed[baseline], axis=0)
    rows = []
    for name in variants:
        margins = scored[name].margins or dict.fromkeys(("accuracy", "log_loss"), Estimate(0.0, 0.0, 0.0))
        change = margins["accuracy"]
        rows.append(
            {
                "variant": name,
                "accuracy": _points(scored[name].overall["accuracy"].value),
                "change": _points(change.value),
                "low": _points(change.low),
                "high": _points(change.high),
                "lowest": _points(changes[name].min()),
                "highest": _points(changes[name].max()),
                "log_loss": scored[name].overall["log_loss"].value,
                "log_loss_change": margins["log_loss"].value,
            }
        )
    table = pd.DataFrame(rows)
    order = np.lexsort((table["change"], table["variant"] != baseline))
    return table.iloc[order].reset_index(drop=True)


def _accuracy(run: pd.DataFrame, name: str) -> float:
    return float((is_positive(run[name]) == run["label"]).mean())


def _points(share: float | None) -> float:
    return float("nan") if share is None else 100 * share
