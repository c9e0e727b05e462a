"""The recipes of CONTRIBUTING.md work: its code is run where it says that it belongs."""

import re
import shutil
import textwrap

import numpy as np
import pytest

from sentiment140 import presets
from sentiment140.ensemble import blenders
from sentiment140.ensemble.blend import Blend
from sentiment140.models import neural
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.settings import resolve
from sentiment140.runs import provenance, source
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
    package = shutil.copytree(source.PACKAGE, tmp_path / "sentiment140")
    before = provenance.fit_code("conv_lstm")
    code = (package / "models" / "neural.py").read_text()
    where, registry = '\n\n_POOLING = {"average"', "        conv_lstm,\n"
    assert (code.count(where), code.count(registry)) == (1, 1)
    added = code.replace(where, f"\n\n{block_with('def gru(')}{where}").replace(registry, f"{registry}        gru,\n")
    (package / "models" / "neural.py").write_text(added)
    monkeypatch.setattr(source, "PACKAGE", package)
    assert provenance.fit_code("conv_lstm") == before, "a run with other members would be fitted again"
    (tmp_path / "mine.toml").write_text(block_with("[members.gru]"))
    experiment = resolve(presets.load(str(tmp_path / "mine.toml")))
    assert experiment.ensemble == ("gru", "tfidf_logistic")
    assert experiment.member("gru").arguments == {"units": 32}


def test_the_blender_works():
    names = vars(blenders).copy()
    exec(block_with("def least_squares("), names)
    logits = np.random.default_rng(0).normal(0, 1, (50, 3))
    blend = names["least_squares"](logits, (logits.sum(axis=1) > 0).astype(int), 0)
    assert isinstance(blend, Blend)
    assert sum(blend.weights) == pytest.approx(1)
