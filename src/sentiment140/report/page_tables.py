"""The tables of the page: headings and cells, without markup."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sentiment140.evaluation.run_scores import Difference, Estimate, RunScores
from sentiment140.report import comparison
from sentiment140.report.tables import (
    NONE,
    column_order,
    difference,
    holdout_columns,
    label_source,
    number_with_interval,
    over_folds,
    over_tweets,
    percent,
    points,
    ratio,
    stopwords,
    vectors,
)

_NAMES = {
    "accuracy": "accuracy %",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss",
    "f1": "F1",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}
_SPLITS = {
    "random": "the tweet (random folds)",
    "user": "any tweet of the same user",
    "time": "any tweet of the same time or later",
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        heading: above the column.
        label: before each of its values where a row is a block, on a phone; the heading by default.
        style: "" for numbers, "interval" for intervals, "left" for words, "wrap" for long texts.
    """

    heading: str
    label: str = ""
    style: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: what it shows.
        note: what it shows below the text in small print, such as an interval.
        value: what its column is sorted by; None for the text.
    """

    text: str
    note: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Table:
    """One table of the page; the first cell of each row is its heading."""

    columns: list[Column]
    rows: list[list[Cell]]
    sortable: bool = True


def main_scores(scores: RunScores) -> Table:
    """The out-of-fold scores of every column, the accuracy on the labeled test tweets, and how each member reads."""
    metrics, hand_labeled = ("accuracy", "roc_auc", "log_loss", "calibration_error"), scores.hand_labeled or {}
    columns, rows = _of_metrics("model", metrics), []
    if hand_labeled:
        columns.append(Column(f"{label_source(scores)} %"))
    columns += [Column("stopwords", style="left"), Column("vectors", style="left")]
    for name in column_order(scores):
        row = [_model(scores, name), *_estimates(scores.oof[name].overall, metrics)]
        if hand_labeled:
            row.append(_percent(hand_labeled[name].overall["accuracy"]) if name in hand_labeled else Cell(NONE))
        member = scores.members.get(name)
        row += [Cell(stopwords(member)), Cell(vectors(member))] if member else [Cell(NONE), Cell(NONE)]
        rows.append(row)
    return Table(columns, rows)


def more_metrics(scores: RunScores) -> Table:
    """The out-of-fold scores that are not in the main table."""
    metrics = ("f1", "brier")
    rows = [[_model(scores, name), *_estimates(scores.oof[name].overall, metrics)] for name in column_order(scores)]
    return Table(_of_metrics("model", metrics), rows)


def holdout(scores: RunScores) -> Table | None:
    """The scores of the models that score new tweets on the held-out ones; None without such tweets."""
    if not scores.holdout:
        return None
    rows = []
    for name, label in holdout_columns(scores).items():
        column = scores.holdout[name]
        slope = _with_note(ratio(column.slope), column.slope) if column.slope else Cell(NONE)
        rows.append([Cell(label), *_estimates(column.overall, tuple(_NAMES)), slope])
    return Table([*_of_metrics("model", tuple(_NAMES)), Column("calibration slope")], rows, sortable=False)


def differences(heading: str, rows: Mapping[str, Mapping[str, Difference]]) -> Table:
    """Differences in accuracy, ROC AUC and log loss, each with its two intervals, by name."""
    names = {"accuracy": "accuracy, points", "roc_auc": "ROC AUC", "log_loss": "log loss"}
    columns = [Column(heading)]
    for name in names.values():
        what = name.partition(",")[0]
        intervals = [Column(heading, f"{what}, {heading}", "interval") for heading in ("over tweets", "over folds")]
        columns += [Column(name), *intervals]
    return Table(columns, [[Cell(name), *_differences(margins, tuple(names))] for name, margins in rows.items()])


def networks(scores: RunScores) -> Table | None:
    """The course's comparison of the Keras members, without the margins; None without such members."""
    rows = [
        {key: value for key, value in row.items() if key not in comparison.MARGIN}
        for row in comparison.comparison(scores)
    ]
    if not rows:
        return None
    cells = [
        [Cell(comparison.format_cell(value), value=value if isinstance(value, int | float) else None) for value in row]
        for row in (row.values() for row in rows)
    ]
    return Table([Column(heading) for heading in rows[0]], cells)


def slices(scores: RunScores) -> Table | None:
    """The scores on each slice; None without slices."""
    parts = (("ensemble", "accuracy"), ("ensemble", "log_loss"), (scores.reference, "accuracy"))
    headings = ("slice", "tweets", "positive %", "ensemble, accuracy %", "ensemble, log loss", "reference, accuracy %")
    rows = [
        [
            Cell(name),
            Cell(f"{part.n:,}", value=part.n),
            Cell(f"{100 * part.positives:.1f}"),
            *(_estimate(part.columns[column][metric], metric) for column, metric in parts),
        ]
        for name, part in scores.slices.items()
    ]
    return Table([Column(heading) for heading in headings], rows) if rows else None


def splits(scores: RunScores) -> Table | None:
    """The scores of the reference by split strategy; None without them."""
    if not scores.splits:
        return None
    metrics = ("accuracy", "roc_auc", "log_loss")
    columns = _of_metrics("split", metrics)
    columns.insert(1, Column("the reference is not trained on", style="left"))
    rows = [
        [Cell(strategy), Cell(meaning), *_estimates(scores.splits.strategies[strategy], metrics)]
        for strategy, meaning in _SPLITS.items()
    ]
    return Table(columns, rows, sortable=False)


