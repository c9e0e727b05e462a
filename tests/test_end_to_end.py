"""The commands, run for real on synthetic tweets: what they write, and that it is honest and repeatable."""

import csv
import html
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from benchmarks.checkout import differences, numbers
from sentiment140.cli.ablate import BASELINE
from sentiment140.data.locate import NO_TEST_TWEETS
from sentiment140.data.sources import COLUMNS, TEST_FILE, TRAIN_FILE
from sentiment140.ensemble.blend import Ensembles
from sentiment140.errors import UserError
from sentiment140.runs import source
from sentiment140.runs.names import run_name
from sentiment140.serving.predictor import Predictor

ABLATION = """
# The real one with a smaller network in every variant.
base = "ablation"
folds = 2
limit = 400

[members.baseline]
architecture = "cnn"
arguments = { filters = 4, kernel_sizes = [2] }
text = { max_length = 16, bucket = 16 }
fit = { epochs = 1 }
"""


def tweets_of(checkout, name=TRAIN_FILE) -> pd.DataFrame:
    path = checkout.folder / "data" / "demo" / name
    return pd.read_csv(path, names=COLUMNS, encoding="latin-1", dtype={"text": str}, keep_default_na=False)


def normalized(text: str) -> str:
    """Written again here on purpose: it shares no line with the rule by which the folds are made."""
    text = html.unescape(html.unescape(text)).lower()
    text = re.sub(r"https?://\S+|www\.\S+|@\w+", " ", text)
    return " ".join(re.findall(r"[a-z']+", text))


def test_a_run_writes_every_promised_file(demo_run):
    _, run, _ = demo_run
    written = (
        "experiment.toml oof.csv scores.json submission.csv predictions.csv confident_errors.csv comparison.csv "
        "pairs.csv report.html model/best model/fast work"
    )
    for name in written.split():
        assert (run / name).exists(), name
    assert not list(run.rglob("*.tmp"))


def test_every_file_of_a_demo_run_says_that_it_is_one(demo_run):
    _, run, printed = demo_run
    assert run.name.startswith("demo-")
    assert "DEMO" in printed.splitlines()[1]
    for name in ("oof.csv", "submission.csv", "predictions.csv"):
        assert (pd.read_csv(run / name)["data"] == "demo").all()
    assert "DEMO" in (run / "experiment.toml").read_text().splitlines()[0]
    assert "DEMO" in (run / "report.html").read_text()
    assert json.loads((run / "scores.json").read_text())["data"]["source"] == "demo"
    assert json.loads((run / "model" / "best" / "manifest.json").read_text())["data"] == "demo"
    ledger = pd.read_csv(run.parent / "ledger.csv").set_index("run")
    assert str(ledger.loc["demo-tiny", "data"]).startswith("demo")


def test_compare_prints_and_writes_the_table_of_the_course_models(checkout, run_here):
    members = "course_dnn,course_assignment"
    small = ("--data", "demo", "--limit", 400, "--folds", 2, "--workers", 1)
    done = run_here("compare", *small, "--members", members)
    assert done.returncode == 0, done.stderr.decode()
    table = pd.read_csv(checkout.submission("demo-course") / "comparison.csv")
    assert sorted(table["model"]) == sorted(members.split(","))
    assert (table["data"] == "demo").all()
    assert table["validation %"].is_monotonic_decreasing
    pairs = pd.read_csv(checkout.submission("demo-course") / "pairs.csv")
    assert len(pairs) == 4 * 3 / 2  # with the reference and the ensemble
    assert ((pairs["p"] > 0) & (pairs["p"] <= 1)).all()
    for words in ("course_dnn", "best epoch", "McNemar"):
        assert words in done.stdout.decode()


def test_ablate_compares_every_variant_with_the_baseline(checkout, run_here):
    (checkout.folder / "ablation.toml").write_text(ABLATION)
    small = ("--preset", "ablation.toml", "--data", "demo", "--seeds", 1, "--workers", 1)
    done = run_here("ablate", *small, "--members", "punctuation_removed,vectors_random")
    assert done.returncode == 0, done.stderr.decode()
    table = pd.read_csv(checkout.folder / "submissions" / "demo-ablation.csv")
    assert table["variant"][0] == BASELINE
    assert sorted(table["variant"][1:]) == ["punctuation_removed", "vectors_random"]
    assert (table["data"] == "demo").all()
    assert "punctuation_removed" in done.stdout.decode()
    assert checkout.submission("demo-ablation-seed0").is_dir()


