"""Explanations: the biggest cause has the biggest effect, the effects sum to the logit, and the cost is bounded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.serving.explain import MAXIMUM_COPIES, MAXIMUM_TOKENS, Copies, explain, explanation_cost
from sentiment140.text.tokenize import tokenize

WEIGHTS = {"worst": -4.0, "awful": -3.0, "hate": -2.5, "never": -1.0, "bad": -2.0, "love": 3.0, "good": 1.5}


def words_of(tokens, row):
    return [word for word in tokens.tweet(row) if word != "<unknown>"]


def scored_by(rule):
    """A model that scores each tweet by its known words, in the place of the real one."""
    return lambda tokens: np.array([rule(words_of(tokens, row)) for row in range(len(tokens))], float)


def additive(words):
    return 0.3 + sum(WEIGHTS.get(word, 0.0) for word in words)


def saturated(words):
    """The most negative word decides, as in a network that is certain after one."""
    return min((WEIGHTS.get(word, 0.0) for word in words), default=0.0)


def negated(words):
    return 2.0 if "not" in words and "bad" in words else -2.0 * ("bad" in words) - 0.5 * ("not" in words)


def effects_of(text, rule):
    return explain(tokenize([text]), scored_by(rule))[0]


def biggest(effects):
    return max(effects, key=lambda pair: abs(pair[1]))[0]


def test_the_effects_in_a_sum_are_its_terms():
    for text in ("i love the worst", "never love good bad worst awful hate days"):  # exact, and by sampled orders
        assert dict(effects_of(text, additive)) == pytest.approx(
            {word: WEIGHTS.get(word, 0.0) for word in text.split()}
        )


def test_words_that_say_the_same_have_effects_although_each_could_be_removed():
    effects = dict(effects_of("worst awful hate", saturated))
    assert saturated(["awful", "hate"]) - saturated(["worst", "awful", "hate"]) == 1.0  # what removal would show
    assert effects["worst"] < effects["awful"] < effects["hate"] < -0.5
    assert sum(effects.values()) == pytest.approx(-4.0)
    assert biggest(effects_of("worst movie that i have never seen before today", saturated)) == "worst"


def test_a_negation_has_the_biggest_effect_where_it_turns_the_sentiment():
    effects = dict(effects_of("not bad at all", negated))
    assert biggest(effects.items()) == "not"
    assert effects["not"] > 1
    assert effects["at"] == effects["all"] == 0
    assert biggest(effects_of("today was really not bad at all my friend", negated)) == "not"


@pytest.mark.parametrize("between", [10, 60, 100])
def test_equal_words_at_both_ends_of_a_long_text_share_the_effect(between):
    text = " ".join(["hate", *(f"w{number}x" for number in range(between)), "hate"])
    assert [effect for word, effect in effects_of(text, saturated) if word == "hate"] == pytest.approx([-1.25, -1.25])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*WEIGHTS, "not", "day", "the"]), min_size=1, max_size=90))
def test_effects_sum_to_the_logit_minus_that_of_unknown_words(words):
    for rule in (additive, saturated, negated):
        effects = effects_of(" ".join(words), rule)
        assert [word for word, _ in effects] == words
        assert sum(effect for _, effect in effects) == pytest.approx(rule(words) - rule([]))


@pytest.mark.parametrize("length", [1, 2, 5, 6, 31, 32, 33, 64, 65, 127, 128, 129, 10_000])
def test_the_cost_of_a_text_is_bounded(length):
    scored = []

    def count(tokens):
        scored.append(tokens.lengths)
        return np.zeros(len(tokens))

    effects = explain(tokenize([" ".join(f"w{number}x" for number in range(length))]), count)[0]
    assert len(effects) == min(length, MAXIMUM_TOKENS)
    assert len(np.concatenate(scored)) <= min(MAXIMUM_COPIES, 2**length)
    assert np.concatenate(scored).max() <= MAXIMUM_TOKENS


def test_many_texts_are_scored_in_bounded_batches_and_explained_as_alone():
    texts = [f"{word} day number{n} worst" for n in range(700) for word in ("love", "not bad", "")]
    sizes = []

    def score(tokens):
        sizes.append(len(tokens))
        return scored_by(saturated)(tokens)

    explained = explain(tokenize(texts), score)
    assert len(sizes) > 1
    assert max(sizes) < 17_000
    assert [explained[row] for row in (0, 1, 2, 2099)] == [effects_of(texts[row], saturated) for row in (0, 1, 2, 2099)]
    assert explain(tokenize([]), score) == []


@given(st.lists(st.integers(0, 2 * MAXIMUM_TOKENS), max_size=5))
@settings(max_examples=50, deadline=None)
def test_the_cost_is_known_before_the_copies_are_made(lengths):
    tokens = tokenize(["word " * length for length in lengths])
    copies = Copies(tokens).tokens
    assert explanation_cost(tokens) == len(copies.flat) == copies.offsets[-1]
    assert len(copies) <= MAXIMUM_COPIES * len(tokens)


def test_many_tweets_are_scored_a_limited_number_of_copies_at_a_time():
    sizes = []

    def logits(tokens):
        sizes.append(len(tokens))
        return np.zeros(len(tokens))

    effects = explain(tokenize(["one two three four five six seven " * 9] * 200), logits)
    assert len(effects) == 200
    assert sum(sizes) > 2**15
    assert max(sizes) <= 2**14
