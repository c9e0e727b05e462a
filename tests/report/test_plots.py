import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from sentiment140.evaluation.run_scores import ColumnScores, Epoch, Estimate
from sentiment140.report import plots
from support.synthetic_run import synthetic_oof, synthetic_scores

OOF = synthetic_oof()
SCORES = synthetic_scores(OOF)
SIZES = pd.DataFrame(
    [
        {"tweets": n, "model": model, "accuracy": 70 + n / 1000, "low": 69 + n / 1000, "high": 71 + n / 1000}
        for n in (1000, 4000)
        for model in ("tfidf_logistic", "conv_lstm", "ensemble")
    ]
)
EVIL = '<script>alert("$x$")</script>'


def every_plot():
    return {
        "learning_curves": plots.learning_curves(SCORES.history),
        "accuracies": plots.accuracies(SCORES),
        "sizes": plots.sizes(SIZES),
        "fold_accuracies": plots.fold_accuracies(SCORES),
        "reliability": plots.reliability(OOF["label"], OOF["ensemble"]),
        "blend_weights": plots.blend_weights(SCORES.blend),
        "roc": plots.roc(OOF["label"], {name: OOF[name] for name in ("tfidf_logistic", "ensemble")}),
        "confusion": plots.confusion(OOF["label"], OOF["ensemble"]),
        "correlation": plots.correlation({name: OOF[name] for name in ("conv_lstm", "bilstm")}),
    }


def epoch(member, loss):
    return Epoch(member, 0, 1, loss=loss, accuracy=0.5, val_loss=loss, val_accuracy=0.5, seconds=1, learning_rate=0.1)


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg.replace("xlink:", "")).iter("text")]


@pytest.mark.parametrize("plot", every_plot().values(), ids=every_plot())
def test_every_figure_is_svg_with_the_colors_of_the_page_and_without_addresses(plot):
    assert plot.title
    assert len(plot.caption) > 60
    for panel in plot.panels:
        assert ElementTree.fromstring(panel.replace("xlink:", "")).get("role") == "img"
        assert "http" not in panel
        assert not re.search('#[0-9a-f]{6}[; "]', panel)
        assert "currentColor" in panel
        assert "var(--accent)" in panel
        assert len(panel) < 60_000


def test_ids_differ_between_figures():
    ids = [set(re.findall(r' id="([^"]+)"', panel)) for plot in every_plot().values() for panel in plot.panels]
    assert sum(map(len, ids)) == len(set().union(*ids))


def test_same_input_same_bytes():
    assert every_plot() == every_plot()


def test_learning_curves_have_one_panel_per_member():
    assert len(plots.learning_curves(SCORES.history).panels) == 2
    assert plots.learning_curves([]) is None


@pytest.mark.parametrize("loss", [0.5, None, float("nan")])
def test_learning_curves_of_one_epoch_even_if_the_loss_diverged(loss):
    assert "epoch" in texts(plots.learning_curves([epoch("dnn", loss)]).panels[0])


def test_names_are_text_and_never_markup_or_formulas():
    for plot in (
        plots.learning_curves([epoch(EVIL, 0.5)]),
        plots.blend_weights(replace(SCORES.blend, weights={EVIL: 1.0})),
        plots.accuracies(replace(SCORES, oof={EVIL: SCORES.oof["ensemble"]})),
    ):
        assert "<script" not in plot.panels[0]
        assert any(text.startswith('<script>alert("$x$') for text in texts(plot.panels[0]))


def test_reliability_draws_each_bin_at_its_means_whatever_the_number_of_rows(monkeypatch):
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(Axes, "errorbar", lambda self, x, y, *rest, **kw: drawn.update(x=x, y=y))
    labels, probability = np.array([1, 0, 0, 1, 1]), np.array([0.52, 0.54, 0.0, 1.0, 0.98])
    plots.reliability(labels.repeat(100_000), probability.repeat(100_000))
    assert drawn["x"] == pytest.approx([0.0, 0.53, 0.99])
    assert drawn["y"] == pytest.approx([0.0, 0.5, 1.0])


def test_accuracies_and_weights_are_written_next_to_their_marks():
    accuracy = SCORES.oof["ensemble"].overall["accuracy"].value
    assert f"{100 * accuracy:.2f}" in texts(plots.accuracies(SCORES).panels[0])
    assert {"0.620", "-0.040"} <= set(texts(plots.blend_weights(SCORES.blend).panels[0]))


def test_a_column_without_interval_or_folds_is_drawn():
    column = ColumnScores(1, {"accuracy": Estimate(0.8, None, None)})
    scores = replace(SCORES, reference="dnn", oof={"dnn": column})
    assert "80.00" in texts(plots.accuracies(scores).panels[0])
    assert "dnn (reference)" in texts(plots.fold_accuracies(scores).panels[0])


def test_weights_that_depend_on_the_confidence_are_explained():
    assert "average confidence" not in plots.blend_weights(SCORES.blend).caption
    adaptive = replace(SCORES.blend, confidence_weights={"bilstm": 0.1})
    assert "average confidence" in plots.blend_weights(adaptive).caption
