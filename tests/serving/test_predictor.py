"""The predict command and the Predictor on a real model: every kind of input with its outcome."""

import csv
import io
import json
import pickle
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from sentiment140.errors import UserError
from sentiment140.runs.files import dumps_checked, loads_checked
from sentiment140.serving.manifest import FORMAT, Manifest
from sentiment140.serving.predictor import Predictor
from sentiment140.serving.score_file import Scoring, score_file


def scored(predictor, tmp_path, content: bytes) -> list[list[str]]:
    (tmp_path / "in.csv").write_bytes(content)
    out = io.BytesIO()
    score_file(predictor.folder, str(tmp_path / "in.csv"), None, out, scoring=Scoring())
    return list(csv.reader(io.StringIO(out.getvalue().decode("utf-8", "surrogateescape"), newline="")))


def in_a_pipe(checkout) -> subprocess.Popen:
    return subprocess.Popen(
        checkout.command("predict.py"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=checkout.folder, env=checkout.environment(),
    )  # fmt: skip


def test_three_sentences_on_the_command_line(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "I love it", "not my day :(", "")
    assert done.returncode == 0, done.stderr.decode()
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert [row[2] for row in rows] == ["I love it", "not my day :(", ""]
    assert all(row[0] == ("positive" if float(row[1]) >= 0.5 else "negative") for row in rows)
    assert "DEMO" in done.stderr.decode()  # which model, and that it is no real one


def test_lines_of_standard_input_whatever_their_bytes(demo_run):
    checkout, _, _ = demo_run
    lines = [b"good morning", b"", "❤️❤️🎉".encode(), b"x" * 10_000, b"caf\xe9 \xff\xfe", b"tab\there"]
    done = checkout.run("predict.py", stdin=b"\n".join(lines) + b"\n")
    assert done.returncode == 0, done.stderr.decode()
    printed = done.stdout.split(b"\n")[:-1]
    assert len(printed) == len(lines)
    assert printed[4].endswith(b"\tcaf\xe9 \xff\xfe")  # bytes that are not UTF-8 come out as they went in


def test_a_reader_that_closes_the_pipe_is_no_error(demo_run):
    checkout, _, _ = demo_run
    with in_a_pipe(checkout) as process:
        process.stdout.close()
        process.stdin.write(b"good\n" * 100)
        process.stdin.close()
        printed = process.stderr.read().decode()
    assert process.returncode == 0, printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "absent.csv"], "no such file, absent.csv"),
        (["--input", "src"], "a folder, not a file, src"),
        (["--input", "semicolons.csv"], "separate the columns by commas"),
        (["--input", "good.csv", "--format", "tsv"], "the file seems to be another format: --format csv"),
        (["--input", "good.csv", "--output", "out.jsonl"], "as csv comes back as csv, out.jsonl, end --output in .csv"),
        (["--input", "open.csv"], "line 3 cannot be read"),
        (["--input", "headless.csv"], "its first line seems to be a tweet: put one with the columns' names before it"),
        (["--input", "binary.csv"], "the names of the columns are no text, binary.csv"),
        (["--abstain", "abc", "x"], "must be a number from 0 to 0.5, is abc"),
        (["--model", "nowhere", "--quality", "best", "x"], "no such folder, nowhere, name another with --model"),
        (["--input", "tweets.xlsx"], 'no format is known by the ending ".xlsx"'),
        (["--input", "other.csv", "--format", "jsonlines"], "did you mean jsonl?"),
        (["--input", "other.csv", "--format", "parquet"], "not a Parquet file"),
        (["--abstain", "0.7", "fine"], "must be a number from 0 to 0.5, is 0.7"),
        (["--quality", "best", "--model", "submissions/demo-tiny/model/fast", "fine"], "no model of quality best"),
        (["--input", "other.csv"], "columns: a, b"),
        (["--input", "other.csv", "--column", "c"], 'no column "c" (columns: a, b)'),
        (["--input", "empty.csv"], "the file is empty"),
        (["--input", "ragged.csv"], "line 3 has 3 columns, the header 2"),
        (["--model", "absent", "fine"], "no such folder, absent, name another with --model"),
        (["--input", "other.csv", "a text"], "both texts and --input"),
        (["--output", "x.csv", "a text"], "need --input"),
    ],
)
def test_a_mistake_gets_one_line_and_exit_code_2(demo_run, run_here, arguments, message):
    checkout, _, _ = demo_run
    (checkout.folder / "other.csv").write_text("a,b\n1,2\n")
    (checkout.folder / "good.csv").write_text("n,text\n1,fine\n")
    (checkout.folder / "empty.csv").write_text("")
    (checkout.folder / "headless.csv").write_text('"4","Mon May 11","me","I love it"\n')
    (checkout.folder / "binary.csv").write_bytes(b"\xff\xfei\0d\0,\0t\0e\0x\0t\0\n\0")
    (checkout.folder / "semicolons.csv").write_text("id;text\n1;fine\n")
    (checkout.folder / "open.csv").write_text('text,b\n"good,1\nbad,2\n')
    (checkout.folder / "ragged.csv").write_text("text,b\nx,1\ny,2,3\n")
    output = ["--output", "out.csv"] if "--input" in arguments and "--output" not in arguments else []
    done = run_here("predict", *arguments, *output)
    printed = done.stderr.decode().strip().splitlines()[-1]
    assert done.returncode == 2
    assert "error: " in printed
    assert message in printed
    assert not list(checkout.folder.glob("out.*"))  # written whole or not at all


