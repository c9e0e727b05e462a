"""The course's table: a run's models by parameters, accuracy, time an epoch and overfitting."""

import textwrap
from collections.abc import Mapping
from typing import Any

from ..comparison import STEADY
from .tables import NONE, shortened

CHANCE = 0.05
"""From this p on, two models may be equally good."""

NOTE = (
    "All but the parameters: means over the folds. Accuracies: last epoch. gap: validation minus training loss, last "
    "epoch; slope: of the validation loss, an epoch; roughness: mean size of its second difference; best epoch: where "
    f"early stopping would end; steady: slope at most {STEADY}, as the course's assignment asks."
)


def comparison_table(scores: Mapping[str, Any]) -> str:
    """The course's table of a run's Keras members, for these tweets, as aligned plain text.

    Args:
        scores: the content of the run's `scores.json`.

    Returns:
        A line a member, the highest validation accuracy first, and below it the pairs that may be equally good.
    """
    rows = comparison(scores)
    if not rows:
        return "no Keras member to compare"
    cells = [[*rows[0]], *([cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "   ".join(
            [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in cells
    ]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:], "", *textwrap.wrap(f"{NOTE} {equals(scores)}", len(rule))])


def comparison(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `comparison_table` shows, a row a member, accuracies in per cent."""
    members = (scores.get("cost") or {}).get("members") or {}
    found = sorted(scores.get("overfitting", {}).items(), key=lambda item: -item[1]["val_accuracy"])
    return [
        {
            "model": name,
            "parameters": members.get(name, {}).get("parameters"),
            "training %": 100 * entry["accuracy"],
            "validation %": 100 * entry["val_accuracy"],
            "s/epoch": entry["seconds_an_epoch"],
            **{key: entry[key] for key in ("gap", "slope", "roughness")},
            "best epoch": entry["best_epoch"],
            "steady": entry["steady"],
        }
        for name, entry in found
    ]


def equals(scores: Mapping[str, Any]) -> str:
    """Which columns may be equally accurate, in a sentence; of all other pairs one is better."""
    pairs = scores.get("pairs", [])
    if not pairs:
        return ""
    chance = [f"{pair['first']} and {pair['second']} (p {pair['p']:.2f})" for pair in pairs if pair["p"] >= CHANCE]
    test = f"McNemar's test, n {pairs[0]['n']:,} texts, p adjusted for {len(pairs)} pairs"
    return f"Maybe equally accurate out of fold ({test}): {'; '.join(chance) or 'none, all differ'}."


def cell(value: Any) -> str:
    """A value as this table shows it."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) >= 1 else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else shortened(value)
