"""report.html: one page that says how good a run is, from nothing but the files of the run."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, UndefinedError
from markupsafe import Markup

from ..disk import atomic_path
from ..errors import UserError
from ..scores import METRICS
from . import compared, plots, tables

REPORT, LEARNING_CURVE = "report.html", "learning_curve.csv"
REQUIRED = ("run", "date", "preset", "seed", "folds", "reference", "data", "oof", "margins")
LONG_NAMES = {"tfidf_logistic": "TF-IDF + logistic regression"}
TWEETS_SHOWN = 4
DAMAGED = "delete it and run the same command again: what is trained already is kept"


def write_report(folder: Path) -> Path:
    """The path of the page written into a run's folder, self-contained.

    Args:
        folder: a run's folder with `scores.json`; `oof.csv`, `predictions.csv` and `experiment.toml` if there.

    Raises:
        UserError: a missing or damaged file.
    """
    scores = read_scores(folder)
    try:
        page = _template().render(
            scores=scores,
            demo=tables.DEMO if tables.is_demo(scores) else "",
            columns=tables.column_order(scores),
            reference_name=LONG_NAMES.get(scores["reference"], scores["reference"]),
            verdict=_verdict(scores),
            comparison=compared.comparison(scores),
            equals=compared.equals(scores),
            plots=_plots(scores, folder),
            problems=_flat(scores["data"].get("problems") or {}),
            tweets=_tweets(folder / "predictions.csv"),
            mistakes=_mistakes(folder / "mistakes.csv"),
            experiment=_text(folder / "experiment.toml"),
        )
    except (KeyError, UndefinedError) as error:
        raise UserError(f"damaged scores.json: {error}", str(folder / "scores.json"), DAMAGED) from error
    path = folder / REPORT
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="replace")
    return path


def read_scores(folder: Path) -> dict[str, Any]:
    """The content of a run's `scores.json`, checked for what every table needs.

    Args:
        folder: the run's folder.

    Raises:
        UserError: no such file, or not such a file.
    """
    path = folder / "scores.json"
    if not path.is_file():
        raise UserError("no scores.json", f"in {folder}", "finish the run first: type the command that began it again")
    try:
        scores = json.loads(path.read_text("utf-8"))
    except ValueError as error:  # neither UTF-8 nor JSON
        raise UserError("damaged scores.json", str(path), DAMAGED) from error
    missing = _missing(scores)
    if missing:
        raise UserError(f"damaged scores.json: no {missing}", str(path), DAMAGED)
    return scores


def _missing(scores: Any) -> str:
    """The first thing that `scores` lacks, or nothing."""
    wanted: list[tuple[Any, ...]] = [(key,) for key in REQUIRED]
    wanted += [("data", key) for key in ("kind", "name", "tweets")]
    for column in [*_at(scores, "oof", default={}), tables.ENSEMBLE, _at(scores, "reference", default="")]:
        wanted.append(("oof", column, "n"))
        wanted += [("oof", column, "overall", metric, "low") for metric in METRICS]
    wanted += [("margins", metric, "low") for metric in ("accuracy", "roc_auc", "log_loss")]
    absent = object()
    return next((".".join(map(str, keys)) for keys in wanted if _at(scores, *keys, default=absent) is absent), "")


def _at(table: Any, *keys: Any, default: Any) -> Any:
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return default
        table = table[key]
    return table


def _template() -> Any:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    formats = {
        form.__name__: form for form in (tables.percent, tables.number_with_interval, tables.points, tables.difference)
    }
    environment.filters |= formats
    environment.globals |= {"formats": formats, "comparison_note": compared.NOTE}
    environment.filters |= {
        "words": lambda name: str(name).replace("_", " "),
        "duration": _duration,
        "n": "{:,}".format,
        "cell": compared.cell,
        "whole": lambda value: f"{value:,.0f}" if isinstance(value, int | float) else tables.NONE,
    }
    return environment.from_string(resources.files(__package__).joinpath("page.html").read_text("utf-8"))


def _verdict(scores: Mapping[str, Any]) -> str:
    """What the margin in accuracy allows to say."""
    low, high = (scores["margins"]["accuracy"][end] for end in ("low", "high"))
    if low is not None and low > 0:
        return "The ensemble is better than the reference: the whole interval lies above zero."
    if high is not None and high < 0:
        return "The ensemble is worse than the reference: the whole interval lies below zero."
    return "The interval holds zero: these tweets do not tell the ensemble from the reference."


def _plots(scores: Mapping[str, Any], folder: Path) -> dict[str, plots.Plot]:
    """Name in the template -> figure, for all that this run has the numbers for."""
    oof = _oof(folder / "oof.csv", tables.column_order(scores))
    drawn = {
        "accuracies": plots.accuracies(scores),
        "learning_curves": plots.learning_curves(scores.get("history") or []),
        "folds": plots.fold_accuracies(scores),
        "sizes": _sizes(folder / LEARNING_CURVE),
        **({} if oof is None else _oof_plots(scores, oof)),
        "blend": plots.blend_weights(scores["blend"]) if scores.get("blend") else None,
    }
    # The drawings escape their own texts: matplotlib writes XML.
    return {
        name: plots.Plot(plot.title, plot.caption, tuple(map(Markup, plot.panels)))
        for name, plot in drawn.items()
        if plot is not None
    }


def _oof_plots(scores: Mapping[str, Any], oof: pd.DataFrame) -> dict[str, plots.Plot | None]:
    labels, ensemble = oof["label"], oof[tables.ENSEMBLE]
    columns = {name: oof[name] for name in tables.column_order(scores) if name in oof}
    two = {name: column for name, column in columns.items() if name in (tables.ENSEMBLE, scores["reference"])}
    return {
        "reliability": plots.reliability(labels, ensemble),
        "roc": plots.roc(labels, two),
        "confusion": plots.confusion(labels, ensemble),
        "correlation": plots.correlation({name: columns[name] for name in columns if name != tables.ENSEMBLE}),
    }


def _sizes(path: Path) -> plots.Plot | None:
    """The learning curve over runs of several sizes; None without the file."""
    if not path.is_file():
        return None
    try:
        return plots.sizes(pd.read_csv(path, usecols=["tweets", "model", "accuracy", "low", "high"]))
    except (ValueError, TypeError) as error:
        raise UserError(f"damaged {path.name}", str(path), DAMAGED) from error


def _oof(path: Path, columns: list[str]) -> pd.DataFrame | None:
    """Labels and probabilities; None without the file."""
    if not path.is_file():
        return None
    try:
        oof = pd.read_csv(path, usecols=lambda name: name in ("label", *columns), dtype=float)
        probabilities = oof.drop(columns="label")
        sound = len(oof) and oof[tables.ENSEMBLE].notna().all() and oof["label"].isin((0, 1)).all()
        sound = sound and ((probabilities >= 0) & (probabilities <= 1)).all(axis=None)
    except KeyError as error:
        raise UserError(f"damaged oof.csv: no column {error}", str(path), DAMAGED) from error
    except ValueError as error:  # a column is missing, not a number, not UTF-8; pandas' own errors are ValueErrors too
        raise UserError("damaged oof.csv", str(path), DAMAGED) from error
    if not sound:
        raise UserError("damaged oof.csv: needs label 0 or 1 and probabilities", str(path), DAMAGED)
    return oof


def _tweets(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Heading -> a few test tweets with their probability; empty without the file."""
    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path, usecols=["text", "probability"], dtype={"text": str}, keep_default_na=False)
        table["probability"] = table["probability"].astype(float)
    except ValueError as error:
        raise UserError("damaged predictions.csv", str(path), DAMAGED) from error
    table = table.drop_duplicates("text")
    doubt = (table["probability"] - 0.5).abs().sort_values(kind="stable").index
    order = table["probability"].sort_values(kind="stable").index
    chosen = {"surest positive": order[::-1], "least sure": doubt, "surest negative": order}
    return {
        heading: table.loc[index[:TWEETS_SHOWN]].to_dict("records") for heading, index in chosen.items() if len(index)
    }


def _mistakes(path: Path) -> list[dict[str, Any]]:
    """Training tweets that the ensemble got most confidently wrong; empty without the file."""
    if not path.is_file():
        return []
    try:
        table = pd.read_csv(
            path, usecols=["label", "probability", "text"], dtype={"text": str, "label": int}, keep_default_na=False
        )
        table["probability"] = table["probability"].astype(float)
    except ValueError as error:
        raise UserError("damaged mistakes.csv", str(path), DAMAGED) from error
    return table.to_dict("records")


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


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def _duration(seconds: float) -> str:
    """`3.2 s`, `4 min 05 s` or `2 h 10 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
