"""The stages of a run of two linear members on a few tweets, in this process: what they hand to one another."""

import csv
import logging
import math

import numpy as np
import pandas as pd
import pytest

from sentiment140 import pipeline
from sentiment140.data import locate
from sentiment140.data.about import about
from sentiment140.data.files import DataFile
from sentiment140.data.locate import NO_TEST_TWEETS, DataRequest
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE
from sentiment140.data.tables import ROWS, unseen_tables
from sentiment140.data.transfer import DownloadError
from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import ALONE, DEFAULT, LEXICON, RunScores
from sentiment140.executors.local import Local
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.loading import OOF
from sentiment140.plan import plan_run
from sentiment140.report.tables import score_table
from sentiment140.runs import provenance
from sentiment140.runs.run import Folders
from sentiment140.serving import export, judge
from sentiment140.serving.hub import model_card
from sentiment140.serving.model_scores import percent
from sentiment140.serving.predictor import Predictor

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=8)
MEMBERS = (  # in another order than in the ensemble
    Member("a", "nb_logistic", {"C": 0.3, "ngrams": 1, "minimum_tweets": 2}, TEXT),
    Member("b", "tfidf_logistic", {"minimum_tweets": 1}, TEXT),
)
STUDENT = Member("student", "cnn", {"filters": 2}, TEXT, VectorSettings("random.4d"), FitSettings(epochs=1))
SEED = 3


def write_tweets(folder):
    """Write 240 training tweets with a copy of each, and 30 test tweets."""
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


def make_run(folder, student=None, members=MEMBERS, test=None, require_vectors=False):
    """A run with trained and blended members; a fifth of the tweets is held out."""
    experiment = Experiment("p", SEED, 3, 0, "logistic", "a", ("b", "a"), members, holdout=0.2, student=student)
    data = DataRequest(str(folder), test, require_vectors)
    plan = plan_run(Folders(folder / "runs", folder / "data"), "r", experiment, data)
    run = pipeline.train(plan, Local())
    pipeline.blend(run)
    return run


