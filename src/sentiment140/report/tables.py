"""Score as text: the table that a command prints, the line of the ledger, and the number formats of the page."""

import textwrap

from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.evaluation.run_scores import Estimate, RunScores

DEMO = "DEMO RUN: synthetic tweets, not a result on Sentiment140"
NONE = "–"
WIDTH = 100


def score_table(scores: RunScores) -> str:
    """The scores of a run as aligned plain text, at most 100 columns wide.

    Args:
        scores: of the run.

    Returns:
        A heading, one line per column with the ensemble last, and the ensemble's margin over the reference.
    """
    hand_labeled = scores.hand_labeled or {}
    header = ["model", "accuracy %", "ROC AUC", "log loss"]
    rows = [[*header, f"{label_source(scores)} %"] if hand_labeled else header]
    for name in column_order(scores):
        overall = scores.oof[name].overall
        row = [shortened(name) + (" *" if name == scores.reference else "")]
        row += [percent(overall["accuracy"]), number(overall["roc_auc"]), number(overall["log_loss"])]
        if hand_labeled:
            row.append(percent(hand_labeled[name].overall["accuracy"]) if name in hand_labeled else NONE)
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "-" * max(map(len, lines))
    ensemble_last = lines[1:-1] + ([rule] if len(lines) > 2 else []) + lines[-1:]
    return "\n".join([*_heading(scores), "", lines[0], rule, *ensemble_last, "", *_footing(scores)])


def ledger_line(scores: RunScores) -> dict[str, object]:
    """The line of a run in the ledger of all runs.

    Args:
        scores: of the run.

    Returns:
        Value by column of the ledger; an empty text where a score does not exist.
    """
    oof = scores.oof[ENSEMBLE].overall
    hand_labeled = (scores.hand_labeled or {}).get(ENSEMBLE)
    return {
        "date": scores.date,
        "run": scores.run,
        "data": f"{scores.data.source}, {scores.data.tweets} tweets",
        "preset": scores.preset,
        **{f"oof_{metric}": _five_digits(oof[metric]) for metric in ("accuracy", "roc_auc", "log_loss")},
        "hand_labeled_accuracy": _five_digits(hand_labeled.overall["accuracy"]) if hand_labeled else "",
        "seconds": round(sum(stage.seconds for stage in scores.cost.stages.values())),
    }


def column_order(scores: RunScores) -> list[str]:
    """The columns of a run in the order of tables and plots: the reference, the other members, the ensemble."""
    first_and_last = {scores.reference: -1, ENSEMBLE: 1}
    return sorted(scores.oof, key=lambda name: first_and_last.get(name, 0))


def label_source(scores: RunScores) -> str:
    """The heading of the accuracy on labeled test tweets: nobody has labeled synthetic ones by hand."""
    return "synthetic test" if scores.is_demo else "hand-labeled"


def percent(estimate: Estimate) -> str:
    """`82.13 [82.07, 82.19]`, in percent; without the interval where there is none."""
    return _with_interval(estimate, "{:.2f}", 100)


def number(estimate: Estimate) -> str:
    """`0.9023`: four decimal places."""
    return _formatted(estimate.value, "{:.4f}")


def number_with_interval(estimate: Estimate) -> str:
    """`0.9023 [0.9017, 0.9029]`."""
    return _with_interval(estimate, "{:.4f}")


def points(estimate: Estimate) -> str:
    """`+1.23 [+1.18, +1.28]`: a difference of shares in percentage points."""
    return _with_interval(estimate, "{:+.2f}", 100)


def difference(estimate: Estimate) -> str:
    """`+0.0123 [+0.0118, +0.0128]`."""
    return _with_interval(estimate, "{:+.4f}")


def shortened(name: str, length: int = 22) -> str:
    """The name, its end cut off where it is longer than `length`."""
    return name if len(name) <= length else name[: length - 1] + "…"


def _heading(scores: RunScores) -> list[str]:
    n = scores.oof[ENSEMBLE].n
    text = f"{scores.run}: out-of-fold scores of {n:,} tweets, {scores.folds} folds, [95 % interval]"
    heading = textwrap.wrap(text, WIDTH)
    if scores.is_demo:
        line = "=" * len(f"*** {DEMO} ***")
        heading = [line, f"*** {DEMO} ***", line, *heading]
    return heading


def _footing(scores: RunScores) -> list[str]:
    margins = scores.margins
    lines = [
        f"Ensemble minus reference: accuracy {points(margins['accuracy'])} points,",
        f"ROC AUC {difference(margins['roc_auc'])}, log loss {difference(margins['log_loss'])}",
        f"* reference: {shortened(scores.reference, 60)}, on the same folds",
    ]
    hand_labeled = (scores.hand_labeled or {}).get(ENSEMBLE)
    if hand_labeled:
        whose = "synthetic test tweets" if scores.is_demo else "test tweets that people labeled"
        lines.append(f"{label_source(scores)}: accuracy on {hand_labeled.n:,} {whose}")
    return lines + _holdout_lines(scores)


def _holdout_lines(scores: RunScores) -> list[str]:
    if not scores.holdout:
        return []
    names = {ENSEMBLE: "the ensemble"}
    if scores.student:
        names[scores.student.name] = f"its student {shortened(scores.student.name)}"
    lines = [
        f"held out: accuracy {percent(scores.holdout[column].overall['accuracy'])} of {name} "
        f"on {scores.holdout[column].n:,} unseen tweets"
        for column, name in names.items()
        if column in scores.holdout
    ]
    if scores.holdout_one_fold_accuracy is not None:
        accuracy = f"{100 * scores.holdout_one_fold_accuracy:.2f}"
        lines.append(f"held out: accuracy {accuracy} with the models of one fold instead of the mean of all folds")
    return [part for line in lines for part in textwrap.wrap(line, WIDTH, subsequent_indent=" " * 10)]


def _with_interval(estimate: Estimate, form: str, factor: float = 1) -> str:
    value = _formatted(estimate.value, form, factor)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{_formatted(estimate.low, form, factor)}, {_formatted(estimate.high, form, factor)}]"


def _formatted(value: float | None, form: str, factor: float = 1) -> str:
    return NONE if value is None else form.format(value * factor)


def _five_digits(estimate: Estimate) -> str:
    return "" if estimate.value is None else f"{estimate.value:.5f}"
