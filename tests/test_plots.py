import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from made_up_run import made_up_oof, made_up_scores

from sentiment140.report import plots

OOF = made_up_oof()
SCORES = made_up_scores(OOF)
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
        "learning_curves": plots.learning_curves(SCORES["history"]),
        "accuracies": plots.accuracies(SCORES),
        "sizes": plots.sizes(SIZES),
        "fold_accuracies": plots.fold_accuracies(SCORES),
        "reliability": plots.reliability(OOF["label"], OOF["ensemble"]),
        "blend_weights": plots.blend_weights(SCORES["blend"]),
    }


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg.replace("xlink:", "")).iter("text")]


@pytest.mark.parametrize("plot", every_plot().values(), ids=every_plot())
def test_every_figure_is_svg_that_takes_the_pages_colours_and_knows_no_address(plot):
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


def test_learning_curves_have_a_panel_a_member():
    assert len(plots.learning_curves(SCORES["history"]).panels) == 2
    assert plots.learning_curves([]) is None


@pytest.mark.parametrize("loss", [0.5, None, float("nan")])
def test_learning_curves_of_one_epoch_even_if_the_loss_ran_away(loss):
    history = [{"member": "dnn", "fold": 0, "epoch": 1, "loss": loss, "val_loss": loss}]
    assert "epoch" in texts(plots.learning_curves(history).panels[0])


def test_names_are_text_never_markup_nor_formulas():
    history = [{"member": EVIL, "fold": 0, "epoch": 1, "loss": 0.5, "val_loss": 0.5}]
    for plot in (
        plots.learning_curves(history),
        plots.blend_weights({"blender": "mean", "weights": {EVIL: 1.0}}),
        plots.accuracies(SCORES | {"oof": {EVIL: SCORES["oof"]["ensemble"]}}),
    ):
        assert "<script" not in plot.panels[0]
        assert any(text.startswith('<script>alert("$x$') for text in texts(plot.panels[0]))


def test_reliability_draws_each_bin_where_it_belongs_whatever_the_number_of_rows(monkeypatch):
    drawn = {}
    monkeypatch.setattr(plots.Axes, "errorbar", lambda self, x, y, *rest, **kw: drawn.update(x=x, y=y))
    labels, probability = np.array([1, 0, 0, 1, 1]), np.array([0.52, 0.54, 0.0, 1.0, 0.98])
    plots.reliability(labels.repeat(100_000), probability.repeat(100_000))
    assert drawn["x"] == pytest.approx([0.0, 0.53, 0.99])
    assert drawn["y"] == pytest.approx([0.0, 0.5, 1.0])


def test_accuracies_and_weights_are_written_beside_their_marks():
    accuracy = SCORES["oof"]["ensemble"]["overall"]["accuracy"]["value"]
    assert f"{100 * accuracy:.2f}" in texts(plots.accuracies(SCORES).panels[0])
    assert {"0.620", "-0.040"} <= set(texts(plots.blend_weights(SCORES["blend"]).panels[0]))


def test_a_column_without_interval_or_folds_is_drawn():
    overall = {"accuracy": {"value": 0.8, "low": None, "high": None}}
    scores = {"reference": "dnn", "oof": {"dnn": {"n": 1, "overall": overall}}}
    assert "80.00" in texts(plots.accuracies(scores).panels[0])
    assert "dnn (reference)" in texts(plots.fold_accuracies(scores).panels[0])
