"""What a run belongs to, and when it is finished."""

import os
from dataclasses import replace

import pytest

from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, Member
from sentiment140.runs import identity
from sentiment140.runs.identity import Inputs, bind_identity, check_identity, free_name, is_finished, write_finished
from sentiment140.runs.provenance import package_state
from sentiment140.runs.run import Run

MEMBER = Member("a", "tfidf_logistic")
EXPERIMENT = Experiment("p", 0, 3, 100, "mean", "a", ("a",), (MEMBER,), holdout=0.1)
DATA = {"source": "real", "tweets": "abc"}
INPUTS: Inputs = {"training tweets": ["tweets.csv", 12, 34]}
TOML = "seed = 0\n"


@pytest.fixture
def run(tmp_path):
    run = Run.open(tmp_path, "r")
    bind_identity(run, EXPERIMENT, TOML, DATA, INPUTS)
    return run


def test_the_same_settings_data_and_libraries_continue_a_run(run):
    bind_identity(run, EXPERIMENT, TOML, DATA, INPUTS)
    assert run.read_text("experiment.toml") == TOML


@pytest.mark.parametrize(
    "change",
    [{"members": (replace(MEMBER, arguments={"C": 9.0}),)}, {"blender": "logistic"}, {"ensemble": ()}, {"preset": "q"}],
    ids=["settings of a member", "blender", "ensemble", "name of the preset"],
)
def test_what_does_not_concern_all_members_may_change(run, change):
    bind_identity(run, replace(EXPERIMENT, **change), "seed = 0 # changed\n", DATA, INPUTS)
    assert "changed" in run.read_text("experiment.toml")


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"seed": 1}, "run r has other settings (seed: 0 there, 1 here)"),
        ({"folds": 5, "limit": 0}, "run r has other settings (folds: 3 there, 5 here; limit: 100 there, 0 here)"),
        ({"holdout": 0.2}, "run r has other settings (holdout: 0.1 there, 0.2 here)"),
    ],
)
def test_settings_that_concern_all_members_are_refused_with_a_free_name(run, change, shown):
    (run.folder.parent / "r-2").mkdir()
    for check in (check_identity, lambda run, experiment: bind_identity(run, experiment, TOML, DATA, INPUTS)):
        with pytest.raises(UserError) as caught:
            check(run, replace(EXPERIMENT, **change))
        assert str(caught.value) == f"{shown}, in {run.folder}, use another name: --run r-3"
    assert run.read_text("experiment.toml") == TOML


def test_other_tweets_are_refused(run):
    with pytest.raises(UserError, match=r"run r has other data \(tweets: abc there, abd here\), .* --run r-2"):
        bind_identity(run, EXPERIMENT, TOML, DATA | {"tweets": "abd"}, INPUTS)


def test_if_the_settings_differ_the_message_does_not_mention_the_data(run):
    with pytest.raises(UserError, match="seed: 0 there, 1 here") as caught:
        bind_identity(run, replace(EXPERIMENT, seed=1), TOML, DATA | {"tweets": "abd"}, INPUTS)
    assert "tweets" not in str(caught.value)


def test_other_versions_of_the_libraries_are_refused(run, monkeypatch):
    here = identity.versions() | {"tensorflow": "3.0"}
    monkeypatch.setattr(identity, "versions", lambda: here)
    with pytest.raises(UserError, match=r"run r has other versions \(tensorflow: \S+ there, 3.0 here\)"):
        check_identity(run, EXPERIMENT)


@pytest.mark.parametrize("there", ["", "1.0"])
def test_another_version_of_what_only_scores_is_no_other_run(run, monkeypatch, there):
    here = {name: version for name, version in identity.versions().items() if name != "onnxruntime"}
    monkeypatch.setattr(identity, "versions", lambda: here | ({"onnxruntime": there} if there else {}))
    check_identity(run, EXPERIMENT)


@pytest.mark.parametrize("fault", ["damaged", "missing"])
def test_models_are_not_reused_if_the_identity_file_is_missing_or_damaged(run, fault):
    file = run.path("work/identity.json")
    file.write_text("{}") if fault == "damaged" else file.unlink()
    bind_identity(run, EXPERIMENT, TOML, DATA, INPUTS)  # there are no models yet that could be mixed up
    run.write_fit("a-fold0", {}, {}, {})
    file.write_text("{}") if fault == "damaged" else file.unlink()
    with pytest.raises(UserError, match=f"identity.json is {fault}, so nobody knows .* or delete that folder"):
        bind_identity(run, EXPERIMENT, TOML, DATA, INPUTS)


def test_a_free_name_is_no_longer_than_a_name_may_be(tmp_path):
    assert free_name(tmp_path / ("x" * 100)) == "x" * 90 + "-2"


def test_a_finished_run_is_recognized(run, tmp_path):
    assert not is_finished(run, TOML, INPUTS)
    run.write_text("oof.csv", "id")
    write_finished(run, package_state())
    assert is_finished(run, TOML, INPUTS)
    assert not is_finished(Run(tmp_path / "another"), TOML, INPUTS)
    assert not is_finished(run, "seed = 1\n", INPUTS)
    others: list[Inputs] = [
        {"training tweets": ["tweets.csv", 13, 34]},
        {"training tweets": ["tweets.csv", 12, 35]},
        {"training tweets": ["other.csv", 12, 34]},
        {**INPUTS, "test tweets": ["test.csv", 1, 2]},
    ]
    for inputs in others:
        assert not is_finished(run, TOML, inputs)


def test_a_run_without_one_of_its_files_or_with_a_changed_one_is_not_finished(run):
    run.write_text("oof.csv", "id")
    write_finished(run, package_state())
    path = run.path("oof.csv")
    before = path.stat()
    path.write_text("di")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert not is_finished(run, TOML, INPUTS)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert is_finished(run, TOML, INPUTS)  # sizes and times are compared, no file is read
    path.unlink()
    assert not is_finished(run, TOML, INPUTS)


def test_a_run_is_finished_for_code_that_means_the_same(run, monkeypatch):
    write_finished(run, package_state())
    monkeypatch.setattr(identity, "package_digests", lambda: {"report/page.py": "a comment was added"})
    assert is_finished(run, TOML, INPUTS)
    monkeypatch.setattr(identity, "package_code", lambda: "another")
    assert not is_finished(run, TOML, INPUTS)
