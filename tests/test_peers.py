"""The benchmark of scoring, shrunk: it runs, and counts what it says it counts."""

import re
import shutil

import numpy as np
import pytest
from conftest import REPOSITORY

from sentiment140.errors import UserError
from sentiment140.peers import Rate, compare, tfidf


def test_a_line_says_how_fast_and_how_well():
    assert Rate("x", 2.0, 1000, 0.5, 0.6931).line().split() == [
        "x", "500", "tweets/s", "2.0", "s", "for", "1,000", "accuracy", "50.00", "%", "log", "loss", "0.6931",
    ]  # fmt: skip


def test_scikit_learns_peer_learns():
    texts, labels = ["good day", "bad day"] * 20, np.array([1, 0] * 20)
    good, bad = tfidf(texts, labels)(["so good", "so bad"])
    assert good > 0.5 > bad


def test_both_qualities_and_the_peers_score_the_tweets_set_aside(aside_run):
    checkout, run = aside_run
    done = checkout.run("benchmark_predict.py", "--run", run.name, "--tweets", 900, "--fewer", 300)
    assert done.returncode == 0, done.stderr.decode()
    rates = {line.partition("  ")[0]: line for line in done.stdout.decode().splitlines()}
    assert {"ours, fast", "ours, best", "TF-IDF + LR"} <= set(rates)
    assert "for       900" in rates["ours, fast"]
    assert "for       300" in rates["ours, best"]
    accuracy = {name: float(re.search(r"accuracy +([\d.]+)", line)[1]) for name, line in rates.items()}
    assert accuracy["TF-IDF + LR"] > 60
    assert accuracy["ours, best"] > 60


def test_a_model_that_cannot_be_used_is_said_so(aside_run, tmp_path):
    _, run = aside_run
    (shutil.copytree(run, tmp_path / "run") / "model" / "fast" / "manifest.json").unlink()
    with pytest.raises(UserError, match=r"predict\.py failed .*no model found"):
        next(compare(tmp_path / "run", REPOSITORY / "scripts" / "predict.py", 10, 10))


@pytest.mark.parametrize(("name", "message"), [("demo-tiny", "set no tweets aside"), ("demo-tinny", "did you mean")])
def test_a_run_that_cannot_be_measured_is_said_so(demo_run, name, message):
    checkout, _, _ = demo_run
    done = checkout.run("benchmark_predict.py", "--run", name)
    assert done.returncode == 2
    assert message in done.stderr.decode()
