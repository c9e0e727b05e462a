"""The scripts, run for real on made-up tweets: what they write, and that it is honest and repeatable."""

import csv
import html
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
import tomllib

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from sentiment140 import pipeline
from sentiment140.errors import UserError
from sentiment140.serving.predictor import Predictor
from sentiment140.torture.checkout import differences, numbers

COLUMNS = ["target", "id", "date", "flag", "user", "text"]


def tweets_of(checkout, name="training.1600000.processed.noemoticon.csv") -> pd.DataFrame:
    path = checkout.folder / "data" / "demo" / name
    return pd.read_csv(path, names=COLUMNS, encoding="latin-1", dtype={"text": str}, keep_default_na=False)


def plainly_normalised(text: str) -> str:
    """Written anew here on purpose: it shares no line with the folds' own rule."""
    text = html.unescape(html.unescape(text)).lower()
    text = re.sub(r"https?://\S+|www\.\S+|@\w+", " ", text)
    return " ".join(re.findall(r"[a-z']+", text))


def test_every_promised_file_is_there(demo_run):
    _, run, _ = demo_run
    written = (
        "experiment.toml oof.csv scores.json submission.csv predictions.csv report.html model/best model/fast work"
    )
    for name in written.split():
        assert (run / name).exists(), name
    assert not list(run.rglob("*.tmp"))


def test_a_demo_run_cannot_be_mistaken(demo_run):
    _, run, printed = demo_run
    assert run.name.startswith("demo-")
    assert "DEMO" in printed.splitlines()[1]
    for name in ("oof.csv", "submission.csv", "predictions.csv"):
        assert (pd.read_csv(run / name)["data"] == "demo").all()
    assert "DEMO" in (run / "experiment.toml").read_text().splitlines()[0]
    assert "DEMO" in (run / "report.html").read_text()
    assert json.loads((run / "scores.json").read_text())["data"]["kind"] == "demo"
    assert json.loads((run / "model" / "best" / "manifest.json").read_text())["data"] == "demo"
    ledger = pd.read_csv(run.parent / "ledger.csv").set_index("run")
    assert ledger.loc["demo-tiny", "data"].startswith("demo")


def test_compare_prints_and_keeps_the_table_of_the_courses_models(checkout):
    members = "course_dnn,course_conv,course_assignment"
    done = checkout.run("compare.py", "--data", "demo", "--limit", "600", "--folds", "2", "--members", members)
    assert done.returncode == 0, done.stderr.decode()
    table = pd.read_csv(checkout.submission("demo-course") / "comparison.csv")
    assert sorted(table["model"]) == sorted(members.split(","))
    assert (table["data"] == "demo").all()
    assert table["validation %"].is_monotonic_decreasing
    pairs = pd.read_csv(checkout.submission("demo-course") / "pairs.csv")
    assert len(pairs) == 5 * 4 / 2  # with the reference and the ensemble
    assert ((pairs["p"] > 0) & (pairs["p"] <= 1)).all()
    for words in ("course_dnn", "best epoch", "McNemar"):
        assert words in done.stdout.decode()


def test_ablate_compares_every_variant_with_the_chosen_one(checkout):
    small = ("--data", "demo", "--limit", "600", "--seeds", "1")
    done = checkout.run("ablate.py", *small, "--members", "punctuation_removed,vectors_random")
    assert done.returncode == 0, done.stderr.decode()
    table = pd.read_csv(checkout.folder / "submissions" / "demo-ablation.csv")
    assert table["variant"][0] == "chosen"
    assert sorted(table["variant"][1:]) == ["punctuation_removed", "vectors_random"]
    assert (table["data"] == "demo").all()
    assert "punctuation_removed" in done.stdout.decode()
    assert checkout.submission("demo-ablation-seed0").is_dir()


def test_the_learning_curve_has_every_size_and_is_drawn_in_the_last_ones_report(checkout):
    sizes = ("--data", "demo", "--sizes", "500,900", "--preset", "tiny.toml", "--members", "tfidf_logistic")
    done = checkout.run("learning_curve.py", *sizes)
    assert done.returncode == 0, done.stderr.decode()
    run = checkout.submission("demo-tiny-900")
    table = pd.read_csv(run / "learning_curve.csv")
    assert table.groupby("model")["tweets"].nunique().to_dict() == {"tfidf_logistic": 2, "ensemble": 2}
    assert ((table["low"] <= table["accuracy"]) & (table["accuracy"] <= table["high"])).all()
    assert "Accuracy by number of tweets" in (run / "report.html").read_text()


