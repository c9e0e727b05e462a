"""The stages of a run of two linear members on a few tweets, in this process: what they hand to one another."""

import csv
import math

import numpy as np
import pandas as pd
import pytest

from sentiment140 import pipeline
from sentiment140.data.locate import DataRequest
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE
from sentiment140.data.tables import ROWS, unseen_tables
from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.executors.local import Local
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.loading import OOF
from sentiment140.plan import plan_run
from sentiment140.runs.run import Folders
from sentiment140.serving.predictor import Predictor

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=8)
MEMBERS = (  # in another order than in the ensemble
    Member("a", "nb_logistic", {"C": 0.3, "ngrams": 1, "minimum_tweets": 2}, TEXT),
    Member("b", "tfidf_logistic", {"minimum_tweets": 1}, TEXT),
)
STUDENT = Member("student", "cnn", {"filters": 2}, TEXT, VectorSettings("random.4d"), FitSettings(epochs=1))
SEED = 3


def make_run(folder, student=None):
    """A run with trained and blended members: 240 texts with a copy of each, a fifth held out, and 30 test tweets."""
    random = np.random.default_rng(0)
    words = [["good", "fine", "happy", "sunny"], ["bad", "sad", "awful", "rainy"], ["day", "so", "now"]]
    rows = []
    for number in range(240):
        label = int(random.integers(2))
        seen = label if random.random() < 0.8 else 1 - label
        known = [*random.choice(words[1 - seen], 2), *random.choice(words[2], 2)]
        text = f"{' '.join(known)} {chr(97 + number // 26)}x {chr(97 + number % 26)}y"
        rows += [(4 * label, 1000 - 2 * number, text), (4 * label, 2001 - 2 * number, text)]
    test = [(2 * (number % 3), 7, f"{' '.join(random.choice(words[number % 2], 3))} test") for number in range(30)]
    for name, tweets in ((TRAIN_FILE, rows), (TEST_FILE, test)):
        with (folder / name).open("w", encoding="latin-1", newline="") as file:
            csv.writer(file).writerows([label, number, "", "NO_QUERY", "", text] for label, number, text in tweets)
    experiment = Experiment("p", SEED, 3, 0, "logistic", "a", ("b", "a"), MEMBERS, holdout=0.2, student=student)
    plan = plan_run(Folders(folder / "runs", folder / "data"), "r", experiment, DataRequest(str(folder)))
    run = pipeline.train(plan, Local())
    pipeline.blend(run)
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = make_run(tmp_path_factory.mktemp("tweets"))
    pipeline.predict(run)
    return run


@pytest.fixture(scope="module")
def scores(run):
    return pipeline.evaluate(run)


def by_key(run, member, part):
    """The predictions of a member by key, for each fold."""
    return [dict(run.read_fit(f"{member}-fold{fold}", part).tolist()) for fold in range(3)]


def test_out_of_fold_probabilities_are_those_of_the_model_that_has_not_seen_the_fold(run):
    oof, rows = run.read_table(OOF), run.read_table(ROWS)
    assert oof[["id", "label", "fold"]].equals(rows[["id", "label", "fold"]])
    for member in ("a", "b"):
        predicted = by_key(run, member, "validation")
        expected = [predicted[fold][number] for number, fold in zip(oof["id"], oof["fold"], strict=True)]
        assert oof[member].to_numpy() == pytest.approx(expected, abs=1e-6)


def test_probabilities_of_test_tweets_are_means_over_the_folds_and_those_of_the_exported_model(run, scores):
    predictions = run.read_table("predictions.csv")
    for member in ("a", "b"):
        expected = pd.DataFrame(by_key(run, member, "test")).mean()[list(range(30))]
        assert predictions[member].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)
    pipeline.export(run, scores, Local())
    exported = Predictor.load(run.folder, "best").probability(predictions["text"])
    assert exported == pytest.approx(predictions["probability"].to_numpy(), abs=1e-5)


def test_intervals_and_p_values_are_by_text(run, scores):
    """Each text has two copies. Intervals by tweet would be narrower by a factor of the square root of 2."""

    def relative_width(accuracy, tweets):
        """The width of the interval, relative to the binomial one of as many tweets without copies."""
        return (accuracy.high - accuracy.low) / (2 * 1.96 * math.sqrt(accuracy.value * (1 - accuracy.value) / tweets))

    rows, holdout = run.read_table(ROWS), unseen_tables(run)["holdout"]
    assert (rows.groupby("text")["text_group"].nunique() == 1).all()
    assert rows["text_group"].nunique() * 2 == len(rows)
    assert [pair.n for pair in scores.pairs] == [len(rows) / 2] * 3
    for name in ("a", "b", ENSEMBLE):
        assert scores.oof[name].n == len(rows)
        assert relative_width(scores.oof[name].overall["accuracy"], len(rows)) > 1.2
        assert relative_width(scores.holdout[name].overall["accuracy"], len(holdout)) > 1.2
    for accuracy in (
        scores.slices["text has copies"].columns[ENSEMBLE]["accuracy"],
        scores.calibration["a"].before["accuracy"],
        scores.calibration["a"].after["accuracy"],
    ):
        assert relative_width(accuracy, len(rows)) > 1.2


class Recorder(Local):
    """An executor that records what the tasks share and runs none of them."""

    def run(self, function, tasks, shared, watch=None):
        self.tasks, self.shared = list(tasks), shared
        return iter(())


def test_the_student_is_taught_the_ensembles_out_of_fold_probabilities(tmp_path):
    run, executor = make_run(tmp_path, STUDENT), Recorder()
    pipeline.distill(run, executor)
    (student,) = executor.tasks
    assert student.name == "student"
    oof = run.read_table(OOF)
    assert executor.shared.targets.tolist() == oof[ENSEMBLE].tolist()
    assert len(executor.shared.tweets) == len(oof)
    for part, table in unseen_tables(run).items():
        keys, ids = executor.shared.unseen[part]
        assert keys.tolist() == table["key"].tolist()
        assert len(ids) == len(table)