@pytest.mark.parametrize("target", ["src", "absent/out.csv", "/proc/out.csv"])
def test_an_output_that_cannot_be_written_is_reported(demo_run, target):
    checkout, _, _ = demo_run
    (checkout.folder / "good.csv").write_text("text\nfine\n")
    done = checkout.run("predict.py", "--input", "good.csv", "--output", target)
    assert done.returncode == 2
    assert done.stderr.decode().strip().splitlines()[-1].startswith("error: ")
    assert not (checkout.folder / "absent").exists()


def test_an_input_that_cannot_be_opened_is_reported(predictor, tmp_path, monkeypatch):
    (tmp_path / "in.csv").write_text("text\nfine\n")

    def refuse(*arguments, **settings):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)  # the tests may run as root, who may read everything
    with pytest.raises(UserError, match=r"cannot read \(Permission denied\)"):
        score_file(predictor.folder, str(tmp_path / "in.csv"), None, io.BytesIO(), scoring=Scoring())


def test_the_folder_of_a_run_stands_for_its_model(demo_run):
    checkout, run, _ = demo_run
    assert checkout.run("predict.py", "--model", run, "fine").returncode == 0
    done = checkout.run("predict.py", "--model", run / "model" / "manifest.json", "fine")
    assert done.returncode == 2
    assert b"no such folder" in done.stderr


def test_without_a_finished_run_the_error_says_how_to_get_one(checkout, tmp_path):
    shutil.copytree(checkout.folder / "src", tmp_path / "src")
    shutil.copytree(checkout.folder / "scripts", tmp_path / "scripts")
    done = type(checkout)(tmp_path).run("predict.py", "hello")
    assert done.returncode == 2
    assert "bash scripts/run_all.sh" in done.stderr.decode()


def test_unusual_texts_each_get_a_probability(predictor, tmp_path):
    texts = ["", "🎉🎉", "x" * 10_000, "caf\udce9", "\x00", "@user http://t.co/x", "the of and"]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["n", "text"], *([i, text] for i, text in enumerate(texts))])
    rows = scored(predictor, tmp_path, buffer.getvalue().encode("utf-8", "surrogateescape"))
    assert [row[1] for row in rows[1:]] == texts
    assert all(0 <= float(row[3]) <= 1 for row in rows[1:])


def test_a_byte_order_mark_and_windows_line_ends_are_read(predictor, tmp_path):
    rows = scored(predictor, tmp_path, b"\xef\xbb\xbftext,n\r\ngood,1\r\n\r\nbad,2\r\n")
    assert [row[:2] for row in rows] == [["text", "n"], ["good", "1"], ["bad", "2"]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(), min_size=1, max_size=8))
def test_a_text_has_the_same_probability_alone_and_among_others(predictor, texts):
    together = predictor.probability(texts)
    assert ((together >= 0) & (together <= 1)).all()
    alone = np.array([predictor.probability([text])[0] for text in texts])
    assert np.abs(together - alone).max() < 1e-6


def test_no_texts_give_no_probabilities(predictor):
    assert predictor.probability([]).shape == (0,)
    assert predictor.predict_proba([]).shape == (0, 2)
    assert list(predictor.predict([])) == []


@pytest.mark.parametrize("texts", ["one text", ["good", None], ["good", float("nan")], [b"bytes"]])
def test_anything_but_a_list_of_texts_is_a_type_error(predictor, texts):
    for method in (predictor.probability, predictor.predict, predictor.explain):
        with pytest.raises(TypeError, match="texts are expected"):
            method(texts)


def test_a_predictor_is_the_last_step_of_a_scikit_learn_pipeline(predictor):
    texts = pd.Series(["good day", "bad day", "so good"])
    pipeline = Pipeline([("shout", FunctionTransformer(lambda some: some.str.upper())), ("score", predictor)])
    assert is_classifier(pipeline)
    assert list(pipeline.fit(texts).classes_) == ["negative", "positive"]
    assert pipeline.predict_proba(texts) == pytest.approx(predictor.predict_proba(texts.str.upper()))
    assert set(pipeline.predict(texts)) <= {"negative", "positive"}
    assert cross_val_score(predictor, texts, ["positive", "negative", "positive"], cv=KFold(3)).shape == (3,)
    assert (clone(predictor).probability(texts) == predictor.probability(texts)).all()


def test_score_refuses_labels_that_the_predictor_never_gives(predictor):
    assert predictor.score(["good", "bad"], list(predictor.predict(["good", "bad"]))) == 1
    with pytest.raises(ValueError, match="labels must be 'negative' or 'positive'"):
        predictor.score(["good", "bad"], [1, 0])


def test_a_pickled_predictor_gives_the_same_probabilities(predictor):
    again = pickle.loads(pickle.dumps(predictor))  # noqa: S301 - our own bytes
    assert (again.probability(["good"]) == predictor.probability(["good"])).all()


