"""Score as text: the table that a command prints, the line of the ledger, and the number formats of the page."""

import textwrap
from collections.abc import Callable

from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.evaluation.member import MemberSummary
from sentiment140.evaluation.run_scores import LEXICON, ColumnScores, Difference, Estimate, RunScores

DEMO = "DEMO RUN: synthetic tweets, not a result on Sentiment140"
NONE = "–"
INTERVALS = (
    "95 % intervals. Over tweets: from resampling texts. Over folds: corrected resampled t-test, covers training too."
)
STOPWORDS_NOTE = "stopwords: negations kept: all are removed but negations and words such as very and only"
WIDTH = 100


def score_table(scores: RunScores) -> str:
    """The scores of a run as aligned plain text, at most 105 columns wide.

    Args:
        scores: of the run.

    Returns:
        A heading, one line per column with the ensemble and the student last, the margins of the ensemble over the
        reference, and the scores of the ensemble and the student on tweets outside the folds.
    """
    rows = [["model", "accuracy %", "ROC AUC", "log loss", "stopwords", "vectors"]]
    names = column_order(scores)
    for name in [*names, scores.student.name] if scores.student else names:
        row = [f"{shortened(name, 20)} *" if name == scores.reference else shortened(name), NONE, NONE, NONE]
        if name in scores.oof:
            overall = scores.oof[name].overall
            row[1:] = [percent(overall["accuracy"]), number(overall["roc_auc"]), number(overall["log_loss"])]
        member = scores.members.get(name)
        rows.append([*row, *((stopwords(member), shortened(vectors(member), 21)) if member else ("", ""))])
    heading, *lines = _aligned(rows)
    rule, members = "-" * max(map(len, [heading, *lines])), len(names) - 1
    table = [heading, rule, *lines[:members], *([rule] if members else []), *lines[members:]]
    return "\n".join([*_heading(scores), "", *table, "", *_footing(scores)])


def stopwords(member: MemberSummary) -> str:
    """What a member does with stopwords: "kept", "negations kept" or "removed"."""
    return {"none": "kept", "keep_negation": "negations kept", "standard": "removed"}[member.stopwords]


def vectors(member: MemberSummary) -> str:
    """The vectors that a member starts from, such as "word2vec" or "frozen glove+word2vec"; a dash for scikit-learn."""
    if member.vectors is None:
        return NONE
    # "glove.6B.100d" without its size and dimension.
    names = (".".join(part for part in name.split(".") if not part[0].isdigit()) for name in member.vectors.split("+"))
    return ("" if member.trainable else "frozen ") + "+".join(names)


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


def holdout_columns(scores: RunScores) -> dict[str, str]:
    """The models that score new tweets, as they are called in tables: the ensemble, and the student if there is one."""
    student = {scores.student.name: f"{scores.student.name} (the student)"} if scores.student else {}
    return {ENSEMBLE: ENSEMBLE} | {name: label for name, label in student.items() if name in (scores.holdout or {})}


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


def ratio(estimate: Estimate) -> str:
    """`1.01 [0.99, 1.03]`: two decimal places."""
    return _with_interval(estimate, "{:.2f}")


def points(estimate: Estimate) -> str:
    """`+1.23 [+1.18, +1.28]`: a difference of shares in percentage points."""
    return _with_interval(estimate, "{:+.2f}", 100)


def difference(estimate: Estimate) -> str:
    """`+0.0123 [+0.0118, +0.0128]`."""
    return _with_interval(estimate, "{:+.4f}")


def over_tweets(difference: Difference, form: Callable[[Estimate], str]) -> str:
    """`[+1.18, +1.28]`: the interval over tweets, in the format of the value; a dash where there is none."""
    return form(Estimate(difference.value, difference.low, difference.high)).partition(" ")[2] or NONE


def over_folds(difference: Difference, form: Callable[[Estimate], str]) -> str:
    """`[+1.10, +1.36]`: the interval over folds, in the format of the value; a dash where there is none."""
    return form(Estimate(difference.value, difference.fold_low, difference.fold_high)).partition(" ")[2] or NONE


def shortened(name: str, length: int = 22) -> str:
    """The name, its end cut off where it is longer than `length`."""
    return name if len(name) <= length else name[: length - 1] + "…"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _heading(scores: RunScores) -> list[str]:
    n = scores.oof[ENSEMBLE].n
    text = f"{scores.run}: out-of-fold scores of {n:,} tweets, {scores.folds} folds, [95 % interval]"
    heading = textwrap.wrap(text, WIDTH)
    if scores.is_demo:
        line = "=" * len(f"*** {DEMO} ***")
        heading = [line, f"*** {DEMO} ***", line, *heading]
    return heading


