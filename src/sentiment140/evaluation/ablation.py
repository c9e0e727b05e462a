"""Ablation: the effect of each choice, measured by changing one at a time on the same folds, over several seeds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sentiment140.evaluation.metrics import score_columns, t_interval
from sentiment140.evaluation.run_scores import Difference
from sentiment140.labels import is_positive


def compare_variants(runs: Sequence[pd.DataFrame], baseline: str, seed: int) -> pd.DataFrame:
    """Measure how accuracy and log loss differ between each variant and the baseline.

    Args:
        runs: for each seed the out-of-fold table: `label`, `text`, and one column of probabilities per variant.
        baseline: the variant that all others are compared with.
        seed: random seed of the intervals.

    Returns:
        One row per variant: `baseline` first, then the others, the most harmful change first. Columns:
        `variant`; `accuracy` in percent, over the tweets of all seeds together; `change`, the difference to `baseline`
        in percentage points, with two 95 percent intervals: `low` to `high` over tweets (a paired bootstrap over the
        texts), and `t_low` to `t_high` over seeds (Student's t of the mean of the seeds' differences), which covers
        training too and is NaN with one seed; `log_loss`, and its difference `log_loss_change`.
    """
    variants = [name for name in runs[0].columns if name not in ("label", "text")]
    together = pd.concat(runs, ignore_index=True)
    scored = score_columns(
        together["label"],
        {name: together[name] for name in variants},
        pd.factorize(together["text"])[0],
        seed,
        reference=baseline,
    )
    by_seed = pd.DataFrame([{name: _accuracy(run, name) for name in variants} for run in runs])
    changes = by_seed.sub(by_seed[baseline], axis=0)
    rows = []
    for name in variants:
        margins = scored[name].margins or dict.fromkeys(("accuracy", "log_loss"), Difference(0.0, 0.0, 0.0, None, None))
        change = margins["accuracy"]
        t_low, t_high = t_interval(changes[name])
        rows.append(
            {
                "variant": name,
                "accuracy": _percent(scored[name].overall["accuracy"].value),
                "change": _percent(change.value),
                "low": _percent(change.low),
                "high": _percent(change.high),
                "t_low": _percent(t_low),
                "t_high": _percent(t_high),
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
