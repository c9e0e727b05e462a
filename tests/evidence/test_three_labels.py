import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.evidence.features import FEATURES, features
from sentiment140.evidence.terms import Terms, fitted_weights
from sentiment140.evidence.three_labels import three_logits
from sentiment140.labels import CLASSES
from sentiment140.text.tokenize import tokenize


def classes(texts: list[str], logits: list[float], terms: Terms | None = None) -> list[str]:
    found = three_logits(np.array(logits), tokenize(texts), terms or Terms())
    return [CLASSES[3][column] for column in found.argmax(axis=1)]


def test_tweets_are_negative_neutral_and_positive():
    texts = ["i love this so much", "the meeting is on tuesday", "worst service ever", "i hate waiting"]
    assert classes(texts, [3, 0, -2, -3]) == ["positive", "neutral", "negative", "negative"]


def test_an_emoji_alone_says_what_it_means():
    texts = ["\N{SMILING FACE WITH HEART-SHAPED EYES}", "\N{POUTING FACE}", "\N{BUS}"]
    assert classes(texts, [0, 0, 0]) == ["positive", "negative", "neutral"]
    assert classes(texts, [0, 0, 0], Terms(emoji=False)) == ["neutral"] * 3
    smiles = [":)", ":(", "bus"]
    found = three_logits(np.zeros(3), tokenize(smiles), Terms(emoticons=False))
    assert found[0] == pytest.approx(found[1])  # neither is a word of the lexicon


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5), st.floats(-8, 8))
def test_logits_depend_on_the_tweet_alone_and_are_finite(texts, logit):
    together = three_logits(np.full(len(texts), logit), tokenize(texts), Terms())
    assert np.isfinite(together).all()
    for row, text in enumerate(texts):
        assert three_logits(np.array([logit]), tokenize([text]), Terms())[0] == pytest.approx(together[row])


@settings(deadline=None, max_examples=50)
@given(st.floats(-6, 6), st.floats(0.1, 3))
def test_a_more_positive_logit_is_no_less_positive(logit, more):
    found = three_logits(np.array([logit, logit + more]), tokenize(["on the train"] * 2), Terms())
    positive = found[:, 2] - found[:, 0]
    assert positive[1] > positive[0]


def test_each_feature_and_word_has_three_weights():
    weights = fitted_weights().three_labels
    assert tuple(weights.features) == FEATURES
    assert len(weights.words) > 500
    assert features(np.zeros(2), tokenize(["a", "b"]), Terms()).shape == (2, len(FEATURES))
