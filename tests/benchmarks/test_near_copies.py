"""Near copies: all pairs that a comparison of every two texts finds, and their effect on a score."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.near_copies import SIMILARITY, measure, near_copies

WORDS = [f"word{letter}" * 3 for letter in "abcdefgh"]
LONG = st.lists(st.sampled_from(WORDS), min_size=6, max_size=12).map(" ".join)


def similarity(one, other):
    first, second = ({text[start : start + 4] for start in range(len(text) - 3)} for text in (one, other))
    return len(first & second) / len(first | second)


@settings(deadline=None, max_examples=60)
@given(st.lists(LONG | LONG.map(lambda text: f"{text}x") | LONG.map(lambda text: text[1:]), min_size=2, unique=True))
def test_the_pairs_are_those_that_a_comparison_of_every_two_texts_finds(texts):
    found = {tuple(pair) for pair in near_copies(pd.Series(texts)).tolist()}
    expected = {
        (first, second)
        for first, second in combinations(range(len(texts)), 2)
        if similarity(texts[first], texts[second]) >= SIMILARITY
    }
    assert found == expected


def test_the_effect_is_the_accuracy_with_and_without_the_tweets_that_have_a_near_copy_in_another_fold():
    long = "a long tweet about nothing in particular that somebody wrote on a rainy afternoon in the year 2009"
    texts = [long, f"{long}!", f"{long} x", "something else entirely", "yet another tweet of many words", "good night"]
    table = pd.DataFrame({"text": texts, "text_group": range(6), "fold": [0, 1, 1, 0, 1, 0], "label": [1] * 6})
    found = measure(table.assign(ensemble=[0.9, 0.9, 0.9, 0.9, 0.1, 0.1]))
    assert (found.compared, found.pairs, found.split, found.tweets) == (6, 3, 2, 3)
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.accuracy_without == pytest.approx(1 / 3)
    assert (long, f"{long}!") in found.examples


def test_copies_that_share_a_fold_by_rule_and_equal_texts_are_no_pair():
    table = pd.DataFrame({"text": ["@user hello there", "@user  Hello there", "hello there"], "text_group": [0, 0, 1]})
    found = measure(table.assign(fold=[0, 0, 1], label=1, ensemble=np.array([0.9, 0.9, 0.9])))
    assert (found.pairs, found.tweets) == (0, 0)


def test_the_command_prints_the_counts_of_a_run(holdout_run):
    checkout, run = holdout_run
    done = checkout.run("benchmarks.near_copies", "--run", run.name, "--tweets", 500)
    assert done.returncode == 0, done.stderr.decode()
    printed = done.stdout.decode()
    assert "tweets compared: 500\n" in printed
    assert "in different folds: " in printed
    assert "accuracy of the ensemble: " in printed