def test_the_learning_curve_has_every_size_and_is_drawn_in_the_report_of_the_last(checkout, run_here):
    sizes = ("--data", "demo", "--sizes", "500,900", "--preset", "small.toml", "--members", "tfidf_logistic")
    done = run_here("learning-curve", *sizes, "--workers", 1)
    assert done.returncode == 0, done.stderr.decode()
    run = checkout.submission("demo-small-900")
    table = pd.read_csv(run / "learning_curve.csv")
    assert table.groupby("model")["tweets"].nunique().to_dict() == {"tfidf_logistic": 2, "ensemble": 2}
    assert ((table["low"] <= table["accuracy"]) & (table["accuracy"] <= table["high"])).all()
    assert "Accuracy by number of tweets" in (run / "report.html").read_text()


def test_ablate_needs_a_baseline_in_its_preset(run_here):
    done = run_here("ablate", "--preset", "standard")
    assert done.returncode == 2
    assert f'error: no member "{BASELINE}" to compare the others with' in done.stderr.decode()


def test_oof_has_one_row_per_tweet_and_one_probability_per_member(demo_run):
    checkout, run, _ = demo_run
    oof = pd.read_csv(run / "oof.csv")
    members = ["conv_bilstm", "conv_lstm_finetuned", "nb_logistic", "tfidf_logistic", "ensemble"]
    assert list(oof.columns) == ["id", "label", "fold", *members, "data"]
    assert oof["id"].is_unique
    held_out = pd.read_csv(run / "work" / "holdout.csv")
    assert 1475 < len(oof) + len(held_out) <= 1500  # without copies of test tweets
    assert 100 < len(held_out) < 200
    assert oof[members].apply(lambda column: column.between(0, 1).all()).all()
    labels = tweets_of(checkout).set_index("id")["target"] // 4
    assert (oof["label"] == oof["id"].map(labels)).all()
    assert abs(oof["label"].mean() - 0.5) < 0.01  # a stratified draw, not the head of a sorted file


def test_no_copy_of_a_tweet_was_in_the_training_part_of_its_models(holdout_run):
    """On the files: a fold's model was trained on all rows of the other folds, so copies must share a fold."""
    checkout, run = holdout_run
    oof, held_out = pd.read_csv(run / "oof.csv"), pd.read_csv(run / "work" / "holdout.csv")
    texts = tweets_of(checkout).set_index("id")["text"]
    keys = oof["id"].map(texts).map(normalized)
    assert keys.duplicated().sum() > 10, "the corpus must hold copies, else this test shows nothing"
    assert (oof.groupby(keys)["fold"].nunique() == 1).all()
    for unseen in (tweets_of(checkout, TEST_FILE)["text"], held_out["text"]):
        assert not set(keys) & set(unseen.map(normalized))


