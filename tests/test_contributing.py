"""The recipes of CONTRIBUTING.md work: its code is run where it says that it belongs."""

import re
import textwrap

import numpy as np
import pytest

from sentiment140 import models, presets
from sentiment140.ensemble import blenders
from sentiment140.ensemble.blend import Blend
from sentiment140.models import neural
from sentiment140.models.embedding import embedding_layer
from support import REPOSITORY

TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text()
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"```(?:python|toml)\n(.*?)```", TEXT, re.DOTALL)]


def block_with(part: str) -> str:
    found = [block for block in BLOCKS if part in block]
    assert len(found) == 1
    return found[0]


def test_the_architecture_and_its_preset_work(monkeypatch, tmp_path):
    names = vars(neural).copy()
    exec(block_with("def gru("), names)
    model = names["gru"](embedding_layer(np.ones((9, 4), np.float32), trainable=True), units=3)
    assert model(np.ones((2, 5), np.int32)).shape == (2, 1)
    for registry in (neural.KERAS, models.KERAS, models.ARCHITECTURES):
        monkeypatch.setitem(registry, "gru", names["gru"])
    (tmp_path / "mine.toml").write_text(block_with("[members.gru]"))
    experiment = models.resolve(presets.load(str(tmp_path / "mine.toml")))
    assert experiment.ensemble == ("gru", "tfidf_logistic")
    assert experiment.member("gru").arguments == {"units": 32}


def test_the_blender_works():
    names = vars(blenders).copy()
    exec(block_with("def least_squares("), names)
    logits = np.random.default_rng(0).normal(0, 1, (50, 3))
    blend = names["least_squares"](logits, (logits.sum(axis=1) > 0).astype(int), 0)
    assert isinstance(blend, Blend)
    assert sum(blend.weights) == pytest.approx(1)
