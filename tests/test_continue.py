"""A run that is continued: what is kept, what is fitted again and why, and what is refused before it starts."""

import logging
import os
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from sentiment140 import pipeline
from sentiment140.data.demo import create_demo
from sentiment140.data.locate import DataRequest
from sentiment140.data.sources import TRAIN_FILE
from sentiment140.errors import UserError
from sentiment140.executors.local import Local
from sentiment140.experiment import Experiment, Member, TextSettings
from sentiment140.loading import load_experiment
from sentiment140.plan import plan_run
from sentiment140.runs import identity, source
from sentiment140.runs.run import Folders, Run
from sentiment140.training.fit import fit_fold

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=8)
A = Member("a", "nb_logistic", {"C": 0.3, "ngrams": 1, "minimum_tweets": 2}, TEXT)
B = Member("b", "tfidf_logistic", {"minimum_tweets": 1}, TEXT)
EXPERIMENT = Experiment("p", 3, 2, 0, "mean", "a", ("a", "b"), (A, B))
NEW = "def third(*, C: float = 1.0):\n    return C\n\n\n"
RESULTS = ("oof.csv", "predictions.csv", "submission.csv")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """(the folder of everything, its data) with a finished run of two linear members on 400 synthetic tweets."""
    folder = tmp_path_factory.mktemp("finished")
    data = create_demo(folder / "tweets", 400, 0)
    (data / "demo.json").unlink()  # so that it counts as real
    pipeline.run_all(plan(folder), Local())
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """A folder with a copy of this run, and the tweets where they were."""
    (tmp_path / "tweets").symlink_to(finished / "tweets")
    shutil.copytree(finished / "runs", tmp_path / "runs", copy_function=shutil.copy2)
    return tmp_path


def plan(folder, experiment=EXPERIMENT, name="r"):
    request = DataRequest(str((folder / "tweets").resolve()))
    return plan_run(Folders(folder / "runs", folder / "data"), name, experiment, request)


def results(folder):
    return {name: (folder / "runs" / "r" / name).read_bytes() for name in RESULTS}


def fits(folder):
    """The time of writing of each fit."""
    paths = (folder / "runs" / "r" / "work" / "fits").glob("*/fit.json")
    return {path.parent.name: path.stat().st_mtime_ns for path in paths}


