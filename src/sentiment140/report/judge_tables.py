"""The tables of the section on both judges: agreement with emoticons and with people, by scoring."""

from collections.abc import Iterator

from sentiment140.evaluation.run_scores import JUDGES, JudgeScores, RunScores
from sentiment140.report.page_tables import Cell, Column, Table
from sentiment140.report.tables import NONE, number_with_interval, percent, points

_HEADINGS = ("n", "accuracy %", "change, points", "ROC AUC", "log loss")


def judges(scores: RunScores) -> dict[str, Table]:
    """The tables by their name on the page: for each model its scores, and those of neutral tweets if there are any."""
    found = {}
    for model, of_model in scores.judges.items():
        ordered = [(_judge(scores, part), of_model[part]) for part in JUDGES if part in of_model]
        rows = [[Cell(name), *cells] for name, judge in ordered for cells in _rows(judge)]
        found[f"judges {model}"] = _table("labels", _HEADINGS, rows)
        rows = [[Cell(name), *cells] for name, judge in ordered for cells in _neutral_rows(judge)]
        if rows:
            headings = ("n", "called positive %", "mean probability")
            found[f"neutral {model}"] = _table("neutral tweets", headings, rows)
    return found


def _judge(scores: RunScores, part: str) -> str:
    if scores.is_demo:
        return f"synthetic, {part.replace('_', ' ')}"
    return _SHORT[part]


_SHORT = {
    "holdout": "emoticons (held-out tweets)",
    "oof": "emoticons (out-of-fold)",
    "hand_labeled": "people (test tweets)",
    "semeval": "people (SemEval 2016)",
}


def _table(first: str, headings: tuple[str, ...], rows: list[list[Cell]]) -> Table:
    columns = [Column(first), Column("scoring", style="left"), *(Column(heading) for heading in headings)]
    return Table(columns, rows, sortable=False)


def _rows(judge: JudgeScores) -> Iterator[list[Cell]]:
    for scoring, found in judge.scorings.items():
        change = found.margins.get("accuracy")
        yield [
            Cell(scoring),
            Cell(f"{found.n:,}"),
            _cell(percent(found.overall["accuracy"])),
            _cell(points(change)) if change else Cell(NONE),
            _cell(number_with_interval(found.overall["roc_auc"])),
            _cell(number_with_interval(found.overall["log_loss"])),
        ]


def _neutral_rows(judge: JudgeScores) -> Iterator[list[Cell]]:
    for scoring, found in judge.neutral.items():
        mean = Cell(f"{found.probability:.3f}")
        yield [Cell(scoring), Cell(f"{found.n:,}"), _cell(percent(found.positive)), mean]


def _cell(shown: str) -> Cell:
    """A value, and its interval below."""
    value, _, interval = shown.partition(" ")
    return Cell(value, interval)
