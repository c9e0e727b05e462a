"""Which model is meant: the newest run, a run by its name, or a folder."""

import os
import shutil
from pathlib import Path

import pytest

from sentiment140.errors import UserError
from sentiment140.runs import places
from sentiment140.serving.choose import find_model
from sentiment140.serving.predictor import Predictor


@pytest.fixture
def submissions(predictor, tmp_path, monkeypatch):
    """Two runs, `old` with both qualities and `new`, which was finished later; and an unfinished one."""
    folder = tmp_path / "submissions"
    for time, names in enumerate(("old/model/fast", "old/model/best", "new/model/best")):
        shutil.copytree(predictor.folder, folder / names)
        os.utime((folder / names).parent, (time, time))
    (folder / "unfinished" / "work").mkdir(parents=True)
    monkeypatch.setattr(places, "SUBMISSIONS", folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_without_a_name_the_run_that_was_finished_last_is_loaded(submissions):
    assert Predictor.load().folder == submissions / "new" / "model" / "best"
    os.utime(submissions / "old" / "model", (9, 9))
    assert Predictor.load().folder == submissions / "old" / "model" / "fast"
    assert Predictor.load(quality="best").folder == submissions / "old" / "model" / "best"
    shutil.rmtree(submissions)
    with pytest.raises(UserError, match=r"no model found, in .*submissions, train one \(bash scripts/run_all\.sh\)"):
        Predictor.load()


def test_a_run_is_loaded_by_its_name_and_before_a_folder_of_that_name(submissions, predictor):
    shutil.copytree(predictor.folder, "old")  # in the current folder
    assert Predictor.load("old").folder == submissions / "old" / "model" / "fast"
    assert Predictor.load("old/").folder == Path("old")  # with a slash, it is a folder
    shutil.copytree(predictor.folder, "copied")
    assert Predictor.load("copied").probability(["good"]) == predictor.probability(["good"])


@pytest.mark.parametrize("name", ["submissions/old", "submissions/old/model", "submissions/old/model/fast"])
def test_a_folder_is_loaded_by_its_path(submissions, name):
    assert find_model(name, submissions, None).resolve() == submissions / "old" / "model" / "fast"
    assert find_model(submissions.parent / name, submissions, None) == submissions / "old" / "model" / "fast"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "odl",
            r'unknown run or folder "odl": did you mean old\? \(known: new, old\), in .*submissions, name a run or',
        ),
        ("unfinished", r'unknown run or folder "unfinished" \(known: new, old\)'),
        ("some/where", "no such folder, some/where, name a run or the folder of a model"),
        ("submissions", "no model found, in submissions, train one"),
        ("", "no model found"),
    ],
)
def test_what_is_no_model_is_reported(submissions, name, message):
    with pytest.raises(UserError, match=message):
        Predictor.load(name)


def test_a_quality_that_the_run_lacks_or_that_there_is_not_is_reported(submissions):
    with pytest.raises(UserError, match=r"no model of quality fast, in .*new/model, choose best"):
        Predictor.load("new", "fast")
    with pytest.raises(UserError, match=r"no model of quality best, in .*, omit the quality"):
        Predictor.load(submissions / "old" / "model" / "fast", "best")
