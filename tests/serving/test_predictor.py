"""The class Predictor and the predict command, on the models of a demo run."""

import csv
import io
import json
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
from sentiment140.runs.files import dumps_checked
from sentiment140.serving.manifest import FORMAT, Manifest
from sentiment140.serving.predictor import Predictor
from sentiment140.serving.score_file import score_file
from sentiment140.serving.scores import Scores
from sentiment140.serving.scoring import Scoring


def score_csv(predictor, tmp_path, content: bytes) -> list[list[str]]:
    """The rows of the scored copy of a CSV file."""
    (tmp_path / "in.csv").write_bytes(content)
    out = io.BytesIO()
    score_file(predictor.folder, str(tmp_path / "in.csv"), None, out, scoring=Scoring())
    return list(csv.reader(io.StringIO(out.getvalue().decode("utf-8", "surrogateescape"), newline="")))


def start_predict(checkout) -> subprocess.Popen:
    """Start the predict command with pipes for standard input, output and error."""
    return subprocess.Popen(
        checkout.command("predict.py"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=checkout.folder, env=checkout.environment(),
    )  # fmt: skip


def test_texts_on_the_command_line_are_printed_with_sentiment_and_probability(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "I love it", "not my day :(", "")
    assert done.returncode == 0, done.stderr.decode()
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert [row[2] for row in rows] == ["I love it", "not my day :(", ""]
    assert all(row[0] == ("positive" if float(row[1]) >= 0.5 else "negative") for row in rows)
    assert "DEMO" in done.stderr.decode()  # a warning that the model was trained on synthetic tweets


@pytest.mark.parametrize(
    ("flags", "terms"),
    [
        ((), {}),
        (("--emoji", "off", "--emoticons", "off"), {"emoji": False, "emoticons": False}),
        (("--lexicon", "on"), {"lexicon": True}),
    ],
)
def test_the_flags_of_terms_count_for_texts_and_files(demo_run, predictor, tmp_path, flags, terms):
    checkout, run, _ = demo_run
    texts = ["my train \U0001f60d", "my train \U0001f621", "going to work :)", "this is awful"]
    expected = Predictor(predictor.model, **terms).probability(texts)
    done = checkout.run("predict.py", "--model", run, *flags, *texts)
    assert done.returncode == 0, done.stderr.decode()
    assert [float(line.split(b"\t")[1]) for line in done.stdout.splitlines()] == pytest.approx(expected, abs=1e-4)
    (tmp_path / "tweets.csv").write_text("\n".join(["text", *texts]), "utf-8")
    done = checkout.run("predict.py", "--model", run, *flags, "--input", tmp_path / "tweets.csv")
    assert [float(line.split(b",")[2]) for line in done.stdout.splitlines()[1:]] == pytest.approx(expected, abs=1e-5)


def test_emoji_and_emoticons_count_unless_they_are_switched_off(predictor):
    texts = ["my train \U0001f60d", "my train", "my train \U0001f621", "my train :)", "my train :("]
    liked, plain, disliked, smiled, sad = predictor.probability(texts)
    assert disliked < plain < liked
    assert sad < smiled
    bare = Predictor(predictor.model, emoji=False, emoticons=False)
    assert bare.decision_function(texts) == pytest.approx(predictor.model.logits(predictor.model.tokens(texts)))


def test_every_line_of_standard_input_is_scored_and_its_bytes_are_kept(demo_run):
    checkout, _, _ = demo_run
    lines = [b"good morning", b"", "❤️❤️🎉".encode(), b"x" * 10_000, b"caf\xe9 \xff\xfe", b"tab\there"]
    done = checkout.run("predict.py", stdin=b"\n".join(lines) + b"\n")
    assert done.returncode == 0, done.stderr.decode()
    printed = done.stdout.split(b"\n")[:-1]
    assert len(printed) == len(lines)
    assert printed[4].endswith(b"\tcaf\xe9 \xff\xfe")  # bytes that are not UTF-8 are kept


def test_a_closed_output_pipe_is_no_error(demo_run):
    checkout, _, _ = demo_run
    with start_predict(checkout) as process:
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
        (["--input", "nothing"], "no file in the folder nothing"),
        (["--input", "good.csv", "--format", "txt", "--column", "n"], "--column has no meaning for the format txt"),
        (
            ["--input", "good.csv", "--output", "out.jsonl"],
            "must equal the input format (csv), out.jsonl, end the name of --output in .csv",
        ),
        (["--input", "open.csv"], "line 3 cannot be parsed"),
        (["--input", "headless.csv"], "if the first line is a tweet add --no-header, or else --column NAME"),
        (["--input", "binary.csv"], "the column names are not text, binary.csv, name the encoding with --encoding"),
        (["--abstain", "abc", "x"], "must be a number from 0 to 0.5, is abc"),
        (["--model", "nowhere", "--quality", "best", "x"], 'unknown run or folder "nowhere" (known: '),
        (["--input", "tweets.pdf"], 'unknown file ending ".pdf" (known: .csv, .json,'),
        (["--input", "other.csv", "--format", "jsonlines"], "did you mean jsonl?"),
        (["--input", "other.csv", "--format", "parquet"], "not a Parquet file"),
        (["--abstain", "0.7", "fine"], "must be a number from 0 to 0.5, is 0.7"),
        (["--quality", "best", "--model", "submissions/demo-tiny/model/fast", "fine"], "no model of quality best"),
        (["--input", "other.csv"], "columns: a, b"),
        (["--input", "other.csv", "--column", "c"], 'unknown column "c" (known: a, b)'),
        (["--input", "empty.csv"], "the file is empty"),
        (["--input", "ragged.csv"], "line 3 has 3 columns, but the first line has 2"),
        (["--model", "absent", "fine"], 'unknown run or folder "absent" (known: '),
        (["a text", "--input", "other.csv"], "both texts and --input"),
        (["--output", "x.csv", "a text"], "need --input"),
    ],
)
def test_a_user_error_is_printed_in_one_line_with_exit_code_2(demo_run, run_here, arguments, message):
    checkout, _, _ = demo_run
    (checkout.folder / "other.csv").write_text("a,b\n1,2\n")
    (checkout.folder / "good.csv").write_text("n,text\n1,fine\n")
    (checkout.folder / "empty.csv").write_text("")
    (checkout.folder / "nothing").mkdir(exist_ok=True)
    (checkout.folder / "headless.csv").write_text('ann,"I love it"\n')
    (checkout.folder / "binary.csv").write_bytes(b"\x7fELF\2\1\1\0,text file\0\0\3\0>\0\n")
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

    monkeypatch.setattr("pathlib.Path.open", refuse)  # instead of chmod, as the tests may run as root
    with pytest.raises(UserError, match=r"cannot read the file \(Permission denied\)"):
        score_file(predictor.folder, str(tmp_path / "in.csv"), None, io.BytesIO(), scoring=Scoring())


