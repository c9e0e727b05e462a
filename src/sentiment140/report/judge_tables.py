"""The tables of both judges: how models agree with emoticons and with people, alone and with terms."""

from collections.abc import Callable, Iterator

from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.evaluation.judges import SCORINGS
from sentiment140.evaluation.run_scores import ALONE, JUDGES, Estimate, JudgeScores, RunScores
from sentiment140.report.page_tables import Cell, Column, Table
from sentiment140.report.tables import NONE, difference, number_with_interval, percent, points

_LABELS = {
    "holdout": "emoticons, held-out tweets",
    "oof": "emoticons, out-of-fold",
    "hand_labeled": "people, test tweets",
    "semeval": "people, SemEval 2016",
}


def judges(scores: RunScores) -> Table | None:
    """The accuracy of each model by each judge, alone and with terms, and the changes; None without scores."""
    columns = [Column("labels"), Column("model", style="left"), Column(f"{ALONE} %")]
    for scoring in SCORINGS:
        if scoring != ALONE:
            columns += [Column(f"{scoring} %"), Column("change", f"{scoring}, change")]
    rows = []
    for name, model, judge in _judges(scores):
        row = [Cell(name, f"n = {judge.scorings[ALONE].n:,}"), Cell(model)]
        for found in judge.scorings.values():
            row.append(_cell(percent, found.overall["accuracy"]))
            if found.margins:
                row.append(_cell(points, found.margins["accuracy"].over_tweets))
        rows.append(row)
    return Table(columns, rows, sortable=False) if rows else None


def more_of_judges(scores: RunScores) -> Table | None:
    """ROC AUC and log loss of each model by each judge, by scoring, and their changes; None without scores."""
    columns = [Column("labels"), Column("model", style="left"), Column("scoring", style="left")]
    for metric in ("ROC AUC", "log loss"):
        columns += [Column(metric), Column("change", f"{metric}, change")]
    rows = []
    for name, model, judge in _judges(scores):
        for scoring, found in judge.scorings.items():
            row = [Cell(name), Cell(model), Cell(scoring)]
            for metric in ("roc_auc", "log_loss"):
                change = found.margins.get(metric)
                row.append(_cell(number_with_interval, found.overall[metric]))
                row.append(_cell(difference, change.over_tweets) if change else Cell(NONE))
            rows.append(row)
    return Table(columns, rows, sortable=False) if rows else None


def neutral(scores: RunScores) -> Table | None:
    """How each model scores neutral tweets, by scoring; None without such tweets."""
    headings = ("called positive %", "mean probability")
    columns = [Column("neutral tweets"), Column("model", style="left"), Column("scoring", style="left")]
    rows = [
        [
            Cell(name, f"n = {found.n:,}"),
            Cell(model),
            Cell(scoring),
            _cell(percent, found.positive),
            Cell(f"{found.probability:.3f}"),
        ]
        for name, model, judge in _judges(scores)
        for scoring, found in judge.neutral.items()
    ]
    return Table([*columns, *map(Column, headings)], rows, sortable=False) if rows else None


def _judges(scores: RunScores) -> Iterator[tuple[str, str, JudgeScores]]:
    """Yield the name of each judge, the name of each model, and the scores."""
    for part in JUDGES:
        name = f"synthetic, {part.replace('_', ' ')}" if scores.is_demo else _LABELS[part]
        for model, by_judge in scores.judges.items():
            if part in by_judge:
                yield name, model if model == ENSEMBLE else f"{model} (the student)", by_judge[part]


def _cell(form: Callable[[Estimate], str], estimate: Estimate) -> Cell:
    """The value, and its interval below."""
    value, _, interval = form(estimate).partition(" ")
    return Cell(value, interval)
