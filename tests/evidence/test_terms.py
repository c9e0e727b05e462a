import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.evidence.terms import (
    EMOTICONS,
    SymbolWeights,
    Terms,
    ThreeWeights,
    Weights,
    contains,
    fitted_weights,
    with_terms,
)
from sentiment140.text.tokenize import tokenize

ALONE = SymbolWeights(dict.fromkeys(EMOTICONS, 0.0) | {"<smile>": 1.0, "<sadface>": -2.0}, 3.0)
BESIDE = SymbolWeights(dict.fromkeys(EMOTICONS, 0.0) | {"<smile>": 10.0}, 20.0)
WEIGHTS = Weights(
    "test",
    ALONE,
    intercept=0.5,
    slope=2.0,
    lexicon=4.0,
    symbols_with_lexicon=BESIDE,
    words={"bus": -8.0},
    three_labels=ThreeWeights((0, 0, 0), {}, {}),
)


def logit(text: str, terms: Terms, logit: float = 1.0) -> float:
    return float(with_terms(np.array([logit]), tokenize([text]), terms, WEIGHTS)[0])


def test_without_terms_the_log_odds_are_those_of_the_model():
    assert logit("love 😍 :)", Terms(emoji=False, emoticons=False, lexicon=False)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a bus :)", 2), ("a bus :( :(", -1), ("a bus 😍", 4), ("a bus 😡 :)", -1), ("a bus", 1), ("", 1)],
)
def test_symbols_add_their_weights_once(text, expected):
    assert logit(text, Terms()) == expected


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (Terms(emoji=True, emoticons=False), 4),
        (Terms(emoji=False, emoticons=True), 2),
        (Terms(emoji=False, emoticons=False, lexicon=True), 2.5),
        (Terms(emoji=True, emoticons=False, lexicon=True), 22.5),
        (Terms(emoji=False, emoticons=True, lexicon=True), 12.5),
    ],
)
def test_each_term_is_switched_on_alone(terms, expected):
    assert logit("cat 😍 :)", terms) == expected


def test_the_lexicon_changes_slope_and_intercept_and_counts_a_word_once():
    assert logit("bus bus", Terms(lexicon=True)) == 0.5 + 2 - 8
    assert logit("good", Terms(lexicon=True)) == pytest.approx(2.5 + 4 * 0.4404, abs=1e-3)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=4))
def test_the_log_odds_of_a_tweet_do_not_depend_on_the_others(texts):
    together = with_terms(np.zeros(len(texts)), tokenize(texts), Terms(lexicon=True))
    alone = [with_terms(np.zeros(1), tokenize([text]), Terms(lexicon=True))[0] for text in texts]
    assert together.tolist() == pytest.approx(alone)


def test_contains_names_each_word_of_a_tweet_once():
    rows, columns = contains(tokenize(["b a a", "c", "b"]), ["a", "b"])
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 0), (0, 1), (2, 1)]


def test_the_weights_of_the_package_are_plausible():
    weights = fitted_weights()
    for symbols in (weights.symbols, weights.symbols_with_lexicon):
        assert set(symbols.emoticons) == set(EMOTICONS)
        assert symbols.emoticons["<smile>"] > 0.5 > -0.5 > symbols.emoticons["<sadface>"]
        assert symbols.emoji > 0.5
    assert 0.5 < weights.slope < 1.2
    assert weights.lexicon > 1
    assert not {"black", "white", "muslim", "women", "trump", "obama"} & set(weights.words)
