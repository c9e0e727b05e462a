import numpy as np
import pandas as pd
import pytest

from benchmarks.sentences import is_right, read_sentences, report

SIZES = {"love": 2.0, "like": 1.0, "bus": 0.0, "hate": -2.0}


def test_each_group_has_20_sentences_with_a_known_label():
    sentences = read_sentences()
    assert set(sentences["group"].value_counts()) == {20}
    assert set(sentences["label"]) == {"negative", "neutral", "positive"}
    assert not sentences["text"].str.lower().duplicated().any()
    assert (sentences["text"].str.strip() == sentences["text"]).all()
    assert (sentences["text"] != "").all()


def test_only_neutral_sentences_have_no_direction_and_only_the_others_are_compared():
    sentences = read_sentences()
    is_neutral = sentences["label"] == "neutral"
    assert (is_neutral == (sentences["group"] == "neutral")).all()
    assert (sentences.loc[is_neutral, "weaker"] == "").all()
    assert (sentences["weaker"] != sentences["text"]).all()


def test_groups_are_balanced():
    sentences = read_sentences()
    share = (sentences["label"] == "positive").groupby(sentences["group"]).mean().drop("neutral")
    assert share.between(0.4, 0.6).all(), share.to_dict()


@pytest.mark.parametrize(
    ("label", "text", "weaker", "expected"),
    [
        ("positive", "like", "", True),
        ("negative", "like", "", False),
        ("positive", "bus", "", False),
        ("negative", "bus", "", False),
        ("positive", "love", "like", True),
        ("positive", "like", "love", False),
        ("negative", "hate", "bus", True),
        ("negative", "bus", "hate", False),
        ("neutral", "bus", "", True),
        ("neutral", "like", "", True),
        ("neutral", "love", "", False),
        ("neutral", "hate", "", False),
    ],
)
def test_a_sentence_is_right_by_its_sign_or_against_the_weaker_one(label, text, weaker, expected):
    def score(texts):
        return np.array([SIZES.get(text, 0.0) for text in texts])

    sentences = pd.DataFrame([{"group": "one", "label": label, "text": text, "weaker": weaker}])
    assert is_right(sentences, score, neutral=1.0).tolist() == [expected]


def test_the_report_has_a_row_for_each_group_and_way(predictor):
    text = report(predictor.model)
    for group in read_sentences()["group"].unique():
        assert f"\n| {group} | 20 | " in text
    assert "\n| group | n | model alone | default | --lexicon on | VADER | --labels 3 |\n" in text
    assert f"\n| all | {len(read_sentences())} | " in text
    for way in ("model alone", "default", "--lexicon on", "VADER"):
        assert f"\n| {way} | religion | 25 | " in text