def test_ablate_needs_a_member_to_compare_with(checkout):
    done = checkout.run("ablate.py", "--preset", "standard")
    assert done.returncode == 2
    assert 'error: no member "chosen" to compare the others with' in done.stderr.decode()


def test_oof_has_a_row_a_tweet_and_a_probability_a_member(demo_run):
    checkout, run, _ = demo_run
    oof = pd.read_csv(run / "oof.csv")
    linear, networks = ["nb_logistic", "nb_logistic_smooth", "tfidf_logistic"], ["cnn", "conv_lstm"]
    members = ["conv_bilstm", "conv_lstm_trained", *linear, *networks, "ensemble"]
    assert list(oof.columns) == ["id", "label", "fold", *members, "data"]
    assert oof["id"].is_unique
    assert 2950 < len(oof) <= 3000  # but for copies of test tweets
    assert oof[members].apply(lambda column: column.between(0, 1).all()).all()
    labels = tweets_of(checkout).set_index("id")["target"] // 4
    assert (oof["label"] == oof["id"].map(labels)).all()
    assert abs(oof["label"].mean() - 0.5) < 0.01  # a stratified draw, not the head of a sorted file


def test_no_copy_of_a_tweet_was_in_its_models_training_part(demo_run):
    """On the file: a fold's model was trained on all rows of the other folds, so copies must share a fold."""
    checkout, run, _ = demo_run
    oof = pd.read_csv(run / "oof.csv")
    texts = tweets_of(checkout).set_index("id")["text"]
    keys = oof["id"].map(texts).map(plainly_normalised)
    assert keys.duplicated().sum() > 10, "the corpus holds copies, else this test shows nothing"
    assert (oof.groupby(keys)["fold"].nunique() == 1).all()
    tested = tweets_of(checkout, "testdata.manual.2009.06.14.csv")["text"].map(plainly_normalised)
    assert not set(keys) & set(tested)