def test_random_labels_are_not_learned(checkout, run_here, tmp_path):
    """Random labels on nonsense texts, each written twice: a leak would show as an accuracy far above one half."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(1500):
        word, label = f"w{number}", int(random.integers(2)) * 4
        for copy, text in enumerate((f"@someone {word} {word}x", f"{word.upper()} {word}X!!! http://a.b/c")):
            rows.append((label, 10 * number + copy, "", "NO_QUERY", f"user{number}", text))
    with (tmp_path / TRAIN_FILE).open("w", newline="", encoding="latin-1") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(sorted(rows))
    done = run_here(
        "run", "--preset", "small.toml", "--members", "tfidf_logistic", "--folds", 2, "--limit", 0, "--run", "leak",
        "--holdout", 0.2, "--data", tmp_path, "--workers", 1,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    scores = json.loads((checkout.submission("leak") / "scores.json").read_text())
    found, held_out = scores["oof"]["ensemble"], scores["holdout"]["ensemble"]
    assert 0.45 < found["overall"]["accuracy"]["value"] < 0.55
    assert 0.4 < held_out["overall"]["accuracy"]["value"] < 0.6
    assert found["n"] + held_out["n"] == 3000
    assert 500 < held_out["n"] < 700
    assert f"{held_out['n']:,} held-out tweets" in done.stdout.decode()
    assert not (checkout.submission("leak") / "submission.csv").exists()  # no test file, so none
    assert NO_TEST_TWEETS in done.stderr.decode()
    assert NO_TEST_TWEETS in done.stdout.decode()


def test_held_out_tweets_are_scored_as_the_predictor_scores_new_ones(holdout_run):
    _, run = holdout_run
    held_out, predictions = pd.read_csv(run / "work" / "holdout.csv"), pd.read_csv(run / "predictions.csv")
    scores = json.loads((run / "scores.json").read_text())
    for quality, column, of_test in (("best", "ensemble", "probability"), ("fast", "fast", "fast")):
        predictor = Predictor.load(run, quality, emoji=False, emoticons=False)
        found = scores["holdout"][column]
        assert found["n"] == len(held_out) > 400
        probability = predictor.probability(held_out["text"])
        # Tables are kept in half precision, and the exported calibration is fitted on both halves of these texts.
        expected = pytest.approx(log_loss(held_out["label"], probability), abs=1e-3)
        assert found["overall"]["log_loss"]["value"] == expected
        assert predictor.probability(predictions["text"]) == pytest.approx(predictions[of_test], abs=1e-4)
        assert predictor.manifest.scores["holdout"].n == len(held_out)
    ensemble = msgspec.json.decode((run / "work" / "ensemble.json").read_text(), type=Ensembles).one_fold
    fits = [np.load(run / "work" / "fits" / f"tfidf_logistic-fold{fold}" / "holdout.npy") for fold in range(2)]
    of_folds = [ensemble.apply(fit["probability"][:, None]) for fit in fits]
    accuracies = [((probability >= 0.5) == held_out["label"]).mean() for probability in of_folds]
    assert scores["holdout_one_fold_accuracy"] == pytest.approx(np.mean(accuracies))
    assert not set(held_out["id"]) & set(pd.read_csv(run / "oof.csv")["id"])


def test_scores_are_those_of_the_oof_file(demo_run):
    _, run, _ = demo_run
    oof, scores = pd.read_csv(run / "oof.csv"), json.loads((run / "scores.json").read_text())
    for column in ("conv_lstm_finetuned", "ensemble"):
        accuracy = ((oof[column] >= 0.5) == oof["label"]).mean()
        assert scores["oof"][column]["overall"]["accuracy"]["value"] == pytest.approx(accuracy, abs=1e-9)
        assert scores["oof"][column]["n"] == len(oof)
    assert scores["hand_labeled"]["ensemble"]["n"] == 359
    assert {entry["member"] for entry in scores["history"]} == {"conv_lstm_finetuned", "conv_bilstm"}


def test_submission_has_the_columns_of_the_competition(demo_run):
    _, run, _ = demo_run
    submission, predictions = pd.read_csv(run / "submission.csv"), pd.read_csv(run / "predictions.csv")
    assert list(submission.columns) == ["id", "target", "data"]  # the last in demo runs only
    assert len(submission) == 498
    assert set(submission["target"]) <= {0, 4}
    assert (submission["target"] == np.where(predictions["probability"] >= 0.5, 4, 0)).all()


def test_predict_gives_the_probabilities_of_the_run(demo_run):
    """One path for OOF, test and serving: exported models give what the trained ones gave, up to the rounded tables."""
    checkout, run, _ = demo_run
    predictions = pd.read_csv(run / "predictions.csv", keep_default_na=False)
    predictions[["id", "text"]].to_csv(checkout.folder / "again.csv", index=False)
    bare = ("--emoji", "off", "--emoticons", "off")
    done = checkout.run("predict.py", "--input", "again.csv", "--quality", "best", "--model", run, *bare)
    assert done.returncode == 0, done.stderr.decode()
    scored = pd.read_csv(io.BytesIO(done.stdout), keep_default_na=False)
    assert list(scored.columns) == ["id", "text", "sentiment", "probability"]
    assert np.abs(scored["probability"] - predictions["probability"]).max() < 1e-4


def stopped(checkout, name, sent, fits_done, *arguments):
    """(exit code, last line printed) of a start of a run that is sent a signal once so many fits are done."""
    fits = checkout.submission(name) / "work" / "fits"
    # Wait for at least one new fit. Before that, Python may not have installed the handler of the signal.
    fits_done = max(fits_done, len(list(fits.glob("[!.]*/fit.json"))) + 1)
    with subprocess.Popen(
        checkout.command("run_all.py", "--run", name, *arguments),
        cwd=checkout.folder, env=checkout.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True, text=True,
    ) as process:  # fmt: skip
        while process.poll() is None and not len(list(fits.glob("[!.]*/fit.json"))) >= fits_done:
            time.sleep(0.01)
        os.killpg(process.pid, sent)  # as a terminal does: to the workers as well
        printed = process.stderr.read()
    assert "Traceback" not in printed
    print(printed)  # shown where the test fails
    return process.returncode, printed.splitlines()[-1]


def test_a_run_that_is_stopped_and_killed_ends_with_the_same_numbers_whatever_the_number_of_workers(demo_run):
    checkout, run, _ = demo_run  # a run in one process
    arguments = ("--preset", run / "experiment.toml", "--data", "demo")  # as written by that run
    two, one = (*arguments, "--workers", 2), (*arguments, "--workers", 1)
    fits = checkout.submission("demo-again") / "work" / "fits"
    way_on = "stopped: the same command continues where it was"
    assert stopped(checkout, "demo-again", signal.SIGINT, 1, *two) == (130, way_on)
    assert stopped(checkout, "demo-again", signal.SIGTERM, 3, *one) == (143, way_on)
    assert stopped(checkout, "demo-again", signal.SIGKILL, 5, *one)[0] == -signal.SIGKILL
    # A terminal that is closed. The networks come last: two processes fit them at the same time.
    assert stopped(checkout, "demo-again", signal.SIGHUP, 7, *two) == (129, way_on)
    finished = {path.parent.name: path.stat().st_mtime_ns for path in fits.glob("[!.]*/fit.json")}
    models = [name for name in finished if not name.startswith("word2vec")]
    assert 3 <= len(models) < 8
    damaged = next(name for name in models if "logistic" in name)
    del finished[damaged]
    weights = fits / damaged / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    done = checkout.run("run_all.py", "--run", "demo-again", *one)  # another worker would load TensorFlow twice
    assert done.returncode == 0, done.stderr.decode()
    assert f"{damaged} is damaged: fitted again" in done.stderr.decode()
    for name, written in finished.items():
        assert (fits / name / "fit.json").stat().st_mtime_ns == written, f"{name} was fitted again"
    again = checkout.submission("demo-again")
    assert differences(again, numbers(run)) == []
    assert (again / "experiment.toml").read_bytes() == (run / "experiment.toml").read_bytes()
    assert not list(again.rglob("*.tmp"))


def test_the_stages_one_by_one_give_the_same_run(demo_run, run_here):
    checkout, run, _ = demo_run
    chosen = ("--preset", "tiny.toml", "--members", "tfidf_logistic,conv_lstm_finetuned", "--data", "demo")
    staged = ("--run", "demo-staged")
    assert run_here("fetch", *chosen).returncode == 0
    assert run_here("train", *chosen, *staged, "--workers", 1).returncode == 0
    assert checkout.run("blend.py", *staged, "--workers", 1).returncode == 0  # a process that has not trained
    assert run_here("report", *staged).returncode == 0
    oof, whole = (pd.read_csv(folder / "oof.csv") for folder in (checkout.submission("demo-staged"), run))
    assert list(oof.columns) == ["id", "label", "fold", "conv_lstm_finetuned", "tfidf_logistic", "ensemble", "data"]
    for member in ("conv_lstm_finetuned", "tfidf_logistic"):  # a member's numbers do not depend on the others
        assert (oof[member] == whole[member]).all()


def test_the_work_of_a_finished_run_may_be_deleted(demo_run):
    checkout, run, _ = demo_run
    copy = shutil.copytree(run, checkout.submission("demo-finished"), ignore=shutil.ignore_patterns("work"))
    done = checkout.run("predict.py", "--model", copy, "good day")
    assert done.returncode == 0, done.stderr.decode()


def test_a_script_runs_the_package_of_its_own_checkout(checkout, tmp_path):
    (tmp_path / "sentiment140").mkdir()
    (tmp_path / "sentiment140" / "__init__.py").write_text("raise SystemExit('the package of another checkout')")
    done = checkout.run("train.py", "--help", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()


def test_another_experiment_under_the_same_name_is_refused(demo_run, run_here):
    _, run, _ = demo_run
    before = (run / "oof.csv").read_bytes()
    done = run_here("run", "--preset", "tiny.toml", "--seed", 1)
    assert done.returncode == 2
    expected = "run demo-tiny has other settings (seed: 0 there, 1 here)"
    assert expected in done.stderr.decode()
    assert "use another name: --run demo-tiny-2" in done.stderr.decode()
    assert (run / "oof.csv").read_bytes() == before


def test_stages_after_training_refuse_models_that_other_code_fitted(demo_run, run_here, monkeypatch):
    checkout, run, _ = demo_run
    before = (run / "oof.csv").read_bytes()
    package = checkout.folder / "src" / "sentiment140"
    file = package / "training" / "batches.py"
    code = file.read_text()
    monkeypatch.setattr(source, "PACKAGE", package)  # for the commands that run in this process
    try:
        file.write_text(code + "# changed since\n")
        assert run_here("report", "--run", run.name).returncode == 0
        file.write_text(code + "changed_since = True\n")
        refused = [run_here(command, "--run", run.name) for command in ("blend", "report")]
    finally:
        file.write_text(code)
    for done in refused:
        assert done.returncode == 2
        assert "the code of nb_logistic-fold0 changed since it was fitted" in done.stderr.decode()
        assert "run the train stage again: it fits what has changed" in done.stderr.decode()
    assert (run / "oof.csv").read_bytes() == before


def test_a_finished_run_typed_again_says_so_without_loading_what_training_needs(demo_run):
    checkout, run, printed = demo_run
    code = (
        "import sys; sys.argv = ['run', '--preset', 'tiny.toml', '--workers', '2']\n"
        "from sentiment140.cli import main\n"
        "try:\n    main('run')\n"
        "finally:\n    print(sorted({'tensorflow', 'keras', 'pandas', 'sklearn'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout.folder, env=checkout.environment(), capture_output=True, check=False
    )
    first, *table, loaded = done.stdout.decode().splitlines()
    assert first == f"run {run.name} is finished: nothing to do"
    assert table[1:] == printed.splitlines()
    assert loaded == "[]"
    assert ": CSV, utf-8, commas; the published columns; negative" in done.stderr.decode()
    assert "; rows read: " in done.stderr.decode()


def test_a_run_ends_with_its_files_what_to_type_next_and_that_it_is_a_demo(demo_run):
    checkout, run, printed = demo_run
    lines = printed.splitlines()
    shown = run.relative_to(checkout.folder)
    files = [shown / name for name in ("report.html", "oof.csv", "scores.json", "predictions.csv", "submission.csv")]
    after = [
        *map(str, files),
        "",
        "next:",
        f'  python scripts/predict.py --model {shown} "I love it"',
        f"  python scripts/serve.py --model {shown}",
        "",
        "DEMO RUN: synthetic tweets, not a result on Sentiment140",
    ]
    assert lines[-len(after) :] == after
    assert any(line.startswith("fast ") for line in lines)
    for command in after[-4:-2]:
        assert (checkout.folder / command.split()[1]).exists()


def test_a_run_on_real_tweets_cannot_be_named_like_a_demo_run():
    with pytest.raises(UserError, match="cannot name a run on real tweets"):
        run_name("demo-mine", "real")
    assert run_name("mine", "demo") == run_name("demo-mine", "demo") == "demo-mine"


def test_experiment_toml_holds_every_setting(demo_run):
    _, run, _ = demo_run
    written = tomllib.loads((run / "experiment.toml").read_text())
    assert written["members"]["conv_lstm_finetuned"]["fit"]["learning_rate"] == 6e-3
    assert written["members"]["conv_lstm_finetuned"]["arguments"]["pool_size"] == 2
    assert written["folds"] == 2
    assert "base" not in written


MISTAKES = [
    (["--preset", "quik"], 'unknown preset "quik": did you mean quick?'),
    (["--members", "conv_lstm_trianed"], "did you mean conv_lstm_finetuned?"),
    (["--folds", "1"], "folds must be at least 2"),
    (["--folds", "200"], "folds must be at most 100"),
    (["--seed", "5000000000"], "seed must be at most"),
    (["--data", "demo", "--limit", "1"], "--limit 1"),
    (["--run", ""], '"" cannot name a run'),
    (["--run", "ledger.csv"], "cannot name a run"),
    (["--limit", "-5"], "limit must be at least 0"),
    (["--set", "fold=3"], "did you mean folds?"),
    (["--set", "folds=4", "--set", "folds"], '"folds" is not of the form key=value'),
    (["--data", "no/such/folder"], "no/such/folder"),
    (["--data", "demo", "--run", "../elsewhere"], "cannot name a run"),
    (["--test", "no/such/file.csv"], "no such file, --test no/such/file.csv"),
    (["--data", "real"], "tweets"),
]


def assert_one_line(done, message):
    printed = done.stderr.decode().strip()
    assert done.returncode == 2
    assert message in printed
    assert printed.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in printed


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_a_mistake_gets_one_line_and_exit_code_2(run_here, arguments, message):
    assert_one_line(run_here("run", *arguments), message)


def test_a_mistake_ends_the_process_of_the_command(checkout):
    arguments, message = MISTAKES[-1]
    assert_one_line(checkout.run("run_all.py", *arguments), message)
