import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from sentiment140.evidence.lexicon import is_negation, lexicon_polarity, valence
from sentiment140.text.tokenize import tokenize

ANALYZER = SentimentIntensityAnalyzer()
assert valence("love")  # reads the lexicon before hypothesis times the examples
WORDS = ["love", "good", "awful", "hate", "very", "slightly", "not", "isn't", "the", "movie", "but", "bus"]


def polarity(text: str) -> float:
    return float(lexicon_polarity(tokenize([text]))[0])


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))
def test_equals_vader_where_its_special_rules_do_not_apply(words):
    """Those are: a second "but" or equal valences around one, and modifiers that are in the lexicon themselves."""
    if words.count("but") == 1 and len(set(words)) < len(words):
        words = list(dict.fromkeys(words))
    elif words.count("but") > 1:
        words = [word for word in words if word != "but"]
    words = words or ["bus"]
    expected = ANALYZER.polarity_scores(" ".join(words))["compound"]
    assert polarity(" ".join(words)) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("very good", "good"),
        ("good", "slightly good"),
        ("good", "not good"),
        ("not awful", "awful"),
        ("a GOOD movie", "a good movie"),
        ("a awful movie", "a AWFUL movie"),
        ("awful but good", "good but awful"),
        ("good", "isn't really good"),
    ],
)
def test_negations_boosters_capitals_and_but(more, less):
    assert polarity(more) > polarity(less)


def test_capitals_say_nothing_where_all_words_are_in_capitals():
    assert polarity("GOOD MOVIE") == polarity("good movie")


def test_a_negation_in_another_tweet_changes_nothing():
    texts = ["I do not", "love it", "but", "love it", ""]
    assert lexicon_polarity(tokenize(texts)).tolist() == [polarity(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_has_a_polarity_that_does_not_depend_on_others(texts):
    found = lexicon_polarity(tokenize(texts))
    assert found.shape == (len(texts),)
    assert (np.abs(found) <= 1).all()
    assert found.tolist() == [polarity(text) for text in texts]


def test_words_and_negations():
    assert valence("love") == 3.2
    assert valence("qwertz") == 0
    assert [word for word in ("not", "no", "never", "hasn't", "note", "ant") if is_negation(word)] == [
        "not",
        "no",
        "never",
        "hasn't",
    ]