def test_labels_that_cannot_be_learnt_are_not_learnt(checkout, tmp_path):
    """Random labels on nonsense texts, each written twice: a leak would show as an accuracy far above one half."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(1500):
        word, label = f"w{number}", int(random.integers(2)) * 4
        for copy, text in enumerate((f"@someone {word} {word}x", f"{word.upper()} {word}X!!! http://a.b/c")):
            rows.append((label, 10 * number + copy, "", "NO_QUERY", f"user{number}", text))
    with (tmp_path / "training.1600000.processed.noemoticon.csv").open("w", newline="", encoding="latin-1") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(sorted(rows))
    done = checkout.run(
        "run_all.py", "--preset", "tiny.toml", "--members", "tfidf_logistic", "--limit", 0, "--run", "leak",
        "--set-aside", 0.2, "--data", tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    scores = json.loads((checkout.submission("leak") / "scores.json").read_text())
    found, aside = scores["oof"]["ensemble"], scores["set_aside"]["ensemble"]
    assert 0.45 < found["overall"]["accuracy"]["value"] < 0.55
    assert 0.4 < aside["overall"]["accuracy"]["value"] < 0.6
    assert found["n"] + aside["n"] == 3000
    assert 500 < aside["n"] < 700
    assert f"on {aside['n']:,} tweets that no stage has seen" in done.stdout.decode()
    assert not (checkout.submission("leak") / "submission.csv").exists()  # no test file, so none


def test_tweets_set_aside_are_scored_as_the_predictor_scores_new_ones(aside_run):
    _, run = aside_run
    aside, predictions = pd.read_csv(run / "work" / "aside.csv"), pd.read_csv(run / "predictions.csv")
    scores = json.loads((run / "scores.json").read_text())
    for quality, column, of_test in (("best", "ensemble", "probability"), ("fast", "fast", "fast")):
        predictor, found = Predictor.load(run, quality), scores["set_aside"][column]
        assert found["n"] == len(aside) > 400
        probability = predictor.probability(aside["text"])
        # tables are kept in half precision
        assert found["overall"]["log_loss"]["value"] == pytest.approx(log_loss(aside["label"], probability), abs=1e-4)
        assert predictor.probability(predictions["text"]) == pytest.approx(predictions[of_test], abs=1e-4)
        assert predictor.manifest.scores["set_aside"]["n"] == len(aside)
    ensemble = Predictor.load(run, "best").manifest.ensemble
    units = [np.load(run / "work" / "units" / f"tfidf_logistic-fold{fold}" / "test.npy") for fold in range(2)]
    of_folds = [ensemble.apply(unit[len(predictions) :, None]) for unit in units]
    accuracies = [((probability >= 0.5) == aside["label"]).mean() for probability in of_folds]
    assert scores["set_aside_one_fold"]["accuracy"] == pytest.approx(np.mean(accuracies))
    assert not set(aside["id"]) & set(pd.read_csv(run / "oof.csv")["id"])


def test_scores_are_those_of_the_oof_file(demo_run):
    _, run, _ = demo_run
    oof, scores = pd.read_csv(run / "oof.csv"), json.loads((run / "scores.json").read_text())
    for column in ("conv_lstm", "ensemble"):
        accuracy = ((oof[column] >= 0.5) == oof["label"]).mean()
        assert scores["oof"][column]["overall"]["accuracy"]["value"] == pytest.approx(accuracy, abs=1e-9)
        assert scores["oof"][column]["n"] == len(oof)
    assert scores["hand_labelled"]["ensemble"]["n"] == 359
    assert {entry["member"] for entry in scores["history"]} == {"conv_lstm_trained", "conv_bilstm", "cnn", "conv_lstm"}


def test_submission_has_kaggles_shape(demo_run):
    _, run, _ = demo_run
    submission, predictions = pd.read_csv(run / "submission.csv"), pd.read_csv(run / "predictions.csv")
    assert list(submission.columns) == ["id", "target", "data"]  # the last in demo runs only
    assert len(submission) == 498
    assert set(submission["target"]) <= {0, 4}
    assert (submission["target"] == np.where(predictions["probability"] >= 0.5, 4, 0)).all()


def test_predict_gives_the_runs_own_probabilities(demo_run):
    """One path for OOF, test and serving: the exported models answer as the trained did, but for tables halved."""
    checkout, run, _ = demo_run
    predictions = pd.read_csv(run / "predictions.csv", keep_default_na=False)
    predictions[["id", "text"]].to_csv(checkout.folder / "again.csv", index=False)
    done = checkout.run("predict.py", "--input", "again.csv", "--quality", "best", "--model", run)
    assert done.returncode == 0, done.stderr.decode()
    scored = pd.read_csv(io.BytesIO(done.stdout), keep_default_na=False)
    assert list(scored.columns) == ["id", "text", "sentiment", "probability"]
    assert np.abs(scored["probability"] - predictions["probability"]).max() < 1e-4


def stopped(checkout, name, sent, units_done, *arguments):
    """(exit code, last line told) of a run's start that is sent a signal once so many units are done."""
    units = checkout.submission(name) / "work" / "units"
    with subprocess.Popen(
        checkout.command("run_all.py", "--run", name, *arguments),
        cwd=checkout.folder, env=checkout.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True, text=True,
    ) as process:  # fmt: skip
        while process.poll() is None and not len(list(units.glob("[!.]*/unit.json"))) >= units_done:
            time.sleep(0.01)
        os.killpg(process.pid, sent)  # as a terminal does: to the workers as well
        told = process.stderr.read()
    assert "Traceback" not in told
    return process.returncode, told.splitlines()[-1]


def test_a_run_that_is_stopped_and_killed_ends_with_the_same_numbers_whatever_the_number_of_workers(demo_run):
    checkout, run, _ = demo_run
    arguments = ("--preset", run / "experiment.toml", "--data", "demo")  # as written by that run
    units = checkout.submission("demo-again") / "work" / "units"
    way_on = "stopped: the same command continues where it was"
    assert stopped(checkout, "demo-again", signal.SIGINT, 1, *arguments) == (130, way_on)
    assert stopped(checkout, "demo-again", signal.SIGTERM, 3, *arguments) == (143, way_on)
    assert stopped(checkout, "demo-again", signal.SIGKILL, 5, *arguments)[0] == -signal.SIGKILL
    finished = {path.parent.name: path.stat().st_mtime_ns for path in units.glob("[!.]*/unit.json")}
    models = [name for name in finished if not name.startswith("word2vec")]
    assert 3 <= len(models) < 12
    damaged = next(name for name in models if "logistic" in name)
    del finished[damaged]
    weights = units / damaged / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    done = checkout.run("run_all.py", "--run", "demo-again", *arguments, "--workers", 1)
    assert done.returncode == 0, done.stderr.decode()
    assert f"{damaged} is damaged: fitted again" in done.stderr.decode()
    for name, written in finished.items():
        assert (units / name / "unit.json").stat().st_mtime_ns == written, f"{name} was fitted again"
    again = checkout.submission("demo-again")
    assert differences(again, numbers(run)) == []
    assert (again / "experiment.toml").read_bytes() == (run / "experiment.toml").read_bytes()
    assert not list(again.rglob("*.tmp"))


