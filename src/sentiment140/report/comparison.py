"""The course's table: a run's Keras members by parameters, accuracy, time per epoch and overfitting."""

import textwrap
from typing import Any

from sentiment140.evaluation.comparison import STEADY
from sentiment140.evaluation.run_scores import RunScores
from sentiment140.report.tables import NONE, shortened

SIGNIFICANCE_LEVEL = 0.05
"""Two models with an adjusted p of at least this may be equally accurate."""

NOTE = (
    "Except for the parameters, every number is a mean over the folds. Both accuracies are those of the last epoch. "
    "gap: validation loss minus training loss in the last epoch. slope: change of the validation loss per epoch. "
    "roughness: mean size of the second difference of the validation loss. best epoch: the epoch with the lowest "
    f"validation loss. steady: whether the slope is at most {STEADY}, as the course's assignment asks."
)


def comparison_table(scores: RunScores) -> str:
    """The course's table of a run's Keras members, on these tweets, as aligned plain text.

    Args:
        scores: of the run.

    Returns:
        One line per member, the highest validation accuracy first, and below it the pairs that may be equally accurate.
    """
    rows = comparison(scores)
    if not rows:
        return "no Keras member to compare"
    cells = [[*rows[0]], *([format_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "   ".join(
            [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in cells
    ]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:], "", *textwrap.wrap(f"{NOTE} {pairs_note(scores)}", len(rule))])


def comparison(scores: RunScores) -> list[dict[str, Any]]:
    """The content of `comparison_table`: one row per Keras member, accuracies in percent."""
    best_first = sorted(scores.overfitting.items(), key=lambda item: -(item[1].val_accuracy or 0))
    return [
        {
            "model": name,
            "parameters": scores.cost.members[name].parameters,
            "training %": _percent(member.accuracy),
            "validation %": _percent(member.val_accuracy),
            "s/epoch": member.seconds_per_epoch,
            "gap": member.gap,
            "slope": member.slope,
            "roughness": member.roughness,
            "best epoch": member.best_epoch,
            "steady": member.steady,
        }
        for name, member in best_first
    ]


def pairs_note(scores: RunScores) -> str:
    """The pairs of columns whose accuracies do not differ significantly, in one sentence; empty without any pair."""
    if not scores.pairs:
        return ""
    similar = [
        f"{pair.first} and {pair.second} (p {pair.p:.2f})" for pair in scores.pairs if pair.p >= SIGNIFICANCE_LEVEL
    ]
    test = f"McNemar's test, n {scores.pairs[0].n:,} texts, p adjusted for {len(scores.pairs)} pairs"
    return (
        f"No significant difference in out-of-fold accuracy ({test}): {'; '.join(similar) or 'none, all pairs differ'}."
    )


def format_cell(value: Any) -> str:
    """A value as this table shows it."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) >= 1 else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else shortened(value)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
