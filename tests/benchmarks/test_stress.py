"""The stress tests, each with a few attempts."""

import os
import shutil
import signal
import sys

import numpy as np
import pytest

from benchmarks.checkout import Checkout, numbers
from benchmarks.stress import Outcome, page, table
from benchmarks.stress import scoring_kills as kills_of_scoring
from benchmarks.stress.__main__ import check_installed
from benchmarks.stress.damage import damage
from benchmarks.stress.full_disk import full_disk
from benchmarks.stress.fuzzing import fuzz
from benchmarks.stress.load import load
from benchmarks.stress.overload import overload, service
from benchmarks.stress.scoring_kills import Job, scoring_kills
from benchmarks.stress.service_kills import service_kills
from sentiment140.errors import UserError
from sentiment140.runs.run import Run


def test_a_changed_byte_is_noticed_in_every_file_of_a_run(demo_run, tmp_path):
    run = Run.open(shutil.copytree(demo_run[1].parent, tmp_path / "runs"), demo_run[1].name)
    outcome = damage(run, 1)
    assert outcome.tried > 60
    assert outcome.lost == []


@pytest.mark.parametrize("blind", [False, True])
def test_a_changed_byte_that_is_not_noticed_counts_as_lost(tmp_path, monkeypatch, blind):
    run = Run.open(tmp_path, "r")
    run.write_text("work/a.txt", "content")
    run.write_fit("a-fold0", {"test": np.zeros(2)}, {}, {})
    if blind:
        monkeypatch.setattr(Run, "has", lambda *_: True)
        monkeypatch.setattr(Run, "has_fit", lambda *_: True)
    outcome = damage(run, 3)
    assert outcome.tried == 15  # a text and its checksum, two arrays and their fit.json
    assert {loss.split()[0].rpartition("/")[2] for loss in outcome.lost} == (
        {"a.txt", "test.npy", "weights.npz"} if blind else set()
    )


def test_invalid_input_is_refused_in_one_line(demo_run, tmp_path):
    outcomes = fuzz(tmp_path, demo_run[1] / "model" / "fast", 200, 600)
    assert [outcome.tried for outcome in outcomes] == [200] * 4
    assert [loss for outcome in outcomes for loss in outcome.lost] == []


def test_an_overloaded_service_refuses_and_survives(demo_run):
    outcome = overload(demo_run[0], demo_run[1], 0.05)
    assert outcome.tried > 0
    assert [
        loss for loss in outcome.lost if "memory grew" not in loss
    ] == []  # three seconds are too short to measure growth


def test_scoring_that_is_killed_leaves_whole_files_or_none(demo_run, tmp_path):
    checkout = Checkout.of(demo_run[0].folder, tmp_path / "checkout")
    outcome = scoring_kills(checkout, demo_run[1] / "model" / "fast", 3, rows=100)
    assert outcome.tried == 3
    assert outcome.lost == []


def test_a_result_that_is_cut_missing_or_left_behind_counts_as_lost(tmp_path):
    expected = {"a.csv": b"whole", "b.csv": b"also"}
    job = Job("a job", [], tmp_path / "scored", earlier=b"earlier")
    job.reset(list(expected))
    assert list(job.problems(expected, is_complete=False)) == []
    assert list(job.problems(expected, is_complete=True)) == ["a job: a.csv is not whole", "a job: b.csv is not whole"]
    (job.target / "a.csv").write_bytes(b"who")
    (job.target / "b.csv").unlink()
    (job.target / ".x.tmp").touch()
    assert list(job.problems(expected, is_complete=False)) == ["a job: a.csv is not whole"]
    (job.target / "a.csv").write_bytes(b"whole")
    assert list(job.problems(expected, is_complete=False)) == []
    assert list(job.problems(expected, is_complete=True)) == [
        "a job: b.csv is missing",
        "a job: .x.tmp was left behind",
    ]


@pytest.mark.parametrize(("limit", "since"), [(None, "its start"), (0.5, "SIGHUP")])
def test_a_command_that_hangs_counts_as_lost(checkout, tmp_path, monkeypatch, limit, since):
    monkeypatch.setattr(kills_of_scoring, "_LONGEST", 2.0)
    hangs = "import signal, time; signal.signal(signal.SIGHUP, signal.SIG_IGN); time.sleep(600)"
    job = Job("hangs", [sys.executable, "-S", "-c", hangs], tmp_path)
    lost: list[str] = []
    kills_of_scoring._start(checkout, job, limit, signal.SIGHUP, lost)
    assert lost == [f"hangs: still runs 2 seconds after {since}"]


