"""The benchmark of training on a few tweets: every part runs and reports its measurements."""

import os
import pickle
import re
from contextlib import contextmanager

import numpy as np
import pytest

from benchmarks import training as benchmark
from benchmarks.arithmetic import arithmetic_seconds, training_flops
from benchmarks.training import PARTS, Comparison
from sentiment140.data.locate import DataRequest, find_data
from sentiment140.executors.local import Local
from sentiment140.experiment import Member, TextSettings, VectorSettings
from sentiment140.training.fit import build_keras


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return find_data(DataRequest("demo"), [benchmark.VECTORS], tmp_path_factory.mktemp("data"), demo_rows=600)


def as_for_another_process(*values):
    return pickle.loads(pickle.dumps(values))  # noqa: S301 - it was pickled here


class InThisProcess(Local):
    """An executor and a pool for the benchmark without other processes, each of which would load TensorFlow again."""

    def run(self, function, tasks, shared, watch=None):
        function, tasks, _ = as_for_another_process(function, list(tasks), shared)
        return super().run(function, tasks, shared, watch)

    def apply(self, function, arguments):
        function, *arguments = as_for_another_process(function, *arguments)
        return as_for_another_process(function(*arguments))[0]


@contextmanager
def in_this_process(**_):
    yield InThisProcess()


def test_the_ratio_is_the_median_over_the_rounds_with_lowest_and_highest():
    line = Comparison("work", theirs=[100, 200, 100], ours=[300, 400, 150], note="n").line()
    assert "ratio  2.00 [1.50, 3.00]" in line
    assert line.endswith("n")


def test_every_part_runs_on_synthetic_tweets(files, monkeypatch):
    monkeypatch.setattr(benchmark, "SIZES", (300, 1500))
    monkeypatch.setattr(benchmark, "_process", in_this_process)
    monkeypatch.setattr(benchmark, "executor_named", lambda *_: InThisProcess())
    lines: list[str] = []
    benchmark.run(files, PARTS, rounds=1, tweets=500, workers=2, show=lines.append)
    assert [line.split("  ")[0] for line in lines[:3]] == [
        "read, clean, encode", "training, vectors frozen", "training, vectors fine-tuned",
    ]  # fmt: skip
    assert all(re.search(r"ratio +[\d.]+ \[", line) for line in lines[:3])
    assert all(re.search(r"arithmetic \d+ % of our time", line) for line in lines[1:3])
    assert [line.split()[0] for line in lines[3:]] == ["300", "1,500"]


def test_a_measurement_runs_in_another_process_with_its_own_environment(monkeypatch):
    monkeypatch.delenv("A_SETTING", raising=False)
    with benchmark._process(A_SETTING="3") as pool:
        assert "A_SETTING" not in os.environ
        assert pool.apply(os.getenv, ("A_SETTING",)) == "3"
        assert pool.apply(os.getpid) != os.getpid()


def test_arithmetic_counts_every_epoch_and_the_width_of_each_tweet(monkeypatch):
    arguments = {"filters": 4, "kernel_size": 3, "pool_size": 2, "units": 4}
    member = Member("small", "conv_lstm", arguments, TextSettings(), VectorSettings("random.8d"))
    model = build_keras(member, np.zeros((5, 8), np.float32))
    widths = np.array([8, 16, 8, 24, 8])
    monkeypatch.setattr("benchmarks.arithmetic.matmul_flops_per_second", lambda: 1e6)
    flops = 3 * sum(training_flops(model, int(width)) for width in widths)
    assert arithmetic_seconds(model, widths, epochs=3) == pytest.approx(flops / 1e6)


def test_without_a_part_the_command_runs_all_parts(checkout):
    done = checkout.run("benchmarks.training", "--data", "no/such/folder")
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ")  # the error of the folder, not of the parser
    assert b"no/such/folder" in done.stderr


def test_an_unknown_part_is_refused_with_a_hint(checkout):
    done = checkout.run("benchmarks.training", "txt")
    assert done.returncode == 2
    assert b'unknown part "txt": did you mean text?' in done.stderr


def test_notebook_and_project_read_the_same_tweets(files):
    assert len(benchmark._notebook_matrix(files.tweets.train)) == 600


def test_repeated_tweets_hold_both_classes_and_no_copies(files, tmp_path):
    benchmark._write_repeated(files.tweets.train, tmp_path / "more.csv", 1500)
    lines = (tmp_path / "more.csv").read_text("latin-1").splitlines()
    assert len(lines) == 1500
    labels = np.array([line.startswith('"4"') for line in lines])
    assert 0.3 < labels.mean() < 0.7
    assert len(set(lines)) > 1450
