"""The page of a run, report.html: all its scores, tables and plots in one file."""

from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined, Template, UndefinedError
from markupsafe import Markup

from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import DAMAGED, SCORES, Difference, RunScores
from sentiment140.report import comparison, judge_tables, page_tables, plots, tables
from sentiment140.report.drawing import Plot
from sentiment140.report.page_tables import Table
from sentiment140.runs.files import atomic_path

REPORT, LEARNING_CURVE = "report.html", "learning_curve.csv"
FILES = {
    "submission.csv": "the test tweets in the format of a Kaggle submission",
    "predictions.csv": "the test tweets with every probability",
    "oof.csv": "the out-of-fold probabilities of the training tweets",
    "scores.json": "every number of this page",
    "confident_errors.csv": "the most confident errors",
    "comparison.csv": "the networks compared: size, time, overfitting",
    "pairs.csv": "tests of every pair of members",
    LEARNING_CURVE: "the scores by number of tweets",
    "experiment.toml": "every setting of the run",
    "model/": "the trained models, for predict.py and serve.py",
}
"""The files of a run that the page links to, and what they hold."""

LONG_NAMES = {"tfidf_logistic": "TF-IDF + logistic regression"}
TWEETS_SHOWN = 4


def write_report(folder: Path) -> Path:
    """Write the page of a run into its folder; the page needs no other file.

    Args:
        folder: of the run, with `scores.json`; `oof.csv`, `predictions.csv`, `confident_errors.csv`,
            `learning_curve.csv` and `experiment.toml` are shown where they exist.

    Returns:
        The path of the page.

    Raises:
        UserError: a file is missing or damaged.
    """
    scores = RunScores.read(folder)
    try:
        page = _template().render(
            scores=scores,
            demo=tables.DEMO if scores.is_demo else "",
            reference_name=LONG_NAMES.get(scores.reference, scores.reference),
            verdict=_verdict(scores),
            tables=_tables(scores, folder),
            pairs_note=comparison.pairs_note(scores),
            plots=_plots(scores, folder),
            tweets=_tweets(folder / "predictions.csv"),
            experiment=_text(folder / "experiment.toml"),
            files={name: content for name, content in FILES.items() if (folder / name).exists()},
        )
    except (KeyError, UndefinedError) as error:  # a table of the scores lacks a metric or a column
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"damaged {SCORES}: {reason}", str(folder / SCORES), DAMAGED) from error
    path = folder / REPORT
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="replace")
    return path


def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.globals |= {"percent": tables.percent, "points": tables.points, "intervals_note": tables.INTERVALS}
    environment.globals |= {"over_tweets": tables.over_tweets, "over_folds": tables.over_folds}
    environment.globals |= {"measures": comparison.MEASURES}
    environment.filters |= {
        "n": "{:,}".format,
        "date": _date,
        "typed": page_tables.as_typed,
        "whole": "{:,.0f}".format,
        "share": _share,
    }
    return environment.from_string(resources.files(__package__).joinpath("page.html").read_text("utf-8"))


def _tables(scores: RunScores, folder: Path) -> dict[str, Table]:
    """The tables by their name in the template, for everything that this run has the numbers for."""
    made = {
        "scores": page_tables.main_scores(scores),
        "metrics": page_tables.more_metrics(scores),
        "holdout": page_tables.holdout(scores),
        "judges": judge_tables.judges(scores),
        "more_of_judges": judge_tables.more_of_judges(scores),
        "neutral": judge_tables.neutral(scores),
        "margins": page_tables.differences("minus the reference", _margins(scores)),
        "networks": page_tables.networks(scores),
        "slices": page_tables.slices(scores),
        "splits": page_tables.splits(scores),
        "errors": page_tables.errors(_errors(folder / "confident_errors.csv")),
        "contributions": page_tables.differences("ensemble", scores.contributions) if scores.contributions else None,
        "calibration": page_tables.calibration(scores),
        "coverage": page_tables.coverage(scores),
        "problems": page_tables.problems(scores),
        "members": page_tables.members_cost(scores),
        "stages": page_tables.stages_cost(scores),
    }
    return {name: table for name, table in made.items() if table is not None}


