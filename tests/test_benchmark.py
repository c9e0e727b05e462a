import re

import numpy as np

from sentiment140 import benchmark
from sentiment140.benchmark import Comparison
from sentiment140.cli.runs import BENCHMARKS
from sentiment140.corpus.find import find_data


def test_a_ratio_is_the_median_over_the_pairs_with_its_spread():
    line = Comparison("work", theirs=[100, 200, 100], ours=[300, 400, 150], note="n").line()
    assert "ratio  2.00 [1.50, 3.00]" in line
    assert line.endswith("n")


def test_every_part_runs_on_made_up_tweets(tmp_path, monkeypatch):
    found = find_data("demo", [benchmark.VECTORS], tmp_path, demo_rows=600)
    monkeypatch.setattr(benchmark, "SIZES", (300, 1500))
    lines = []
    benchmark.run(found, BENCHMARKS, rounds=1, tweets=500, workers=2, show=lines.append)
    assert [line.split("  ")[0] for line in lines[:3]] == [
        "read, clean, encode", "training, vectors frozen", "training, vectors trained",
    ]  # fmt: skip
    assert all(re.search(r"ratio +[\d.]+ \[", line) for line in lines[:3])
    assert [line.split()[0] for line in lines[3:]] == ["300", "1,500"]


def test_the_command_needs_no_part(checkout):
    done = checkout.run("benchmark.py", "--data", "no/such/folder")
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ")  # the folder's, not the parser's
    assert b"no/such/folder" in done.stderr


def test_an_unknown_part_is_refused_with_a_hint(checkout):
    done = checkout.run("benchmark.py", "txt")
    assert done.returncode == 2
    assert b'unknown part "txt": did you mean text?' in done.stderr


def test_both_ways_read_the_same_tweets(tmp_path):
    found = find_data("demo", [], tmp_path, demo_rows=600)
    assert len(benchmark._notebook_matrix(found.tweets.train)) == 600


def test_repeated_tweets_hold_both_classes_and_no_copies(tmp_path):
    found = find_data("demo", [], tmp_path, demo_rows=600)
    benchmark._write_repeated(found.tweets.train, tmp_path / "more.csv", 1500)
    lines = (tmp_path / "more.csv").read_text("latin-1").splitlines()
    assert len(lines) == 1500
    labels = np.array([line.startswith('"4"') for line in lines])
    assert 0.3 < labels.mean() < 0.7
    assert len(set(lines)) > 1450