def test_model_takes_the_folder_of_a_run_but_no_file(demo_run):
    checkout, run, _ = demo_run
    assert checkout.run("predict.py", "--model", run, "fine").returncode == 0
    done = checkout.run("predict.py", "--model", run / "model" / "manifest.json", "fine")
    assert done.returncode == 2
    assert b"no such folder" in done.stderr


def test_without_a_finished_run_the_error_names_the_command_that_trains_one(checkout, tmp_path):
    shutil.copytree(checkout.folder / "src", tmp_path / "src")
    shutil.copytree(checkout.folder / "scripts", tmp_path / "scripts")
    done = type(checkout)(tmp_path).run("predict.py", "hello")
    assert done.returncode == 2
    assert "bash scripts/run_all.sh" in done.stderr.decode()


def test_unusual_texts_get_a_probability_from_0_to_1(predictor, tmp_path):
    texts = ["", "🎉🎉", "x" * 10_000, "caf\udce9", "\x00", "@user http://t.co/x", "the of and"]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["n", "text"], *([i, text] for i, text in enumerate(texts))])
    rows = score_csv(predictor, tmp_path, buffer.getvalue().encode("utf-8", "surrogateescape"))
    assert [row[1] for row in rows[1:]] == texts
    assert all(0 <= float(row[3]) <= 1 for row in rows[1:])


def test_a_csv_with_byte_order_mark_and_windows_line_breaks_is_read_and_keeps_the_mark(predictor, tmp_path):
    rows = score_csv(predictor, tmp_path, b"\xef\xbb\xbftext,n\r\ngood,1\r\n\r\nbad,2\r\n")
    assert [row[:2] for row in rows] == [["\ufefftext", "n"], ["good", "1"], ["bad", "2"]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(), min_size=1, max_size=8))
def test_the_probability_of_a_text_does_not_depend_on_the_other_texts(predictor, texts):
    together = predictor.probability(texts)
    assert ((together >= 0) & (together <= 1)).all()
    alone = np.array([predictor.probability([text])[0] for text in texts])
    assert np.abs(together - alone).max() < 1e-6


def test_an_empty_list_of_texts_gives_empty_results(predictor):
    assert predictor.probability([]).shape == (0,)
    assert predictor.predict_proba([]).shape == (0, 2)
    assert list(predictor.predict([])) == []


def test_a_predictor_works_as_the_last_step_of_a_scikit_learn_pipeline(predictor):
    texts = pd.Series(["good day", "bad day", "so good"])
    pipeline = Pipeline([("shout", FunctionTransformer(lambda some: some.str.upper())), ("score", predictor)])
    assert is_classifier(pipeline)
    assert list(pipeline.fit(texts).classes_) == ["negative", "positive"]
    assert pipeline.predict_proba(texts) == pytest.approx(predictor.predict_proba(texts.str.upper()))
    assert set(pipeline.predict(texts)) <= {"negative", "positive"}
    assert cross_val_score(predictor, texts, ["positive", "negative", "positive"], cv=KFold(3)).shape == (3,)
    assert (clone(predictor).probability(texts) == predictor.probability(texts)).all()


def test_several_threads_get_the_same_probabilities_as_one(predictor):
    texts = [f"good day {number % 50}" for number in range(2_000)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(predictor.probability, [texts] * 16))
    assert all((result == results[0]).all() for result in results)