def test_a_service_that_is_killed_starts_again_and_answers_as_before(demo_run):
    outcome = service_kills(demo_run[0], demo_run[1], 2)
    assert outcome.tried == 2
    assert outcome.lost == []


FAULTY_SERVICE = """
import http.server, json, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = json.dumps({"predictions": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class FaultyCheckout(Checkout):
    def command(self, name, *arguments):
        return [sys.executable, "-c", FAULTY_SERVICE, str(arguments[1])]


def test_a_service_that_answers_differently_or_not_at_all_counts_as_lost(tmp_path):
    outcome = service_kills(FaultyCheckout(tmp_path), tmp_path, 1)
    assert outcome.lost == ["after a kill while it answered: it answers differently"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FaultyCheckout, "command", lambda *_: [sys.executable, "-c", "exit(3)"])
        outcome = service_kills(FaultyCheckout(tmp_path), tmp_path, 1)
    assert outcome.lost == ["at first: it ended with exit code 3"]


def test_a_service_under_load_answers_every_small_request(demo_run):
    with service(demo_run[0], demo_run[1]) as (address, pid):
        outcome = load(address, pid, 1.0, clients=20)
    assert outcome.tried > 60
    assert [loss for loss in outcome.lost if "not answered" in loss] == []  # the others depend on time
    assert [note.split(", ")[1] for note in outcome.notes] == ["alone", "costly", "mixed"]
    assert " 400 (other)" in outcome.notes[-1]


@pytest.mark.skipif(os.getuid() != 0, reason="needs the right to mount")
def test_a_run_continues_when_a_full_disk_is_enlarged(checkout, tmp_path):
    flags = ("--folds", 2, "--workers", 1)  # each other process would load TensorFlow again
    whole = Checkout.of(checkout.folder, tmp_path / "whole")
    done = whole.run("run_all.py", "--preset", "small.toml", "--data", "demo", *flags)
    assert done.returncode == 0, done.stderr.decode()
    # full at 64 KiB, while the demo corpus is written, and at 3,600 KiB, while the models are
    disk = Checkout.of(checkout.folder, tmp_path / "disk")
    outcome = full_disk(disk, numbers(whole.submission("demo-small")), 56, "small.toml", *flags)
    assert outcome.tried >= 2
    assert outcome.lost == []


def test_the_table_of_outcomes_shows_what_was_lost():
    lost = Outcome("a kill", 10, ["a-fold0 fitted twice"], ["a note"])
    assert table([lost, Outcome("a flip", 1200)]).splitlines() == [
        "what        tried   survived   lost",
        "a kill         10          9      1",
        "a flip      1,200      1,200      0",
        "a kill: a note",
        "LOST, a kill: a-fold0 fitted twice",
    ]


def test_the_page_of_outcomes_has_the_table_and_what_was_lost():
    lost = Outcome("a kill", 1000, ["a-fold0 fitted twice"], ["a note"])
    assert page([lost, Outcome("a flip", 12)], "-m benchmarks.stress", "code 1a").splitlines()[2:] == [
        "Written by `-m benchmarks.stress`, code 1a. [stress.md](stress.md) describes",
        "each test.",
        "",
        "| test | tried | survived | lost |",
        "| --- | ---: | ---: | ---: |",
        "| a kill | 1,000 | 999 | 1 |",
        "| a flip | 12 | 12 | 0 |",
        "",
        "**A kill**",
        "",
        "- a note",
        "- lost: a-fold0 fitted twice",
    ]


def test_only_the_stress_test_fuzz_needs_hypothesis(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    check_installed(["damage", "kill"])
    with pytest.raises(UserError, match=r'hypothesis is not installed.*pip install -e "\.\[stress\]"'):
        check_installed(["damage", "fuzz"])


def test_an_unknown_stress_test_is_refused_with_a_hint(checkout):
    done = checkout.run("benchmarks.stress", "fuz")
    assert done.returncode == 2
    assert b'unknown stress test "fuz": did you mean fuzz?' in done.stderr