def tweets_in(folder):
    write_tweets(folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = make_run(tweets_in(tmp_path_factory.mktemp("tweets")))
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


SEMEVAL = [("2016test", ("negative", "positive", "neutral")[row % 3], f"so {word} {row}") for row, word in enumerate(
    ["awful", "happy", "now"] * 10
)] + [("2015", "positive", "good")]  # fmt: skip


def test_models_are_scored_on_semevals_tweets_as_predict_scores_them_and_say_so(tmp_path, caplog):
    with (tmp_path / "semeval.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("split", "label", "text"), *SEMEVAL])
    caplog.set_level(logging.INFO)
    run = make_run(tweets_in(tmp_path))
    assert f"tweets labeled by people: {tmp_path / 'semeval.csv'}" in caplog.text
    pipeline.finish(run, Local())
    scores = RunScores.read(run.folder)
    assert list(scores.judges[ENSEMBLE]) == ["holdout", "hand_labeled", "semeval"]
    judge = scores.judges[ENSEMBLE]["semeval"]
    assert {found.n for found in judge.scorings.values()} == {20}
    assert {found.n for found in judge.neutral.values()} == {10}
    texts, labels = [text for _, _, text in SEMEVAL[:30]], [label for _, label, _ in SEMEVAL[:30]]
    expected = {ALONE: {"emoji": False, "emoticons": False}, DEFAULT: {}, LEXICON: {"lexicon": True}}
    for scoring, terms in expected.items():
        predicted = Predictor.load(run.folder, "best", **terms).predict(texts).tolist()
        right = [called == label for called, label in zip(predicted, labels, strict=True) if label != "neutral"]
        assert judge.scorings[scoring].overall["accuracy"].value == pytest.approx(np.mean(right))
    manifest = Predictor.load(run.folder, "best").manifest
    in_manifest = manifest.scores["semeval"]
    assert in_manifest.accuracy == judge.scorings[ALONE].overall["accuracy"]
    assert in_manifest.with_terms[LEXICON].change == judge.scorings[LEXICON].margins["accuracy"].over_tweets
    assert manifest.scores["holdout"].with_terms[DEFAULT].n == scores.holdout[ENSEMBLE].n
    card = model_card(manifest, {})
    assert "| tweets of SemEval 2016, labeled by people | with lexicon | 20 |" in card
    for part in ("hand_labeled", "semeval"):  # the same figures as in the report
        assert manifest.scores[part].neutral == scores.judges[ENSEMBLE][part].neutral
    called = percent(judge.neutral[LEXICON].positive)
    assert f"| tweets of SemEval 2016, labeled by people | with lexicon | 10 | {called} |" in card
    pipeline.report(run)
    assert "people, SemEval 2016" in (run.folder / "report.html").read_text()


def test_other_tweets_labeled_by_people_are_scored_by_the_same_command(tmp_path):
    def plan():
        experiment = Experiment("p", SEED, 3, 0, "logistic", "a", ("b", "a"), MEMBERS, holdout=0.2)
        return plan_run(Folders(tmp_path / "runs", tmp_path / "data"), "r", experiment, DataRequest(str(tmp_path)))

    tweets_in(tmp_path)
    pipeline.run_all(plan(), Local())
    assert plan().is_finished
    assert "semeval" not in RunScores.read(tmp_path / "runs" / "r").judges[ENSEMBLE]
    with (tmp_path / "semeval.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("split", "label", "text"), *SEMEVAL])
    assert not plan().is_finished
    pipeline.run_all(plan(), Local())
    assert plan().is_finished
    assert "semeval" in RunScores.read(tmp_path / "runs" / "r").judges[ENSEMBLE]


def test_without_onnxruntime_one_line_says_what_is_not_scored_and_the_same_command_scores_it_later(
    tmp_path, monkeypatch, caplog
):
    def plan():
        experiment = Experiment("p", SEED, 3, 0, "logistic", "a", ("b", "a"), MEMBERS, holdout=0.2)
        return plan_run(Folders(tmp_path / "runs", tmp_path / "data"), "r", experiment, DataRequest(str(tmp_path)))

    def judges():
        return RunScores.read(tmp_path / "runs" / "r").judges[ENSEMBLE]

    tweets_in(tmp_path)
    with (tmp_path / "semeval.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("split", "label", "text"), *SEMEVAL])
    libraries = tuple(name for name in provenance._LIBRARIES if name != "onnxruntime")
    with monkeypatch.context() as absent:
        absent.setattr(provenance, "_LIBRARIES", libraries)
        absent.setattr(judge, "find_spec", lambda name: None)
        pipeline.run_all(plan(), Local())
    lines = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    expected = "onnxruntime not installed (pip install onnxruntime, then run it again)"
    assert lines == [f"tweets of semeval.csv not scored: {expected}"]
    assert "semeval" not in judges()
    pipeline.run_all(plan(), Local())
    assert "semeval" in judges()
    assert plan().is_finished


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
    run, executor = make_run(tweets_in(tmp_path), STUDENT), Recorder()
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


def test_tweets_without_labels_are_predicted_under_their_own_ids_and_not_scored(tmp_path, caplog):
    rows = [["007", "so good"], ["007", "so bad"], ["NA", ""], ["a\rb", "good @bob"], ["1e5", "good \r day"]]
    with (tmp_path / "mine.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *rows])
    caplog.set_level(logging.INFO)
    run = make_run(tweets_in(tmp_path), test=DataFile(tmp_path / "mine.csv"))
    assert "5 test tweets, which have no labels: they are predicted, not scored" in caplog.text
    pipeline.finish(run, Local())
    assert RunScores.read(run.folder).hand_labeled is None
    pipeline.report(run)
    assert "hand-labeled" not in score_table(RunScores.read(run.folder))
    for name, columns in (("submission.csv", ["id", "target"]), ("predictions.csv", ["id", "text"])):
        with run.path(name).open(newline="") as file:
            header, *written = csv.reader(file)
        assert header[:2] == columns
        assert [row[0] for row in written] == [row[0] for row in rows]
    assert [row[1] for row in written] == [row[1] for row in rows]
    assert run.read_table("predictions.csv")["probability"].between(0, 1).all()
    assert about(run)["notices"] == []


def test_without_test_tweets_the_run_says_so_and_writes_no_predictions(tmp_path, caplog):
    write_tweets(tmp_path)
    (tmp_path / TEST_FILE).unlink()
    caplog.set_level(logging.INFO)
    run = make_run(tmp_path)
    assert NO_TEST_TWEETS in caplog.text
    pipeline.predict(run)
    pipeline.evaluate(run)
    assert about(run)["notices"] == [NO_TEST_TWEETS]
    assert not run.has("submission.csv")
    assert not run.has("predictions.csv")


def offline(vectors, folder):
    raise DownloadError(vectors.name, "no server can be reached", "go online", is_offline=True)


def test_without_the_vectors_of_a_member_it_starts_from_word2vec_until_they_are_there(tmp_path, monkeypatch):
    network = Member("b", "cnn", {"filters": 2}, TEXT, VectorSettings("glove.6B.50d"), FitSettings(epochs=1))
    members = (MEMBERS[0], network)
    monkeypatch.setattr(locate, "download_entry", offline)
    with pytest.raises(UserError, match=r"no vectors glove\.6B\.50d: found none in .*no server can be reached"):
        make_run(tweets_in(tmp_path), members=members, require_vectors=True)
    run = make_run(tmp_path, members=members)
    assert pipeline.load_experiment(run).member("b").vectors == VectorSettings("word2vec.50d")
    assert about(run)["notices"][0].startswith("no vectors glove.6B.50d: b starts from word2vec.50d instead")
    assert run.has_fit("b-fold2")
    pipeline.evaluate(run)
    del run
    vectors = {"good": " 0.1 0.2" * 25, "bad": " 0.2 -0.1" * 25}
    (tmp_path / "glove.6B.50d.txt").write_text("".join(f"{word}{values}\n" for word, values in vectors.items()))
    run = make_run(tmp_path, members=members)
    assert pipeline.load_experiment(run).member("b").vectors == VectorSettings("glove.6B.50d")
    assert about(run)["notices"] == []


def test_without_the_packages_that_convert_networks_no_model_of_an_earlier_start_is_left(tmp_path, monkeypatch, caplog):
    network = Member("b", "cnn", {"filters": 2}, TEXT, VectorSettings("random.4d"), FitSettings(epochs=1))
    (tmp_path / "semeval.csv").write_text("split,label,text\n2016test,positive,good\n2016test,negative,bad\n")
    run = make_run(tweets_in(tmp_path), members=(MEMBERS[0], network))
    run.path("model").mkdir()
    monkeypatch.setattr(export, "_CONVERTERS", ("json", "no_such_package"))
    pipeline.finish(run, Local())
    assert "not exported, the run has no model/: no_such_package not installed" in caplog.text
    assert not run.path("model").exists()
    pipeline.report(run)
    assert not run.has("work/finished.json")
    assert "semeval" not in RunScores.read(run.folder).judges[ENSEMBLE]  # only exported models score its tweets


@pytest.mark.parametrize(("source", "expected"), [("glove.6B.50d", "word2vec.50d"), ("random.4d+glove.6B.50d", None)])
def test_missing_vectors_that_are_one_part_of_a_members_are_replaced_in_place(tmp_path, monkeypatch, source, expected):
    monkeypatch.setattr(locate, "download_entry", offline)
    network = Member("b", "cnn", {"filters": 2}, TEXT, VectorSettings(f"{source}+word2vec.50d"), FitSettings(epochs=1))
    run = make_run(tweets_in(tmp_path), members=(MEMBERS[0], network))
    vectors = pipeline.load_experiment(run).member("b").vectors
    assert vectors.source == (expected or "random.4d+word2vec.50d")  # once, not twice


def test_other_test_tweets_make_another_run(tmp_path):
    (tmp_path / "mine.csv").write_text("id,text\n1,so good\n")
    make_run(tweets_in(tmp_path))
    with pytest.raises(UserError, match=r"other data \(test_tweets: .* there, .* here\).*another name"):
        make_run(tmp_path, test=DataFile(tmp_path / "mine.csv"))


def test_a_file_with_label_and_text_only_makes_a_run_that_says_what_it_lacks(tmp_path):
    rows = [
        (number % 2, f"{'so glad' if number % 2 else 'so sad'} {chr(97 + number % 26)}x{number}y")
        for number in range(120)
    ]
    with (tmp_path / "mine.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("Class", "Tweet"), *rows])
    experiment = Experiment("p", SEED, 2, 0, "logistic", "a", ("b", "a"), MEMBERS, holdout=0.2)
    folders = Folders(tmp_path / "runs", tmp_path / "data")

    def plan(*labels):
        mapping = ColumnMapping.parse(["target=Class,text=Tweet"], labels)
        return plan_run(folders, "r", experiment, DataRequest(str(tmp_path / "mine.csv"), None, False, mapping))

    run = pipeline.train(plan(), Local())
    pipeline.blend(run)
    notices = " ".join(about(run)["notices"])
    assert "the file has no ids: the ids of the training tweets are the numbers of their rows" in notices
    assert "no user and no date: no scores by split strategy" in notices
    oof = run.read_table("oof.csv")
    by_row = pd.Series([label for label, _ in rows], index=range(1, len(rows) + 1))
    assert oof["label"].tolist() == by_row[oof["id"]].tolist()
    del run  # releases its lock
    with pytest.raises(UserError, match=r"run r has other data .*labels: none there, 0=0,1=1 here"):
        pipeline.train(plan("negative=0,positive=1"), Local())