def test_the_stages_one_by_one_give_the_same_run(demo_run):
    checkout, run, _ = demo_run
    chosen = ("--preset", "tiny.toml", "--members", "tfidf_logistic,conv_lstm_trained", "--data", "demo")
    assert checkout.run("fetch.py", *chosen).returncode == 0
    assert checkout.run("train.py", *chosen, "--run", "demo-staged").returncode == 0
    assert checkout.run("blend.py", "--run", "demo-staged").returncode == 0
    assert checkout.run("report.py", "--run", "demo-staged").returncode == 0
    staged, whole = (pd.read_csv(folder / "oof.csv") for folder in (checkout.submission("demo-staged"), run))
    assert list(staged.columns) == ["id", "label", "fold", "conv_lstm_trained", "tfidf_logistic", "ensemble", "data"]
    for member in ("conv_lstm_trained", "tfidf_logistic"):  # a member's numbers do not depend on the others
        assert (staged[member] == whole[member]).all()


def test_of_a_finished_run_the_work_may_be_deleted(demo_run):
    checkout, run, _ = demo_run
    copy = shutil.copytree(run, checkout.submission("demo-finished"), ignore=shutil.ignore_patterns("work"))
    done = checkout.run("predict.py", "--model", copy, "good day")
    assert done.returncode == 0, done.stderr.decode()


def test_a_script_runs_the_package_of_its_own_checkout(checkout, tmp_path):
    (tmp_path / "sentiment140").mkdir()
    (tmp_path / "sentiment140" / "__init__.py").write_text("raise SystemExit('the package of another checkout')")
    done = checkout.run("train.py", "--help", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()


def test_another_experiment_under_the_same_name_is_refused(demo_run):
    checkout, run, _ = demo_run
    before = (run / "oof.csv").read_bytes()
    done = checkout.run("run_all.py", "--preset", "tiny.toml", "--seed", 1)
    assert done.returncode == 2
    assert "experiment.seed: 0 there, 1 here" in done.stderr.decode()
    assert (run / "oof.csv").read_bytes() == before


def test_a_run_that_other_code_began_is_refused(demo_run):
    checkout, run, _ = demo_run
    before = (run / "oof.csv").read_bytes()
    file = checkout.folder / "src" / "sentiment140" / "training" / "batches.py"
    code = file.read_text()
    try:
        file.write_text(code + "# changed since\n")
        refused = [checkout.run("run_all.py", "--preset", "tiny.toml"), checkout.run("blend.py", "--run", run.name)]
    finally:
        file.write_text(code)
    for done in refused:
        assert done.returncode == 2
        assert "this run holds something else (code.training/batches.py: '" in done.stderr.decode()
    assert (run / "oof.csv").read_bytes() == before


def test_a_run_on_other_than_demo_tweets_cannot_be_named_like_a_demo_run():
    with pytest.raises(UserError, match="cannot name a run on real tweets"):
        pipeline.run_name("demo-mine", "real")
    assert pipeline.run_name("mine", "demo") == pipeline.run_name("demo-mine", "demo") == "demo-mine"


def test_experiment_toml_holds_every_setting(demo_run):
    _, run, _ = demo_run
    written = tomllib.loads((run / "experiment.toml").read_text())
    assert written["members"]["conv_lstm_trained"]["fit"]["learning_rate"] == 6e-3
    assert written["members"]["conv_lstm_trained"]["arguments"]["pool_size"] == 2
    assert written["folds"] == 2
    assert "base" not in written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "quik"], 'unknown preset "quik": did you mean quick?'),
        (["--members", "conv_lstm_trianed"], "did you mean conv_lstm_trained?"),
        (["--folds", "1"], "folds must be at least 2"),
        (["--folds", "200"], "folds must be at most 100"),
        (["--seed", "5000000000"], "seed must be at most"),
        (["--data", "demo", "--limit", "1"], "--limit 1"),
        (["--run", ""], '"" cannot name a run'),
        (["--run", "ledger.csv"], "cannot name a run"),
        (["--limit", "-5"], "limit must be at least 0"),
        (["--data", "no/such/folder"], "no/such/folder"),
        (["--data", "demo", "--run", "../elsewhere"], "cannot name a run"),
        (["--data", "real"], "tweets"),
    ],
)
def test_a_mistake_gets_one_line_and_exit_code_2(checkout, arguments, message):
    done = checkout.run("run_all.py", *arguments)
    printed = done.stderr.decode().strip()
    assert done.returncode == 2
    assert message in printed
    assert printed.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in printed
