"""The comparison with baselines on a few tweets: it runs and reports its measurements."""

import re
import shutil

import numpy as np
import pytest

from benchmarks.baselines import Rate, compare, tfidf
from sentiment140.errors import UserError


def test_a_line_states_speed_and_accuracy_of_a_model():
    assert Rate("x", 2.0, 1000, 0.5, 0.6931).line().split() == [
        "x", "500", "tweets/s", "2.0", "s", "for", "1,000", "accuracy", "50.00", "%", "log", "loss", "0.6931",
    ]  # fmt: skip


def test_the_tfidf_baseline_learns():
    texts, labels = ["good day", "bad day"] * 20, np.array([1, 0] * 20)
    good, bad = tfidf(texts, labels)(["so good", "so bad"])
    assert good > 0.5 > bad


def test_both_qualities_and_the_baselines_score_the_held_out_tweets(holdout_run):
    checkout, run = holdout_run
    done = checkout.run("benchmarks.baselines", "--run", run.name, "--tweets", 900, "--fewer", 300)
    assert done.returncode == 0, done.stderr.decode()
    rates = {line.partition("  ")[0]: line for line in done.stdout.decode().splitlines()}
    assert {"ours, fast", "ours, fast, bare", "ours, fast, all", "ours, best", "TF-IDF + LR"} <= set(rates)
    assert "for       900" in rates["ours, fast"]
    assert "for       900" in rates["ours, fast, all"]
    assert "for       300" in rates["ours, best"]
    accuracy = {name: float(re.search(r"accuracy +([\d.]+)", line)[1]) for name, line in rates.items()}
    assert accuracy["TF-IDF + LR"] > 60
    assert accuracy["ours, best"] > 60


def test_a_model_that_cannot_be_used_is_reported(holdout_run, tmp_path):
    _, run = holdout_run
    (shutil.copytree(run, tmp_path / "run") / "model" / "fast" / "manifest.json").unlink()
    with pytest.raises(UserError, match=r"predict\.py failed .*no model found"):
        next(compare(tmp_path / "run", 10, 10))


def test_a_run_without_held_out_tweets_is_refused(holdout_run, tmp_path):
    _, run = holdout_run
    held_out = shutil.copytree(run, tmp_path / "run") / "work" / "holdout.csv"
    held_out.write_text(held_out.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    with pytest.raises(UserError, match="held no tweets out"):
        next(compare(tmp_path / "run", 10, 10))


def test_an_unknown_run_is_refused(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("benchmarks.baselines", "--run", "demo-tinny")
    assert done.returncode == 2
    assert "did you mean" in done.stderr.decode()
