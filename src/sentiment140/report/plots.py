"""The figures of the report."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import ArrayLike
from sklearn.metrics import auc, confusion_matrix, roc_curve

from sentiment140.ensemble.blend import ENSEMBLE, logit
from sentiment140.evaluation.run_scores import BlendSummary, Epoch, RunScores
from sentiment140.labels import is_positive
from sentiment140.report.drawing import ACCENT, INK, SECOND, Plot, draw_cell
from sentiment140.report.tables import column_order, shortened

RELIABILITY_BINS = 20
STRONGEST = 0.45  # opacity of a cell: its text keeps a contrast of 4.5, in light and dark


def learning_curves(history: Sequence[Epoch]) -> Plot | None:
    """Training and validation loss by epoch: one panel per member, one line per fold; None without epochs."""
    if not history:
        return None
    losses = np.array([[epoch.loss, epoch.val_loss] for epoch in history], dtype=float)
    losses = losses[np.isfinite(losses)]  # a loss that diverged is NaN, None in the file
    low, high = (losses.min(), losses.max()) if len(losses) else (0.0, 1.0)
    margin = (high - low) * 0.08 or 0.01
    last_epoch = max(epoch.epoch for epoch in history)
    plot = Plot(
        "Learning curves",
        "Log loss by epoch. Each thin line is one fold; all panels share one scale. Where the validation line rises "
        "while the training line still falls, the member overfits.",
    )
    for member in dict.fromkeys(epoch.member for epoch in history):
        with plot.axes(3.3, 2.5, f"Learning curves of {member}") as axes:
            rows = [epoch for epoch in history if epoch.member == member]
            for fold in dict.fromkeys(epoch.fold for epoch in rows):
                epochs = sorted((epoch for epoch in rows if epoch.fold == fold), key=lambda epoch: epoch.epoch)
                for key, color, label in (("loss", SECOND, "training"), ("val_loss", ACCENT, "validation")):
                    axes.plot(
                        [epoch.epoch for epoch in epochs],
                        np.array([getattr(epoch, key) for epoch in epochs], dtype=float),
                        color=color,
                        linestyle="-" if key == "val_loss" else "--",
                        marker="o",
                        markersize=2.5,
                        linewidth=0.9,
                        label=label if fold == rows[0].fold else None,
                    )
            axes.set(title=shortened(member, 40), xlabel="epoch", ylabel="log loss", ylim=(low - margin, high + margin))
            axes.set_xlim(0.7, last_epoch + 0.3)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    return plot


def sizes(table: pd.DataFrame) -> Plot:
    """Accuracy by number of tweets, one line per column.

    Args:
        table: `tweets`, `model`, `accuracy` in percent, `low` and `high`.
    """
    plot = Plot(
        "Accuracy by number of tweets",
        "Each point is a run of its own on a random sample, with its 95 % interval. The scale of the tweets is "
        "logarithmic. A line that still rises at its right end would gain from more tweets.",
    )
    with plot.axes(5, 3.6) as axes:
        for number, (name, rows) in enumerate(table.groupby("model", sort=False)):
            rows = rows.sort_values("tweets")
            axes.errorbar(
                rows["tweets"],
                rows["accuracy"],
                (rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]),
                color=_color(str(name)),
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
        axes.figure.legend(loc="outside lower center", ncols=3, fontsize=8)
    return plot


def accuracies(scores: RunScores) -> Plot:
    """Accuracy of every column with its interval."""
    names = column_order(scores)
    plot = Plot(
        "Accuracy with its interval",
        "Dot: out-of-fold accuracy. Bar: its 95 % interval, often hidden by the dot when there are many tweets. All "
        "columns score the same tweets, so a difference can be significant even if two bars overlap: see the margin "
        "at the top.",
    )
    with plot.rows(names, "out-of-fold accuracy, %", scores.reference) as axes:
        for row, name in enumerate(names):
            accuracy = scores.oof[name].overall["accuracy"]
            value, low, high = 100 * np.array([accuracy.value, accuracy.low, accuracy.high], dtype=float)
            color = _color(name)
            axes.plot([low, high], [row, row], color=color, linewidth=2)
            axes.plot([value], [row], "o", color=color, markersize=5)
            axes.annotate(f"{value:.2f}", (value, row), (0, 5), textcoords="offset points", ha="center", fontsize=8)
        axes.margins(x=0.12)
    return plot


def fold_accuracies(scores: RunScores) -> Plot:
    """Accuracy of every column in each fold."""
    names = column_order(scores)
    plot = Plot(
        "Accuracy by fold",
        "Each dot is one fold, the line is their mean. If the dots are close together, the score hardly depends on "
        "which tweets were left out of training. Look into a fold whose dot is far from the others.",
    )
    with plot.rows(names, "accuracy in a fold, %", scores.reference) as axes:
        for row, name in enumerate(names):
            values = 100 * np.array([fold["accuracy"] for fold in scores.oof[name].folds], dtype=float)
            color = _color(name)
            axes.plot(values, [row] * len(values), "o", color=color, markersize=5, alpha=0.55, markeredgewidth=0)
            if len(values):
                axes.plot([values.mean()] * 2, [row - 0.3, row + 0.3], color=color, linewidth=1.2)
        axes.margins(x=0.06)
    return plot


def reliability(labels: ArrayLike, probability: ArrayLike) -> Plot:
    """Share of positives against predicted probability, in bins, and below it the number of tweets in each bin.

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
    centers = (np.arange(RELIABILITY_BINS) + 0.5) / RELIABILITY_BINS
    plot = Plot(
        "Reliability of the ensemble",
        "On the dotted line the probabilities are calibrated: of the tweets with probability 0.8, 80 % are positive. "
        "Above the line the ensemble's probability is too low, below it too high. The bars on the dots are 95 % "
        "intervals. Lower panel: the share of tweets in each bin.",
    )
    with plot.figure(4.2, 3.3) as figure:
        axes, below = figure.subplots(2, sharex=True, height_ratios=[3, 1])
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        axes.errorbar(predicted, observed, error, color=ACCENT, fmt="o-", markersize=4, linewidth=1.2)
        axes.set(ylabel="share that is positive", xlim=(0, 1), ylim=(0, 1))
        below.bar(centers, counts / counts.sum() * 100, 0.042, color=ACCENT)
        below.set(xlabel="ensemble's probability of positive", ylabel="tweets, %")
    return plot


