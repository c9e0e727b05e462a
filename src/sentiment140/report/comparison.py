"""The course's table: a run's Keras members by parameters, accuracy, time per epoch and overfitting."""

import textwrap
from typing import Any

from sentiment140.evaluation.comparison import STEADY
from sentiment140.evaluation.run_scores import ColumnScores, Difference, Pair, RunScores
from sentiment140.report.tables import INTERVALS, NONE, shortened

SIGNIFICANCE_LEVEL = 0.05
"""Two models with an adjusted p of at least this, in either test, may be equally accurate."""

MEASURES = {
    "gap": "validation loss minus training loss in the last epoch",
    "slope": "change of the validation loss per epoch",
    "roughness": "mean size of the second difference of the validation loss",
    "best epoch": "the epoch with the lowest validation loss, whose weights are kept",
    "optimism": "how much the out-of-fold accuracy gains, in points, because that epoch is chosen on the fold that is "
    "scored, not on the other folds",
    "steady": f"whether the slope is at most {STEADY}, as the course's assignment asks",
}
"""What the columns of the table mean that are not plain."""

NOTE = (
    "Except for the parameters and the margin, every number is a mean over the folds. Both accuracies are those of the "
    f"last epoch. {' '.join(f'{name}: {meaning}.' for name, meaning in MEASURES.items())} margin: "
    "out-of-fold accuracy minus that of the reference, in points, with its 95 % interval over tweets, low to high, and "
    f"over folds, fold low to fold high. {INTERVALS}"
)
MARGIN = ("margin", "low", "high", "fold low", "fold high")


def comparison_table(scores: RunScores) -> str:
    """The course's table of a run's Keras members, on these tweets, as aligned plain text.

    Args:
        scores: of the run.

    Returns:
        One line per member, the highest validation accuracy first. Below it the same for the margins over the
        reference, and the pairs that may be equally accurate.
    """
    rows = comparison(scores)
    if not rows:
        return "no Keras member to compare"
    # In two parts, since one line with all columns would be wider than a terminal.
    overfitting = _aligned([{key: value for key, value in row.items() if key not in MARGIN} for row in rows])
    margins = _aligned([{key: row[key] for key in ("model", *MARGIN)} for row in rows])
    note = textwrap.wrap(f"{NOTE} {pairs_note(scores)}", len(overfitting[0]))
    return "\n".join([*overfitting, "", *margins, "", *note])


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
            "optimism": _percent(member.optimism),
            "steady": member.steady,
            **_margin(scores.oof[name]),
        }
        for name, member in best_first
    ]


def pairs_note(scores: RunScores) -> str:
    """The pairs of columns whose accuracies do not differ significantly, in one sentence; empty without any pair."""
    if not scores.pairs:
        return ""
    similar = [
        f"{pair.first} and {pair.second} ({_p_values(pair)})"
        for pair in scores.pairs
        if max(pair.p, pair.fold_p or 0) >= SIGNIFICANCE_LEVEL
    ]
    tests = f"McNemar's test, n {scores.pairs[0].n:,} texts"
    if scores.pairs[0].fold_p is not None:
        tests += ", and corrected resampled t-test over the folds"
    tests += f"; p adjusted for {len(scores.pairs)} pairs"
    return (
        f"No significant difference in out-of-fold accuracy ({tests}): "
        f"{'; '.join(similar) or 'none, all pairs differ'}."
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


def _aligned(rows: list[dict[str, Any]]) -> list[str]:
    """The rows as lines below their headings and a rule."""
    cells = [[*rows[0]], *([format_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    header, *lines = [
        "   ".join(
            [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in cells
    ]
    return [header, "-" * len(header), *lines]


def _p_values(pair: Pair) -> str:
    return f"p {pair.p:.2f}" + ("" if pair.fold_p is None else f", over folds {pair.fold_p:.2f}")


def _margin(column: ColumnScores) -> dict[str, float | None]:
    """The margin in accuracy over the reference, in points; the reference itself has none."""
    margin = column.margins.get("accuracy", Difference(None, None, None, None, None))
    limits = (margin.value, margin.low, margin.high, margin.fold_low, margin.fold_high)
    return dict(zip(MARGIN, map(_percent, limits), strict=True))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
