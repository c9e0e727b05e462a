"""Scores as text: the table a command ends with, and the number formats that the page shares."""

import textwrap
from collections.abc import Mapping
from typing import Any

ENSEMBLE = "ensemble"
DEMO = "DEMO RUN: made-up tweets, not a result on Sentiment140"
NONE = "–"
WIDTH = 100

Estimate = Mapping[str, float | None]


def score_table(scores: Mapping[str, Any]) -> str:
    """The scores of a run as aligned plain text, at most 100 columns wide.

    Args:
        scores: the content of the run's `scores.json`.

    Returns:
        A heading, a line a column with the ensemble last, and the ensemble's margin over the reference.
    """
    labelled = scores.get("hand_labelled") or {}
    header = ["model", "accuracy %", "ROC AUC", "log loss"] + (["hand-labelled %"] if labelled else [])
    rows = [header]
    for name in column_order(scores):
        overall = scores["oof"][name]["overall"]
        row = [shortened(name) + (" *" if name == scores["reference"] else "")]
        row += [percent(overall["accuracy"]), number(overall["roc_auc"]), number(overall["log_loss"])]
        if labelled:
            row.append(percent(labelled[name]["overall"]["accuracy"]) if name in labelled else NONE)
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "-" * max(map(len, lines))
    ensemble_last = lines[1:-1] + ([rule] if len(lines) > 2 else []) + lines[-1:]
    return "\n".join([*_heading(scores), "", lines[0], rule, *ensemble_last, "", *_footing(scores)])


def column_order(scores: Mapping[str, Any]) -> list[str]:
    """The columns of a run as tables and plots list them: the reference, the members as they are, the ensemble."""
    first_and_last = {scores["reference"]: -1, ENSEMBLE: 1}
    return sorted(scores["oof"], key=lambda name: first_and_last.get(name, 0))


def percent(estimate: Estimate) -> str:
    """`82.13 [82.07, 82.19]`, in per cent; the interval is left out where there is none."""
    return _with_interval(estimate, "{:.2f}", 100)


def number(estimate: Estimate) -> str:
    """`0.9023`, four digits after the point."""
    return _formatted(estimate["value"], "{:.4f}")


def number_with_interval(estimate: Estimate) -> str:
    """`0.9023 [0.9017, 0.9029]`."""
    return _with_interval(estimate, "{:.4f}")


def points(estimate: Estimate) -> str:
    """`+1.23 [+1.18, +1.28]`: a difference of shares in percentage points."""
    return _with_interval(estimate, "{:+.2f}", 100)


def difference(estimate: Estimate) -> str:
    """`+0.0123 [+0.0118, +0.0128]`."""
    return _with_interval(estimate, "{:+.4f}")


def is_demo(scores: Mapping[str, Any]) -> bool:
    """Whether the run was made on tweets that the project made up."""
    return scores["data"]["kind"] == "demo"


def shortened(name: str, length: int = 22) -> str:
    """The name, its end cut off when it is longer than `length`."""
    return name if len(name) <= length else name[: length - 1] + "…"


def _heading(scores: Mapping[str, Any]) -> list[str]:
    n = scores["oof"][ENSEMBLE]["n"]
    text = f"{scores['run']}: out-of-fold scores of {n:,} tweets, {scores['folds']} folds, [95 % interval]"
    heading = textwrap.wrap(text, WIDTH)
    if is_demo(scores):
        line = "=" * len(f"*** {DEMO} ***")
        heading = [line, f"*** {DEMO} ***", line, *heading]
    return heading


def _footing(scores: Mapping[str, Any]) -> list[str]:
    reference, margins = scores["reference"], scores["margins"]
    lines = [
        f"Ensemble minus reference: accuracy {points(margins['accuracy'])} points,",
        f"ROC AUC {difference(margins['roc_auc'])}, log loss {difference(margins['log_loss'])}",
        f"* reference: {shortened(reference, 60)}, on the same folds",
    ]
    labelled = (scores.get("hand_labelled") or {}).get(ENSEMBLE)
    if labelled:
        whose = "made-up test tweets" if is_demo(scores) else "tweets that people labelled"
        lines.append(f"hand-labelled: accuracy on {labelled['n']:,} {whose}")
    student = (scores.get("student") or {}).get("name")
    for name, column in (("the ensemble", ENSEMBLE), (f"{student}, its student,", student)):
        aside = (scores.get("set_aside") or {}).get(column)
        if aside:
            accuracy = percent(aside["overall"]["accuracy"])
            lines.append(f"set aside: accuracy {accuracy} of {name} on {aside['n']:,} tweets that no stage has seen")
    one_fold = scores.get("set_aside_one_fold")
    if one_fold:
        accuracy = f"{100 * one_fold['accuracy']:.2f}"
        lines.append(f"           {accuracy} by the models of one fold, as out of fold, rather than the mean of all")
    return lines


def _with_interval(estimate: Estimate, form: str, factor: float = 1) -> str:
    value = _formatted(estimate["value"], form, factor)
    if estimate["low"] is None or estimate["high"] is None:
        return value
    return f"{value} [{_formatted(estimate['low'], form, factor)}, {_formatted(estimate['high'], form, factor)}]"


def _formatted(value: float | None, form: str, factor: float = 1) -> str:
    return NONE if value is None else form.format(value * factor)