def roc(labels: ArrayLike, columns: Mapping[str, ArrayLike]) -> Plot:
    """The ROC curve of some columns.

    Args:
        labels: 0 or 1 [n].
        columns: probabilities of label 1 by name [n], the ensemble and the reference.
    """
    plot = Plot(
        "ROC curves",
        "Each point is one threshold on the probability. True positive rate: share of the positive tweets that are "
        "predicted positive. False positive rate: the same share of the negative tweets. Random guessing is on the "
        "dotted line.",
    )
    with plot.axes(4.2, 4.2) as axes:
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        for name, probability in columns.items():
            false_positive, true_positive, _ = roc_curve(labels, probability)
            grid = np.linspace(0, 1, 201)  # a million steps would make the page as many lines long
            label = f"{shortened(name)}, area {auc(false_positive, true_positive):.4f}"
            style = "-" if name == ENSEMBLE else "--"
            curve = np.interp(grid, false_positive, true_positive)
            axes.plot(grid, curve, style, color=_color(name), linewidth=1.4, label=label)
        axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="lower right", fontsize=8)
    return plot


def confusion(labels: ArrayLike, probability: ArrayLike) -> Plot:
    """The confusion matrix of the ensemble.

    Args:
        labels: 0 or 1 [n].
        probability: the ensemble's, of label 1 [n].
    """
    counts = confusion_matrix(labels, is_positive(np.asarray(probability)), labels=[0, 1])
    plot = Plot(
        "Confusion matrix of the ensemble",
        "Tweets by label and by prediction. A tweet is predicted positive from probability 0.5. Percentages are shares "
        "of the tweets with that label.",
    )
    with plot.matrix(["negative", "positive"], 3.4, 3.0) as axes:
        for (row, column), count in np.ndenumerate(counts):
            share = count / max(counts[row].sum(), 1)
            color = ACCENT if row == column else SECOND
            draw_cell(axes, row, column, f"{count:,}\n{100 * share:.1f} %", 9, color, STRONGEST * share)
        axes.set(xlabel="prediction", ylabel="label")
    return plot


def correlation(columns: Mapping[str, ArrayLike]) -> Plot | None:
    """How strongly the members' logits correlate; None for fewer than two members.

    Args:
        columns: members' probabilities by name [n].
    """
    if len(columns) < 2:
        return None
    correlations = np.corrcoef([logit(np.asarray(values)) for values in columns.values()])
    size = 1.6 + 0.55 * len(columns)
    plot = Plot(
        "Correlation of the members",
        "Correlation of the out-of-fold logits. The less two good members correlate, the more their blend gains.",
    )
    with plot.matrix(list(columns), size, size, rotation=90) as axes:
        for (row, column), value in np.ndenumerate(correlations):
            alpha = STRONGEST * float(np.clip(np.nan_to_num(value), 0, 1))
            draw_cell(axes, row, column, f"{value:.2f}", 8, ACCENT, alpha)
    return plot


def blend_weights(blend: BlendSummary) -> Plot:
    """The weight of each member in the blend."""
    names = list(blend.weights)
    condition = " for a tweet of average confidence (mean of the absolute logits)" if blend.confidence_weights else ""
    plot = Plot(
        "Weights of the blend",
        f"The weight of each member in the {blend.blender} blend{condition}, fitted on the out-of-fold probabilities. "
        "Members with similar errors share the weight that one of them would get alone, so a small weight need not "
        "mean a poor member.",
    )
    with plot.rows(names, "weight") as axes:
        axes.barh(range(len(names)), list(blend.weights.values()), 0.6, color=ACCENT)
        axes.axvline(0, color=INK, linewidth=0.8)
        for row, weight in enumerate(blend.weights.values()):
            offset, side = (3, "left") if weight >= 0 else (-3, "right")
            axes.annotate(
                f"{weight:.3f}",
                (weight, row),
                (offset, 0),
                textcoords="offset points",
                va="center",
                ha=side,
                fontsize=8,
            )
        axes.margins(x=0.18)
    return plot


def _color(name: str) -> str:
    return ACCENT if name == ENSEMBLE else SECOND
