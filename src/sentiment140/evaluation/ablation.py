"""Ablation: the effect of each choice, measured by changing one at a time on the same folds, over several seeds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import Estimate
from sentiment140.labels import is_positive

_RESAMPLES = 200


def compare_variants(runs: Sequence[pd.DataFrame], baseline: str, seed: int) -> pd.DataFrame:
    """Measure how accuracy and log loss differ between each variant and the baseline.

    Args:
        runs: for each seed the out-of-fold table: `label`, `text`, and one column of probabilities per variant.
        baseline: the variant that all others are compared with.
        seed: random seed of the intervals.

    Returns:
        One row per variant: `baseline` first, then the others, the most harmful change first. Columns:
        `variant`; `accuracy` in percent, over the tweets of all seeds together; `change`, the difference to `baseline`
        in percentage points, with its 95 percent interval `low` and `high` (a paired bootstrap over the texts) and
        with `lowest` and `highest`, its range over the seeds; `log_loss`, and its difference `log_loss_change`.
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
                "accuracy": _percent(scored[name].overall["accuracy"].value),
                "change": _percent(change.value),
                "low": _percent(change.low),
                "high": _percent(change.high),
                "lowest": _percent(changes[name].min()),
                "highest": _percent(changes[name].max()),
                "log_loss": scored[name].overall["log_loss"].value,
                "log_loss_change": margins["log_loss"].value,
            }
        )
    table = pd.DataFrame(rows)
    order = np.lexsort((table["change"], table["variant"] != baseline))
    return table.iloc[order].reset_index(drop=True)


def _accuracy(run: pd.DataFrame, name: str) -> float:
    return float((is_positive(run[name]) == run["label"]).mean())


def _percent(share: float | None) -> float:
    return float("nan") if share is None else 100 * share
