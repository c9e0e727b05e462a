"""The harm that scripts/torture.py does many times, done a few times."""

import os
import shutil

import numpy as np
import pytest

from sentiment140.store import Run
from sentiment140.torture import Outcome, table
from sentiment140.torture.checkout import Checkout, numbers
from sentiment140.torture.damage import damage
from sentiment140.torture.full_disk import full_disk
from sentiment140.torture.fuzzing import fuzz
from sentiment140.torture.overload import overload


def test_a_flipped_byte_is_noticed_in_every_file_of_a_run(demo_run, tmp_path):
    run = Run.open(shutil.copytree(demo_run[1].parent, tmp_path / "runs"), demo_run[1].name)
    outcome = damage(run, 1)
    assert outcome.tried > 60
    assert outcome.lost == []


@pytest.mark.parametrize("blind", [False, True])
def test_a_flipped_byte_that_is_not_noticed_is_lost(tmp_path, monkeypatch, blind):
    run = Run.open(tmp_path, "r")
    run.write_text("work/a.txt", "content")
    run.commit_unit("a-fold0", {"test": np.zeros(2)}, {}, {})
    if blind:
        monkeypatch.setattr(Run, "has", lambda *_: True)
        monkeypatch.setattr(Run, "unit_done", lambda *_: True)
    outcome = damage(run, 3)
    assert outcome.tried == 15  # a text and its checksum, two arrays and their facts
    assert {loss.split()[0].rpartition("/")[2] for loss in outcome.lost} == (
        {"a.txt", "test.npy", "weights.npz"} if blind else set()
    )


def test_rubbish_is_refused_in_one_line(demo_run, tmp_path):
    outcomes = fuzz(tmp_path, demo_run[1] / "model" / "fast", 200, 600)
    assert [outcome.tried for outcome in outcomes] == [200] * 4
    assert [loss for outcome in outcomes for loss in outcome.lost] == []


def test_an_overloaded_service_refuses_and_lives(demo_run):
    outcome = overload(demo_run[0], demo_run[1], 0.05)
    assert outcome.tried > 0
    assert [loss for loss in outcome.lost if "grew" not in loss] == []  # three seconds are too few to tell


@pytest.mark.skipif(os.getuid() != 0, reason="takes the right to mount")
def test_a_run_goes_on_when_a_full_disk_has_room_again(demo_run, tmp_path):
    checkout = Checkout.of(demo_run[0].folder, tmp_path / "small")
    outcome = full_disk(checkout, numbers(demo_run[1]), 30)
    assert outcome.tried >= 2
    assert outcome.lost == []


def test_the_table_says_what_was_lost():
    lost = Outcome("a kill", 10, ["a-fold0 fitted twice"], ["a note"])
    assert table([lost, Outcome("a flip", 1200)]).splitlines() == [
        "what        tried   survived   lost",
        "a kill         10          9      1",
        "a flip      1,200      1,200      0",
        "a kill: a note",
        "LOST, a kill: a-fold0 fitted twice",
    ]