def _date(text: str) -> str:
    """`November 27, 2026, 22:10 UTC` from ISO 8601; any other text unchanged."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    return f"{moment:%B} {moment.day}, {moment:%Y, %H:%M} UTC"


def _verdict(scores: RunScores) -> str:
    """The conclusion from the margin in accuracy, in one sentence; it goes by the wider interval."""
    margin = scores.margins["accuracy"]
    limits = (("tweets", margin.low, margin.high), ("folds", margin.fold_low, margin.fold_high))
    known = [(high - low, low, high, what) for what, low, high in limits if low is not None and high is not None]
    if not known:
        return "The margin has no interval: no clear difference between the ensemble and the reference."
    _, low, high, what = max(known)
    if low > 0:
        return f"The ensemble is better than the reference: the whole interval over {what} is above zero."
    if high < 0:
        return f"The ensemble is worse than the reference: the whole interval over {what} is below zero."
    return f"The interval over {what} contains zero: no clear difference between the ensemble and the reference."


def _margins(scores: RunScores) -> dict[str, dict[str, Difference]]:
    """The margins over the reference by column, in the order of the tables."""
    margins = {name: scores.oof[name].margins for name in tables.column_order(scores)} | {ENSEMBLE: scores.margins}
    return {name: of_column for name, of_column in margins.items() if of_column}


def _plots(scores: RunScores, folder: Path) -> dict[str, Plot]:
    """The figures by their name in the template, for everything that this run has the numbers for."""
    oof = _oof(folder / "oof.csv", tables.column_order(scores))
    drawn = {
        "accuracies": plots.accuracies(scores),
        "learning_curves": plots.learning_curves(scores.history),
        "folds": plots.fold_accuracies(scores),
        "sizes": _sizes(folder / LEARNING_CURVE),
        **({} if oof is None else _oof_plots(scores, oof)),
        "weights": plots.blend_weights(scores.blend),
    }
    # The drawings escape their own texts: matplotlib writes XML.
    return {
        name: Plot(plot.title, plot.caption, [Markup(panel) for panel in plot.panels])
        for name, plot in drawn.items()
        if plot is not None
    }


def _oof_plots(scores: RunScores, oof: pd.DataFrame) -> dict[str, Plot | None]:
    labels, ensemble = oof["label"], oof[ENSEMBLE]
    columns = {name: oof[name] for name in tables.column_order(scores) if name in oof}
    two = {name: column for name, column in columns.items() if name in (ENSEMBLE, scores.reference)}
    return {
        "reliability": plots.reliability(labels, ensemble),
        "roc": plots.roc(labels, two),
        "confusion": plots.confusion(labels, ensemble),
        "correlation": plots.correlation({name: columns[name] for name in columns if name != ENSEMBLE}),
    }


def _sizes(path: Path) -> Plot | None:
    """The learning curve over runs of several sizes; None without the file."""
    if not path.is_file():
        return None
    try:
        return plots.sizes(pd.read_csv(path, usecols=["tweets", "model", "accuracy", "low", "high"]))
    except (ValueError, TypeError) as error:
        raise UserError(f"damaged {path.name}", str(path), DAMAGED) from error


def _oof(path: Path, columns: list[str]) -> pd.DataFrame | None:
    """The labels and the probabilities of these columns; None without the file."""
    if not path.is_file():
        return None
    try:
        oof = pd.read_csv(path, usecols=lambda name: name in ("label", *columns), dtype=float)
        probabilities = oof.drop(columns="label")
        sound = len(oof) and oof[ENSEMBLE].notna().all() and oof["label"].isin((0, 1)).all()
        sound = sound and ((probabilities >= 0) & (probabilities <= 1)).all(axis=None)
    except KeyError as error:
        raise UserError(f"damaged {path.name}: no column {error}", str(path), DAMAGED) from error
    except ValueError as error:  # a column is missing, not a number, not UTF-8; pandas' own errors are ValueErrors too
        raise UserError(f"damaged {path.name}", str(path), DAMAGED) from error
    if not sound:
        raise UserError(
            f"damaged {path.name}: every label must be 0 or 1, every probability between 0 and 1", str(path), DAMAGED
        )
    return oof


def _tweets(path: Path) -> dict[str, list[dict[Any, Any]]]:
    """A few test tweets with their probability by heading; empty without the file."""
    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path, usecols=["text", "probability"], dtype={"text": str}, keep_default_na=False)
        table["probability"] = table["probability"].astype(float)
    except ValueError as error:
        raise UserError(f"damaged {path.name}", str(path), DAMAGED) from error
    table = table.drop_duplicates("text")
    doubt = (table["probability"] - 0.5).abs().sort_values(kind="stable").index
    order = table["probability"].sort_values(kind="stable").index
    chosen = {
        "most confident positive": order[::-1],
        "least confident": doubt,
        "most confident negative": order,
    }
    return {
        heading: table.loc[index[:TWEETS_SHOWN]].to_dict("records") for heading, index in chosen.items() if len(index)
    }


def _errors(path: Path) -> list[dict[Any, Any]]:
    """The ensemble's most confident errors on training tweets; empty without the file."""
    if not path.is_file():
        return []
    try:
        table = pd.read_csv(
            path, usecols=["label", "probability", "text"], dtype={"text": str, "label": int}, keep_default_na=False
        )
        table["probability"] = table["probability"].astype(float)
    except ValueError as error:
        raise UserError(f"damaged {path.name}", str(path), DAMAGED) from error
    return table.to_dict("records")


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def _share(share: float, digits: int = 1) -> str:
    """`82.8`, in percent."""
    return f"{100 * share:.{digits}f}"