def _footing(scores: RunScores) -> list[str]:
    formats = {"accuracy": ("points", points), "roc_auc": ("ROC AUC", difference), "log_loss": ("log loss", difference)}
    rows = [["ensemble minus reference", "over tweets", "over folds"]]
    for metric, (name, form) in formats.items():
        margin = scores.margins[metric]
        value = form(margin).partition(" ")[0]
        rows.append([f"{value} {name}", over_tweets(margin, form), over_folds(margin, form)])
    return [
        *_aligned(rows),
        *textwrap.wrap(INTERVALS, WIDTH),
        f"* reference: {shortened(scores.reference, 60)}, on the same folds",
        STOPWORDS_NOTE,
        *_unseen_lines(scores),
    ]


def _unseen_lines(scores: RunScores) -> list[str]:
    """The scores of the ensemble and the student on the tweets outside the folds: held out, and labeled by hand."""
    holdout, hand_labeled = scores.holdout or {}, scores.hand_labeled or {}
    rows, notes = [["tweets outside the folds"]], []
    for name in [ENSEMBLE, *([scores.student.name] if scores.student else [])]:
        row = [shortened(name, 24)]
        if holdout:
            row += _holdout_cells(holdout[name]) if name in holdout else [NONE] * 3
        if hand_labeled:
            row.append(percent(hand_labeled[name].overall["accuracy"]) if name in hand_labeled else NONE)
        rows.append(row)
    if holdout:
        rows[0] += ["held out, accuracy %", "log loss", "calibration slope"]
        accuracy = scores.holdout_one_fold_accuracy
        one_fold = "" if accuracy is None else f"; with the models of one fold, its accuracy is {100 * accuracy:.2f}"
        notes.append(
            f"{holdout[ENSEMBLE].n:,} held-out tweets, which no stage has seen. The ensemble is the mean of all folds' "
            f"models{one_fold}. A calibration slope of 1 is best; above 1, the probabilities are too close to 0.5."
        )
    elif scores.student:
        notes.append(f"{shortened(scores.student.name, 60)}: no held-out score, as no tweets were held out (--holdout)")
    if hand_labeled:
        rows[0].append(f"{label_source(scores)}, %")
        whose = "synthetic test tweets" if scores.is_demo else "test tweets that people labeled"
        notes.append(f"{label_source(scores)}: accuracy on {hand_labeled[ENSEMBLE].n:,} {whose}")
    if by_lexicon := _with_lexicon(scores):
        notes.append(by_lexicon)
    table = ["", *_aligned(rows)] if holdout or hand_labeled else []
    return [*table, *(line for note in notes for line in textwrap.wrap(note, WIDTH))]


def _with_lexicon(scores: RunScores) -> str:
    """The accuracies with the lexicon of the model that `predict` uses; empty for synthetic tweets."""
    model = scores.student.name if scores.student else ENSEMBLE
    tweets = {"holdout": "held out", "hand_labeled": "hand-labeled", "semeval": "SemEval"}
    found = [
        f"{names} {100 * value:.2f}"
        for part, names in tweets.items()
        if (judge := scores.judges.get(model, {}).get(part)) is not None
        and (value := judge.scorings[LEXICON].overall["accuracy"].value) is not None
    ]
    if scores.is_demo or not found:
        return ""
    return f"accuracy of {shortened(model)} with terms for words (predict --lexicon on), %: {', '.join(found)}"


def _holdout_cells(column: ColumnScores) -> list[str]:
    accuracy, loss = percent(column.overall["accuracy"]), number(column.overall["log_loss"])
    return [accuracy, loss, ratio(column.slope) if column.slope else NONE]


def _with_interval(estimate: Estimate, form: str, factor: float = 1) -> str:
    value = _formatted(estimate.value, form, factor)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{_formatted(estimate.low, form, factor)}, {_formatted(estimate.high, form, factor)}]"


def _formatted(value: float | None, form: str, factor: float = 1) -> str:
    return NONE if value is None else form.format(value * factor)


def _five_digits(estimate: Estimate) -> str:
    return "" if estimate.value is None else f"{estimate.value:.5f}"