def test_several_threads_get_what_one_gets(predictor):
    texts = [f"good day {number % 50}" for number in range(2_000)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(predictor.probability, [texts] * 16))
    assert all((result == results[0]).all() for result in results)


def test_an_explanation_is_the_change_without_each_word(predictor):
    texts = ["good good day", "", "Bad"]
    good, empty, bad = predictor.explain(texts)
    assert [word for word, _ in good] == ["good", "good", "day"]
    assert [word for word, _ in bad] == ["bad"]
    assert empty == [("<unknown>", 0.0)]
    whole, without = predictor.probability(["bad", "qqzzqq"])
    assert bad[0][1] == pytest.approx(whole - without, abs=1e-6)


def test_explanations_and_uncertain_tweets_on_the_command_line(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "--explain", "--abstain", "0.5", "good day")
    sentiment, _, text, explanation = done.stdout.decode().rstrip("\n").split("\t")
    assert (sentiment, text) == ("uncertain", "good day")
    assert all(part.rpartition(" ")[2][0] in "+-" for part in explanation.split(", ") if part)


def test_a_sign_in_an_explanation_is_quoted():
    class Stub:
        probability = staticmethod(lambda texts: np.full(len(texts), 0.5, np.float32))
        explain = staticmethod(lambda texts: [[(",", -0.2), ("<smile>", 0.1), ("it's", 0.3), ("ok", 0.001)]])

    columns = Scoring(explain=True).columns(Stub(), ["one"])
    assert columns["explanation"] == ['it\'s +0.30, "," -0.20, <smile> +0.10']


def test_a_file_given_as_a_text_is_scored_with_a_hint(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "tiny.toml")
    assert done.returncode == 0
    assert "a text is the name of a file: --input FILE scores what is in one" in done.stderr.decode()


def test_lines_are_answered_as_they_arrive(demo_run):
    checkout, _, _ = demo_run
    with in_a_pipe(checkout) as process:
        for line in (b"good\n", b"bad\n"):  # the second is written only when the first was answered
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline().endswith(b"\t" + line)
        process.stdin.write(b"no line end")
        process.stdin.close()
        assert process.stdout.readline().endswith(b"\tno line end\n")


def test_the_rows_of_a_file_are_scored_from_a_pipe_too(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "--input", "-", "--format", "jsonl", stdin=b'{"text": "good"}\n')
    assert done.returncode == 0, done.stderr.decode()
    assert list(json.loads(done.stdout)) == ["text", "sentiment", "probability"]


def test_the_fast_model_of_a_run_is_used_unless_the_best_is_asked_for(demo_run):
    checkout, run, _ = demo_run
    for flags, used in (([], "fast"), (["--quality", "fast"], "fast"), (["--quality", "best"], "best")):
        done = checkout.run("predict.py", "--model", run, *flags, "good")
        assert f"model: {run}/model/{used}" in done.stderr.decode()
    fast, best = (Predictor.load(run, quality).manifest.members for quality in ("fast", "best"))
    assert [member.name for member in fast] == ["fast"]
    assert all(len(member.files) == (2 if member.model_type == "onnx" else 1) for member in best)


@pytest.fixture
def model(demo_run, tmp_path):
    return shutil.copytree(demo_run[1] / "model" / "best", tmp_path / "model")


@pytest.mark.parametrize("name", ["conv_bilstm-fold0.onnx", "tfidf_logistic.npz", "vocabulary-0.txt"])
def test_a_changed_or_missing_file_is_refused(model, name):
    content = bytearray((model / name).read_bytes())
    content[len(content) // 2] ^= 255
    (model / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} is not the file that was trained"):
        Predictor.load(model)
    (model / name).unlink()
    with pytest.raises(UserError, match=f"{name} is missing"):
        Predictor.load(model)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("{", "damaged"),
        ("[]", "format"),
        ('{"format": 1}', "format"),
        (f'{{"format": {FORMAT - 1}}}', "train it anew"),
        ('{"format": 99}', "update this program"),
        (f'{{"format": {FORMAT}}}', "damaged"),
        (dumps_checked({"format": FORMAT}), "damaged"),
    ],
)
def test_an_invalid_manifest_is_refused(model, manifest, message):
    (model / "manifest.json").write_text(manifest)
    with pytest.raises(UserError, match=message):
        Manifest.read(model)


def test_a_manifest_cannot_name_a_file_elsewhere(model):
    content = loads_checked((model / "manifest.json").read_text())
    content["sha256"]["../../oof.csv"] = "0" * 64
    (model / "manifest.json").write_text(dumps_checked(content))
    with pytest.raises(UserError, match="is missing"):
        Manifest.read(model)


def test_a_manifest_with_another_number_is_refused(model):
    path = model / "manifest.json"
    path.write_text(
        re.sub(r'("intercept": -?\d+\.)(\d)', lambda found: f"{found[1]}{9 - int(found[2])}", path.read_text())
    )
    with pytest.raises(UserError, match=r"manifest\.json is damaged"):
        Manifest.read(model)
