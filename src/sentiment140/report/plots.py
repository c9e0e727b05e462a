"""The report's figures as SVG that stands inside the page and takes its colours from it."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import ArrayLike
from sklearn.metrics import auc, confusion_matrix, roc_curve

from ..ensemble.combination import log_odds
from .tables import ENSEMBLE, column_order, shortened

RELIABILITY_BINS = 20
# Placeholders in the drawing -> the page's colours, so that one drawing suits light and dark. The page's accent (blue,
# in a demo magenta) and orange stay apart for every kind of colour blindness.
INK, ACCENT, SECOND, FAINT = "#010101", "#020202", "#030303", "#040404"
PAGE_COLOURS = {INK: "currentColor", ACCENT: "var(--accent)", SECOND: "var(--second)", FAINT: "var(--faint)"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, selectable, in the page's font
    "text.parse_math": False,  # a member called "$x" is no formula
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 9,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "axes.formatter.useoffset": False,
}


@dataclass(frozen=True)
class Plot:
    """One figure of the report.

    Attributes:
        title: what it shows.
        caption: what to see in it.
        panels: its drawings, SVG elements that are safe to put into the page.
    """

    title: str
    caption: str
    panels: tuple[str, ...]


def learning_curves(history: Sequence[Mapping[str, Any]]) -> Plot | None:
    """Training and validation loss by epoch: a panel a member, a line a fold; None without Keras members.

    Args:
        history: rows with member, fold, epoch, loss and val_loss.
    """
    if not history:
        return None
    losses = np.array([[row["loss"], row["val_loss"]] for row in history], dtype=float)
    losses = losses[np.isfinite(losses)]  # a member that ran away has NaN, None in the file
    low, high = (losses.min(), losses.max()) if len(losses) else (0.0, 1.0)
    margin = (high - low) * 0.08 or 0.01
    last_epoch = max(row["epoch"] for row in history)
    panels = []
    with mpl.rc_context(STYLE):
        for member in dict.fromkeys(row["member"] for row in history):
            figure, axes = _axes(3.3, 2.5)
            rows = [row for row in history if row["member"] == member]
            for fold in dict.fromkeys(row["fold"] for row in rows):
                epochs = sorted((row for row in rows if row["fold"] == fold), key=lambda row: int(row["epoch"]))
                for key, colour, label in (("loss", SECOND, "training"), ("val_loss", ACCENT, "validation")):
                    axes.plot(
                        [row["epoch"] for row in epochs],
                        np.array([row[key] for row in epochs], dtype=float),
                        color=colour,
                        linestyle="-" if key == "val_loss" else "--",
                        marker="o",
                        markersize=2.5,
                        linewidth=0.9,
                        label=label if fold == rows[0]["fold"] else None,
                    )
            axes.set(title=shortened(member, 40), xlabel="epoch", ylabel="log loss", ylim=(low - margin, high + margin))
            axes.set_xlim(0.7, last_epoch + 0.3)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            figure.legend(loc="outside lower center", ncols=2, fontsize=8)
            panels.append(_svg(figure, f"Learning curves of {member}"))
    return Plot(
        "Learning curves",
        "Log loss by epoch, one thin line a fold, all panels on one scale. Where the validation line turns up while "
        "the training line falls on, the member has begun to learn its tweets by heart.",
        tuple(panels),
    )


def sizes(table: pd.DataFrame) -> Plot:
    """Accuracy by number of tweets, a line a column.

    Args:
        table: `tweets`, `model`, `accuracy` in per cent, `low` and `high`.
    """
    with mpl.rc_context(STYLE):
        figure, axes = _axes(5, 3.6)
        for number, (name, rows) in enumerate(table.groupby("model", sort=False)):
            rows = rows.sort_values("tweets")
            axes.errorbar(
                rows["tweets"],
                rows["accuracy"],
                (rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]),
                color=_colour(str(name)),
                linestyle=("-", "--", ":", "-.")[number % 4],
                marker="os^Dv"[number % 5],
                markersize=3.5,
                linewidth=1.1,
                label=shortened(str(name)),
            )
        axes.set(xscale="log", xlabel="tweets", ylabel="out-of-fold accuracy, %")
        ticks = sorted(table["tweets"].unique())
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks], minor=False)
        axes.xaxis.set_minor_locator(NullLocator())
        figure.legend(loc="outside lower center", ncols=3, fontsize=8)
        panel = _svg(figure, "Accuracy by number of tweets")
    return Plot(
        "Accuracy by number of tweets",
        "Each point a run of its own on a random sample, with its 95 % interval; tweets on a logarithmic scale. A line "
        "that still rises at its right end would gain from more tweets.",
        (panel,),
    )


def accuracies(scores: Mapping[str, Any]) -> Plot:
    """Accuracy of every column with its interval.

    Args:
        scores: the content of `scores.json`.
    """
    names = column_order(scores)
    with mpl.rc_context(STYLE):
        figure, axes = _rows_axes(names, scores["reference"], "out-of-fold accuracy, %")
        for row, name in enumerate(names):
            found = scores["oof"][name]["overall"]["accuracy"]
            value, low, high = 100 * np.array([found[key] for key in ("value", "low", "high")], dtype=float)
            colour = _colour(name)
            axes.plot([low, high], [row, row], color=colour, linewidth=2)
            axes.plot([value], [row], "o", color=colour, markersize=5)
            axes.annotate(f"{value:.2f}", (value, row), (0, 5), textcoords="offset points", ha="center", fontsize=8)
        axes.margins(x=0.12)
        panel = _svg(figure, "Accuracy of every column")
    return Plot(
        "Accuracy with its interval",
        "Dot: out-of-fold accuracy; bar: its 95 % interval, often hidden by the dot when there are many tweets. All "
        "columns score the same tweets, so a difference can be real though two bars overlap: the margin above says.",
        (panel,),
    )


def fold_accuracies(scores: Mapping[str, Any]) -> Plot:
    """Accuracy of every column in each fold.

    Args:
        scores: the content of `scores.json`.
    """
    names = column_order(scores)
    with mpl.rc_context(STYLE):
        figure, axes = _rows_axes(names, scores["reference"], "accuracy in a fold, %")
        for row, name in enumerate(names):
            values = [100 * fold["accuracy"] for fold in scores["oof"][name].get("folds") or []]
            colour = _colour(name)
            axes.plot(values, [row] * len(values), "o", color=colour, markersize=5, alpha=0.55, markeredgewidth=0)
            if values:
                axes.plot([np.mean(values)] * 2, [row - 0.3, row + 0.3], color=colour, linewidth=1.2)
        axes.margins(x=0.06)
        panel = _svg(figure, "Accuracy in each fold")
    return Plot(
        "Folds",
        "One dot a fold, the line their mean. Dots close together mean that the score does not hang on which tweets "
        "were held out; a lone dot far off is a fold to look into.",
        (panel,),
    )


def reliability(labels: ArrayLike, probability: ArrayLike) -> Plot:
    """Share of positives against predicted probability, in bins, with the number of tweets in each below.

    Args:
        labels: 0 or 1 [n].
        probability: the ensemble's, of label 1 [n].
    """
    labels, probability = np.asarray(labels, dtype=float), np.asarray(probability, dtype=float)
    bins = np.minimum((probability * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    counts = np.bincount(bins, minlength=RELIABILITY_BINS)
    used = counts > 0
    n = counts[used]
    predicted = np.bincount(bins, probability, RELIABILITY_BINS)[used] / n
    observed = np.bincount(bins, labels, RELIABILITY_BINS)[used] / n
    error = 1.96 * np.sqrt(observed * (1 - observed) / n)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.2, 4.2), layout="constrained")
        axes, below = figure.subplots(2, sharex=True, height_ratios=[4, 1])
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        axes.errorbar(predicted, observed, error, color=ACCENT, fmt="o-", markersize=4, linewidth=1.2)
        axes.set(ylabel="share that is positive", xlim=(0, 1), ylim=(0, 1))
        below.bar(
            (np.arange(RELIABILITY_BINS) + 0.5) / RELIABILITY_BINS, counts / counts.sum() * 100, 0.042, color=ACCENT
        )
        below.set(xlabel="ensemble's probability of positive", ylabel="tweets, %")
        panel = _svg(figure, "Reliability of the ensemble")
    return Plot(
        "Reliability of the ensemble",
        "On the dotted line a probability means what it says: of the tweets given 0.8, eight in ten are positive. "
        "Above the line the share is higher than was said, below it lower; the bars on the dots are 95 % intervals. "
        "Underneath: how many tweets got each probability.",
        (panel,),
    )


def roc(labels: ArrayLike, columns: Mapping[str, ArrayLike]) -> Plot:
    """The ROC curve of some columns.

    Args:
        labels: 0 or 1 [n].
        columns: probabilities of label 1 by name [n], the ensemble and the reference.
    """
    with mpl.rc_context(STYLE):
        figure, axes = _axes(4.2, 4.2)
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        for name, probability in columns.items():
            false_positive, true_positive, _ = roc_curve(labels, probability)
            grid = np.linspace(0, 1, 201)  # a million steps would make the page as many lines long
            label = f"{shortened(name)}, area {auc(false_positive, true_positive):.4f}"
            style = "-" if name == ENSEMBLE else "--"
            curve = np.interp(grid, false_positive, true_positive)
            axes.plot(grid, curve, style, color=_colour(name), linewidth=1.4, label=label)
        axes.set(xlabel="negative tweets called positive", ylabel="positive tweets found", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="lower right", fontsize=8)
        panel = _svg(figure, "ROC curves")
    return Plot(
        "ROC curves",
        "Every threshold on the probability gives a point: how many of the positive tweets it finds against how many "
        "of the negative ones it takes for positive. A coin lies on the dotted line.",
        (panel,),
    )


def confusion(labels: ArrayLike, probability: ArrayLike) -> Plot:
    """How many tweets of each label the ensemble calls what.

    Args:
        labels: 0 or 1 [n].
        probability: the ensemble's, of label 1 [n].
    """
    counts = confusion_matrix(labels, np.asarray(probability) >= 0.5, labels=[0, 1])
    names = ["negative", "positive"]
    with mpl.rc_context(STYLE):
        figure, axes = _axes(3.4, 3.0)
        for row in range(2):
            for column in range(2):
                share = counts[row, column] / max(counts[row].sum(), 1)
                colour = ACCENT if row == column else SECOND
                axes.add_patch(
                    Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, color=colour, alpha=0.1 + 0.5 * share)
                )
                axes.annotate(f"{counts[row, column]:,}\n{100 * share:.1f} %", (column, row), ha="center", va="center")
        axes.set(xlabel="called", ylabel="label", xlim=(-0.5, 1.5), ylim=(1.5, -0.5))
        axes.set_xticks(range(2), names)
        axes.set_yticks(range(2), names)
        axes.grid(visible=False)
        panel = _svg(figure, "Confusion of the ensemble")
    return Plot(
        "Confusion of the ensemble",
        "Tweets by label and by what they are called from probability 0.5 on; per cent of the label's tweets.",
        (panel,),
    )


def correlation(columns: Mapping[str, ArrayLike]) -> Plot | None:
    """How alike the members' log-odds are; None for fewer than two.

    Args:
        columns: members' probabilities by name [n].
    """
    if len(columns) < 2:
        return None
    found = np.corrcoef([log_odds(np.asarray(values)) for values in columns.values()])
    names = [shortened(name) for name in columns]
    size = 1.6 + 0.55 * len(names)
    with mpl.rc_context(STYLE):
        figure, axes = _axes(size, size)
        for row, values in enumerate(found):
            for column, value in enumerate(values):
                shade = float(np.clip(np.nan_to_num(value), 0, 1))
                axes.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, color=ACCENT, alpha=0.6 * shade))
                axes.annotate(f"{value:.2f}", (column, row), ha="center", va="center", fontsize=8)
        axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5))
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        axes.grid(visible=False)
        panel = _svg(figure, "Correlation of the members")
    return Plot(
        "Correlation of the members",
        "Of their log-odds, out of fold. The less alike two good members are, the more their blend gains.",
        (panel,),
    )


def blend_weights(blend: Mapping[str, Any]) -> Plot:
    """The weight of each member in the blend.

    Args:
        blend: with `blender` and `weights`, member -> weight.
    """
    weights = blend["weights"]
    held = ", for a tweet of average sureness (mean of the absolute log-odds)" if blend.get("change") else ""
    names = list(weights)
    with mpl.rc_context(STYLE):
        figure, axes = _rows_axes(names, None, "weight")
        axes.barh(range(len(names)), [weights[name] for name in names], 0.6, color=ACCENT)
        axes.axvline(0, color=INK, linewidth=0.8)
        for row, name in enumerate(names):
            side = 1 if weights[name] >= 0 else -1
            axes.annotate(
                f"{weights[name]:.3f}",
                (weights[name], row),
                (3 * side, 0),
                textcoords="offset points",
                va="center",
                ha="left" if side > 0 else "right",
                fontsize=8,
            )
        axes.margins(x=0.18)
        panel = _svg(figure, "Weights of the blend")
    return Plot(
        "Weights of the blend",
        f"How much each member says in the {blend['blender']} blend, fitted on the out-of-fold probabilities{held}. "
        "Members that err alike share what one of them would get alone, so a small weight need not mean a poor member.",
        (panel,),
    )


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _rows_axes(names: Sequence[str], reference: str | None, label: str) -> tuple[Figure, Axes]:
    """Axes with a row for each name, the first on top."""
    figure, axes = _axes(4.4, 0.9 + 0.36 * len(names))
    marked = [shortened(name) + (" (reference)" if name == reference else "") for name in names]
    axes.set_yticks(range(len(names)), marked)
    axes.set(xlabel=label, ylim=(len(names) - 0.4, -0.6))
    axes.grid(axis="y", visible=False)
    return figure, axes


def _colour(name: str) -> str:
    return ACCENT if name == ENSEMBLE else SECOND


def _svg(figure: Figure, title: str) -> str:
    """The figure as an SVG element without addresses, with the page's colours, and ids no other figure has."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": title}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = re.sub(r"<(metadata|style).*?</\1>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r' xmlns(:xlink)?="[^"]*"|font-family: [^;"]*; ?|(?<=<g) id="[^"]*"', "", text)
    for placeholder, colour in PAGE_COLOURS.items():
        text = text.replace(placeholder, colour)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)