def test_effects_are_those_of_each_token_on_the_logit(predictor):
    texts = ["good good day", "", "Bad"]
    good, empty, bad = predictor.explain(texts)
    assert [word for word, _ in good] == ["good", "good", "day"]
    assert [word for word, _ in bad] == ["bad"]
    assert empty == [("<unknown>", 0.0)]
    original, occluded, three = predictor.decision_function(["bad", "qqzzqq", "qqzzqq qqzzqq qqzzqq"])
    assert bad[0][1] == pytest.approx(original - occluded, abs=1e-6)
    total = predictor.decision_function(["good good day"])[0] - three
    assert sum(effect for _, effect in good) == pytest.approx(total, abs=1e-6)


def test_explanations_and_uncertain_tweets_on_the_command_line(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "--explain", "--abstain", "0.5", "good day")
    sentiment, _, text, explanation = done.stdout.decode().rstrip("\n").split("\t")
    assert (sentiment, text) == ("uncertain", "good day")
    assert all(part.rpartition(" ")[2][0] in "+-" for part in explanation.split(", ") if part)


def test_punctuation_in_an_explanation_is_quoted():
    class Stub:
        scores = staticmethod(
            lambda texts: Scores(np.full((1, 2), 0.5, np.float32), np.ones(1, int), np.zeros(1, bool))
        )
        explain = staticmethod(lambda texts: [[(",", -0.2), ("<smile>", 0.1), ("it's", 0.3), ("ok", 0.001)]])

    columns = Scoring(explain=True).columns(Stub(), ["one"])  # type: ignore[arg-type]
    assert columns["explanation"] == ['it\'s +0.30, "," -0.20, <smile> +0.10']


def test_a_file_name_given_as_a_text_is_scored_as_a_text_with_a_warning(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "tiny.toml")
    assert done.returncode == 0
    assert "tiny.toml is scored as a text" in done.stderr.decode()


def test_lines_of_standard_input_are_scored_as_they_arrive(demo_run):
    checkout, _, _ = demo_run
    with start_predict(checkout) as process:
        for line in (b"good\n", b"bad\n"):  # the second is written only after the first was scored
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline().endswith(b"\t" + line)
        process.stdin.write(b"no line break")
        process.stdin.close()
        assert process.stdout.readline().endswith(b"\tno line break\n")


def test_a_file_can_be_read_from_standard_input(demo_run):
    checkout, _, _ = demo_run
    done = checkout.run("predict.py", "--input", "-", "--format", "jsonl", stdin=b'{"text": "good"}\n')
    assert done.returncode == 0, done.stderr.decode()
    assert list(json.loads(done.stdout)) == ["text", "sentiment", "probability"]


def test_the_fast_model_is_the_default_and_quality_selects_another(demo_run):
    checkout, run, _ = demo_run
    for flags, used in (([], "fast"), (["--quality", "fast"], "fast"), (["--quality", "best"], "best")):
        done = checkout.run("predict.py", "--model", run, *flags, "good")
        assert f"model: {run}/model/{used}" in done.stderr.decode()
    fast, best = (Predictor.load(run, quality).manifest.members for quality in ("fast", "best"))
    assert [member.name for member in fast] == ["fast"]
    assert all(len(member.files) == (2 if member.model_type == "onnx" else 1) for member in best)


@pytest.fixture
def model(demo_run, tmp_path):
    """A copy of the ensemble's model folder, to be damaged."""
    return shutil.copytree(demo_run[1] / "model" / "best", tmp_path / "model")


@pytest.mark.parametrize("name", ["conv_bilstm-fold0.onnx", "tfidf_logistic.npz", "vocabulary-0.txt"])
def test_a_model_folder_with_a_changed_or_missing_file_is_refused(model, name):
    content = bytearray((model / name).read_bytes())
    content[len(content) // 2] ^= 255
    (model / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} was changed after training"):
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
        (f'{{"format": {FORMAT - 1}}}', "bash scripts/run_all.sh"),
        ('{"format": 99}', "update this program"),
        (f'{{"format": {FORMAT}}}', "damaged"),
        (dumps_checked({"format": FORMAT}), "damaged"),
    ],
)
def test_an_invalid_manifest_or_one_of_another_format_is_refused(model, manifest, message):
    (model / "manifest.json").write_text(manifest)
    with pytest.raises(UserError, match=message):
        Manifest.read(model)


def test_a_manifest_with_a_changed_number_is_refused(model):
    path = model / "manifest.json"
    path.write_text(
        re.sub(r'("intercept": -?\d+\.)(\d)', lambda found: f"{found[1]}{9 - int(found[2])}", path.read_text())
    )
    with pytest.raises(UserError, match=r"manifest\.json is damaged"):
        Manifest.read(model)


def test_an_unknown_quality_is_reported_with_the_known_ones(demo_run):
    with pytest.raises(UserError, match=r'unknown quality "fats": did you mean fast\? \(known: best, fast\)'):
        Predictor.load(demo_run[1], "fats")