def calibration(scores: RunScores) -> Table | None:
    """Each member before and after calibration; None without members."""
    metrics = ("accuracy", "log_loss", "brier", "calibration_error")
    rows = [
        [Cell(name), *_estimates(found, metrics)]
        for member, both in scores.calibration.items()
        for name, found in ((member, both.before), (f"{member}, calibrated", both.after))
    ]
    return Table(_of_metrics("member", metrics), rows) if rows else None


def errors(rows: Iterable[Mapping[str, Any]]) -> Table | None:
    """The most confident errors; None without any."""
    cells = [
        [
            Cell(f"{row['probability']:.4f}"),
            Cell("positive" if row["label"] else "negative"),
            Cell(as_typed(row["text"])),
        ]
        for row in rows
    ]
    columns = [Column("probability"), Column("label", style="left"), Column("tweet", style="wrap")]
    return Table(columns, cells, sortable=False) if cells else None


def coverage(scores: RunScores) -> Table | None:
    """How much of each vocabulary a vector file covers; None without vector files."""
    rows = [
        [
            Cell(row.vectors),
            Cell(row.text),
            Cell(f"{100 * row.vocabulary_share:.1f} %"),
            Cell(f"{100 * row.token_share:.1f} %"),
            Cell(", ".join(f"{words(rule)} {count:,}" for rule, count in row.by_rule.items())),
        ]
        for row in scores.coverage
    ]
    columns = [
        Column("vectors"),
        Column("text", style="left"),
        Column("of the vocabulary"),
        Column("of the tokens"),
        Column("words by rule", style="wrap"),
    ]
    return Table(columns, rows, sortable=False) if rows else None


def problems(scores: RunScores) -> Table | None:
    """The problems in the data with their counts; None without any."""
    rows = [
        [Cell(words(name)), Cell(f"{value:,}" if isinstance(value, int) else str(value))]
        for name, value in _flat(scores.data.problems)
    ]
    return Table([Column("problem"), Column("count")], rows, sortable=False) if rows else None


def members_cost(scores: RunScores) -> Table:
    """Time and memory of each member."""
    headings = ("member", "parameters", "trainable", "time", "tweets/s", "peak MiB")
    rows = [
        [
            Cell(name),
            Cell(f"{cost.parameters:,}"),
            Cell(f"{cost.trainable_parameters:,}"),
            *_cost(cost.seconds, cost.tweets_per_second, cost.peak_memory_mib),
        ]
        for name, cost in scores.cost.members.items()
    ]
    return Table([Column(heading) for heading in headings], rows)


def stages_cost(scores: RunScores) -> Table | None:
    """Time and memory of each stage; None without stages."""
    rows = [
        [Cell(words(name)), *_cost(cost.seconds, cost.tweets_per_second, cost.peak_memory_mib)]
        for name, cost in scores.cost.stages.items()
    ]
    return Table([Column(heading) for heading in ("stage", "time", "tweets/s", "peak MiB")], rows) if rows else None


def as_typed(text: str) -> str:
    """A tweet as it was typed: old tweets are escaped, often twice ("&amp;lt;3" is "<3"); the page escapes it again."""
    return html.unescape(html.unescape(text))


def words(name: str) -> str:
    """The name with spaces for underscores."""
    return str(name).replace("_", " ")


def duration(seconds: float) -> str:
    """`3.2 s`, `4 min 05 s` or `2 h 10 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _of_metrics(first: str, metrics: Iterable[str]) -> list[Column]:
    return [Column(first), *(Column(_NAMES[metric]) for metric in metrics)]


def _model(scores: RunScores, name: str) -> Cell:
    return Cell(name, "the reference" if name == scores.reference else "")


def _estimates(found: Mapping[str, Estimate], metrics: Iterable[str]) -> list[Cell]:
    return [_estimate(found[metric], metric) for metric in metrics]


def _estimate(estimate: Estimate, metric: str) -> Cell:
    return _percent(estimate) if metric == "accuracy" else _with_note(number_with_interval(estimate), estimate)


def _percent(estimate: Estimate) -> Cell:
    return _with_note(percent(estimate), estimate)


def _with_note(shown: str, estimate: Estimate) -> Cell:
    """The value, and its interval below."""
    value, _, interval = shown.partition(" ")
    return Cell(value, interval, estimate.value)


def _differences(margins: Mapping[str, Difference], metrics: Iterable[str]) -> list[Cell]:
    cells = []
    for metric in metrics:
        margin, form = margins[metric], points if metric == "accuracy" else difference
        cells += [
            Cell(form(margin).partition(" ")[0], value=margin.value),
            Cell(over_tweets(margin, form), value=margin.low),
            Cell(over_folds(margin, form), value=margin.fold_low),
        ]
    return cells


def _cost(seconds: float, tweets_per_second: float, peak_memory_mib: float) -> list[Cell]:
    return [Cell(duration(seconds), value=seconds), Cell(f"{tweets_per_second:,.0f}"), Cell(f"{peak_memory_mib:,.0f}")]


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """(name, value) of every leaf, the names of nested tables joined by a colon."""
    rows: list[tuple[str, Any]] = []
    for key, value in table.items():
        name = f"{before}: {key}" if before else str(key)
        if isinstance(value, Mapping):
            rows += _flat(value, name)
        elif value != []:
            rows.append((name, value))
    return rows