def changed_fits(folder, before):
    return {name for name, written in fits(folder).items() if before.get(name) != written}


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def edit(monkeypatch, folder, name, old, new):
    """Changes the code that fingerprints are of."""
    package = folder / "package"
    if not package.exists():
        shutil.copytree(source.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        monkeypatch.setattr(source, "PACKAGE", package)
    code = (package / name).read_text()
    assert old in code
    (package / name).write_text(code.replace(old, new, 1))


def test_a_finished_run_typed_again_is_recognized_and_nothing_is_read(run, monkeypatch):
    before, again = results(run), plan(run)
    assert again.is_finished
    monkeypatch.setattr(pipeline, "train", lambda *_: pytest.fail("it was trained again"))
    assert pipeline.run_all(again, Local()).folder == run / "runs" / "r"
    assert results(run) == before


def test_code_that_is_edited_before_the_report_did_not_make_a_finished_run(run, monkeypatch):
    (run / "runs" / "r" / "oof.csv").unlink()
    evaluate = pipeline.evaluate

    def edited_after(of_run):
        scores = evaluate(of_run)
        edit(monkeypatch, run, "evaluation/metrics.py", "import numpy as np", "import numpy as np\nEDITED = 1")
        return scores

    monkeypatch.setattr(pipeline, "evaluate", edited_after)
    pipeline.run_all(plan(run), Local())
    assert not plan(run).is_finished


@pytest.mark.parametrize(
    "lost", ["oof.csv", "report.html", "work/fits/a-fold1/weights.npz", "work/rows.csv", "model/best/manifest.json"]
)
def test_a_run_that_lacks_a_file_is_not_finished_and_is_completed_without_fitting_again(run, lost, caplog):
    before, times = results(run), fits(run)
    (run / "runs" / "r" / lost).unlink()
    assert not plan(run).is_finished
    pipeline.run_all(plan(run), Local())
    assert results(run) == before
    assert changed_fits(run, times) == ({"a-fold1"} if "fits" in lost else set())
    assert (run / "runs" / "r" / lost).exists()
    assert plan(run).is_finished


def test_tweets_that_were_only_touched_are_read_and_compared(run, tmp_path):
    tweets = shutil.copytree(run / "tweets", tmp_path / "copy", copy_function=shutil.copy2)
    (run / "tweets").unlink()
    tweets.rename(run / "tweets")
    assert plan(run).is_finished  # a copy with the same times, wherever it is
    times, before = fits(run), results(run)
    path = run / "tweets" / TRAIN_FILE
    os.utime(path, ns=(0, 0))
    assert not plan(run).is_finished
    pipeline.run_all(plan(run), Local())
    assert not changed_fits(run, times)
    assert results(run) == before
    assert plan(run).is_finished
    path.write_bytes(path.read_bytes().replace(b"love", b"like"))
    with pytest.raises(UserError, match=r"run r has other data \(tweets: \w+ there, \w+ here\).* --run r-2"):
        pipeline.run_all(plan(run), Local())
    assert results(run) == before


def test_code_that_is_edited_while_members_are_fitted_is_not_the_code_that_fitted_them(run, monkeypatch):
    class Edits(Local):
        """An executor during whose work a source file is edited."""

        def run(self, function, tasks, shared, watch=None):
            for number, done in enumerate(super().run(function, tasks, shared, watch)):
                if number == 1 and function is fit_fold:
                    edit(monkeypatch, run, "training/fit.py", "PREDICTION_BATCH = 4096", "PREDICTION_BATCH = 4097")
                yield done

    (run / "runs" / "r" / "oof.csv").unlink()
    for fit in (run / "runs" / "r" / "work" / "fits").iterdir():
        shutil.rmtree(fit)
    pipeline.train(plan(run), Edits())
    times = fits(run)
    with pytest.raises(UserError, match="the code of a-fold0 changed since it was fitted"):
        pipeline.blend(Run.open(run / "runs", "r"))
    pipeline.train(plan(run), Local())
    assert changed_fits(run, times) == {"a-fold0", "a-fold1", "b-fold0", "b-fold1"}


def test_a_changed_setting_concerns_its_member_only(run, caplog):
    before, times = results(run), fits(run)
    changed = replace(EXPERIMENT, members=(A, replace(B, arguments={"minimum_tweets": 3})))
    pipeline.run_all(plan(run, changed), Local())
    assert changed_fits(run, times) == {"b-fold0", "b-fold1"}
    assert warnings_of(caplog) == ["b: settings changed: fitted again"]
    assert results(run)["oof.csv"] != before["oof.csv"]
    assert load_experiment(Run.open(run / "runs", "r")).member("b").arguments["minimum_tweets"] == 3
    pipeline.run_all(plan(run), Local())  # and back
    assert results(run) == before


def test_members_may_come_and_go(run, caplog):
    times = fits(run)
    alone = replace(EXPERIMENT, members=(A,), ensemble=("a",))
    pipeline.run_all(plan(run, alone), Local())
    assert list(pd.read_csv(run / "runs" / "r" / "oof.csv").columns) == ["id", "label", "fold", "a", "ensemble"]
    more = replace(EXPERIMENT, members=(A, B, replace(B, name="c")), ensemble=("a", "b", "c"))
    pipeline.run_all(plan(run, more), Local())
    assert changed_fits(run, times) == {"c-fold0", "c-fold1"}
    assert warnings_of(caplog) == []


def test_another_blender_fits_no_member_again(run):
    before, times = results(run), fits(run)
    pipeline.run_all(plan(run, replace(EXPERIMENT, blender="logistic")), Local())
    assert not changed_fits(run, times)
    assert results(run)["oof.csv"] != before["oof.csv"]


def test_another_reference_is_split_again(run):
    splits = run / "runs" / "r" / "work" / "splits.csv"
    before = splits.read_bytes()
    pipeline.train(plan(run, replace(EXPERIMENT, blender="logistic")), Local())
    assert splits.read_bytes() == before
    pipeline.train(plan(run, replace(EXPERIMENT, reference="b")), Local())
    assert splits.read_bytes() != before


def test_a_comment_and_a_new_architecture_leave_a_run_finished_or_its_fits_as_they_are(run, monkeypatch, tmp_path):
    before, times = results(run), fits(run)
    edit(monkeypatch, tmp_path, "training/fit.py", '"""Fit one', '# A comment.\n"""Fit one')
    assert plan(run).is_finished
    edit(
        monkeypatch,
        tmp_path,
        "models/linear.py",
        "def nb_logistic(",
        "def third(*, C: float = 1.0):\n    return C\n\n\ndef nb_logistic(",
    )
    edit(
        monkeypatch,
        tmp_path,
        "models/linear.py",
        '"nb_logistic": nb_logistic',
        '"nb_logistic": nb_logistic, "third": third',
    )
    assert not plan(run).is_finished
    pipeline.run_all(plan(run), Local())
    assert not changed_fits(run, times)
    assert results(run) == before
    assert plan(run).is_finished


def test_a_changed_architecture_concerns_its_members_only(run, monkeypatch, tmp_path, caplog):
    times = fits(run)
    edit(monkeypatch, tmp_path, "models/linear.py", "1 + np.bincount", "2 - 1 + np.bincount")
    with pytest.raises(UserError, match=r"the code of a-fold0 changed since it was fitted, .* train stage again"):
        load_experiment(Run.open(run / "runs", "r"))
    pipeline.run_all(plan(run), Local())
    assert changed_fits(run, times) == {"a-fold0", "a-fold1"}
    assert warnings_of(caplog) == ["a: code changed: fitted again"]


def test_shared_code_concerns_all_members(run, monkeypatch, tmp_path, caplog):
    edit(monkeypatch, tmp_path, "training/fit.py", "PREDICTION_BATCH = 4096", "PREDICTION_BATCH = 4097")
    pipeline.train(plan(run), Local())
    assert warnings_of(caplog) == ["a: code changed: fitted again", "b: code changed: fitted again"]


def test_a_report_of_other_models_than_the_run_has_is_refused_until_they_are_blended(run):
    changed = replace(EXPERIMENT, members=(A, replace(B, arguments={"minimum_tweets": 3})))
    trained = pipeline.train(plan(run, changed), Local())
    assert not plan(run, changed).is_finished
    with pytest.raises(UserError, match=r"the scores are not those of the models in the run, .* blend stage first"):
        pipeline.report(trained)
    pipeline.finish(trained, Local())
    pipeline.report(trained)
    assert plan(run, changed).is_finished


@pytest.mark.parametrize("change", [{"seed": 4}, {"limit": 300}, {"folds": 3}, {"holdout": 0.1}])
def test_what_concerns_all_members_is_refused_before_the_tweets_are_read(run, change):
    (name,) = change
    with pytest.raises(UserError, match=rf"run r has other settings \({name}: .* use another name: --run r-2"):
        plan(run, replace(EXPERIMENT, **change))


def test_other_versions_are_refused(run, monkeypatch):
    monkeypatch.setattr(identity, "versions", lambda: {"keras": "9"})
    with pytest.raises(UserError, match=r"run r has other versions \(.*keras: \S+ there, 9 here"):
        plan(run)


def failing(error):
    def read(*_):
        raise error

    return read


@pytest.mark.parametrize("stage", ["read", "prepare"])
@pytest.mark.parametrize("error", [UserError("no tweets"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_a_failed_start_leaves_no_new_folder_and_keeps_an_old_one(run, monkeypatch, stage, error):
    monkeypatch.setattr(pipeline, stage, failing(error))
    with pytest.raises(type(error)):
        pipeline.train(plan(run, name="new"), Local())
    assert not (run / "runs" / "new").exists()
    before = results(run)
    with pytest.raises(type(error)):
        pipeline.train(plan(run), Local())
    assert results(run) == before
    (run / "runs" / "mine").mkdir()
    with pytest.raises(type(error)):
        pipeline.train(plan(run, name="mine"), Local())
    assert (run / "runs" / "mine").is_dir()


def test_a_plan_writes_nothing(run):
    plan(run, name="new")
    with pytest.raises(UserError):
        plan(run, name="x/y")
    assert [path.name for path in (run / "runs").iterdir() if path.is_dir()] == ["r"]


def test_a_start_beside_a_running_one_does_not_remove_its_folder(run, monkeypatch):
    """The folder appears after the second process has looked, and before it asks for the lock."""
    second, first = plan(run, name="new"), plan(run, name="new")
    locked = []
    real = Run.open

    def open_after_another(*place):
        locked.append(real(*place))
        return real(*place)

    monkeypatch.setattr(Run, "open", open_after_another)
    with pytest.raises(UserError, match="is at work there"):
        pipeline.train(second, Local())
    assert first.folder.exists()
