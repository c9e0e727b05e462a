"""Negative, neutral or positive: in Python, in files of every format, on the command line and in the service."""

import io
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from starlette.testclient import TestClient

from sentiment140.serving.predictor import Predictor
from sentiment140.serving.score_file import score_file
from sentiment140.serving.scoring import Scoring
from sentiment140.serving.service.application import application
from sentiment140.serving.service.limits import Limits

TEXTS = ["I love it", "the bus leaves at five", "worst service ever", "", "\N{POUTING FACE}"]
NAMES = ["negative", "neutral", "positive"]


@pytest.fixture(scope="module")
def three(predictor) -> Predictor:
    return Predictor(predictor.model, labels=3)


def test_there_is_a_probability_of_each_of_three_classes(three):
    probabilities = three.predict_proba(TEXTS)
    assert probabilities.shape == (len(TEXTS), 3)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert three.classes_.tolist() == NAMES
    assert three.predict(TEXTS).tolist() == [NAMES[column] for column in probabilities.argmax(axis=1)]
    assert three.probability(TEXTS) == pytest.approx(probabilities[:, 2])
    assert three.predict_proba([]).shape == (0, 3)
    assert three.predict([]).tolist() == []


def test_the_logits_order_texts_as_the_probabilities_do(three):
    logits, probabilities = three.decision_function(TEXTS), three.predict_proba(TEXTS)
    assert np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True) == pytest.approx(probabilities, abs=1e-6)


def test_effects_are_those_on_positive_against_negative(three):
    (pairs,) = three.explain(["love it"])
    tokens = three.model.tokens(["love it"])
    unknown = replace(tokens, flat=np.zeros_like(tokens.flat))
    logits, without = three.logits(tokens)[0], three.logits(unknown)[0]
    change = (logits[2] - logits[0]) - (without[2] - without[0])
    assert sum(effect for _, effect in pairs) == pytest.approx(change, abs=1e-6)


def test_it_is_a_classifier_of_three_classes_for_scikit_learn(three):
    assert clone(three).labels == 3
    assert three.score(TEXTS, three.predict(TEXTS)) == 1
    numbers = {"negative": 0, "neutral": 2, "positive": 4}
    assert three.score(TEXTS, [numbers[name] for name in three.predict(TEXTS)]) == 1
    assert "labels=3" in repr(three)
    two = clone(three).set_params(labels=None)
    assert two.classes_.tolist() == ["negative", "positive"]
    with pytest.raises(ValueError, match="found 'neutral'"):
        two.score(["a"], ["neutral"])


def test_what_cannot_be_is_refused(three):
    with pytest.raises(ValueError, match="labels must be 2 or 3, is 4"):
        clone(three).set_params(labels=4).predict(["a"])
    with pytest.raises(ValueError, match="abstain needs two labels"):
        clone(three).set_params(abstain=0.2).predict(["a"])


@pytest.mark.parametrize(
    ("ending", "write", "read"),
    [
        ("csv", partial(pd.DataFrame.to_csv, index=False), pd.read_csv),
        ("jsonl", partial(pd.DataFrame.to_json, orient="records", lines=True), partial(pd.read_json, lines=True)),
        ("json", partial(pd.DataFrame.to_json, orient="records"), pd.read_json),
        ("parquet", pd.DataFrame.to_parquet, pd.read_parquet),
        ("xlsx", partial(pd.DataFrame.to_excel, index=False), pd.read_excel),
    ],
)
def test_files_get_a_column_for_each_class(three, tmp_path, ending, write, read):
    source, target = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    write(pd.DataFrame({"text": TEXTS, "neutral": "kept"}), source)
    score_file(three.folder, str(source), target, None, scoring=Scoring(labels=3, details=True), workers=1)
    scored = read(target)
    assert list(scored) == [
        "text",
        "neutral",
        "sentiment",
        "negative",
        "neutral_",
        "positive",
        "known_words",
        "truncated",
    ]
    expected = three.predict_proba([text or "" for text in TEXTS])
    assert scored[["negative", "neutral_", "positive"]].to_numpy(float) == pytest.approx(expected, abs=1e-5)
    assert scored["sentiment"].tolist() == three.predict(TEXTS).tolist()
    assert scored["neutral"].tolist() == ["kept"] * len(TEXTS)


def test_the_command_line_prints_three_probabilities(demo_run, run_here, three):
    done = run_here("predict", "--model", demo_run[1], "--labels", 3, *TEXTS[:2])
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert [row[4] for row in rows] == TEXTS[:2]
    probabilities = [[float(value) for value in row[1:4]] for row in rows]
    assert np.array(probabilities) == pytest.approx(three.predict_proba(TEXTS[:2]), abs=1e-4)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--abstain", 0.2), b"neutral tweets are those that are neither, --abstain with three labels"),
        (("--lexicon", "off"), b"the lexicon always counts with three labels, --lexicon off, omit the flag"),
        (("--labels", 4), b"invalid choice: 4"),
    ],
)
def test_flags_without_meaning_are_refused(demo_run, run_here, flags, message):
    done = run_here("predict", "--labels", 3, *flags, "a")
    assert done.returncode == 2
    assert message in done.stderr


def test_the_service_answers_with_three_probabilities(three):
    client = TestClient(application(three, "model", Limits()), base_url="http://127.0.0.1")
    found = client.post("/predict", json={"texts": TEXTS[:3], "explain": True}).json()["predictions"]
    expected = three.predict_proba(TEXTS[:3])
    names = ("negative", "neutral", "probability")
    assert np.array([[of[name] for name in names] for of in found]) == pytest.approx(expected, abs=2e-6)
    assert [of["sentiment"] for of in found] == three.predict(TEXTS[:3]).tolist()
    assert client.get("/health").json()["labels"] == 3
    refused = client.post("/predict", json={"texts": ["a"], "abstain": 0.1})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert "abstain needs two labels" in refused.json()["detail"]
    assert client.post("/predict", content=json.dumps({"texts": []})).json()["predictions"] == []


def test_text_files_have_all_probabilities_after_the_tweet(three, tmp_path):
    (tmp_path / "in.txt").write_text("\n".join(TEXTS[:3]), "utf-8")
    out = io.BytesIO()
    score_file(three.folder, str(tmp_path / "in.txt"), None, out, scoring=Scoring(labels=3), workers=1)
    assert all(len(line.split("\t")) == 5 for line in out.getvalue().decode().splitlines())
