from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.ngrams import ngram_codes, ngram_counts
from sentiment140.text.vocabulary import Ids

# Small and very large ids, because the code of an n-gram must differ from the codes of all other n-grams and ids.
TWEETS = st.lists(
    st.lists(st.sampled_from([1, 2, 3, 2**20 - 2, 2**20 - 1]), min_size=1, max_size=8), min_size=1, max_size=6
)
MAX_N = st.integers(1, 3)


def ids_of(lists):
    flat = np.array([word_id for tweet in lists for word_id in tweet], np.int32)
    return Ids(flat, np.cumsum([0, *map(len, lists)], dtype=np.int64))


def ngrams(tweets, max_n):
    """(row, n-gram) of every n-gram, in the order of `ngram_codes`: by length, row, position."""
    return [
        (row, tuple(tweet[start : start + length]))
        for length in range(1, max_n + 1)
        for row, tweet in enumerate(tweets)
        for start in range(len(tweet) - length + 1)
    ]


@given(TWEETS, MAX_N)
def test_codes_cover_every_ngram_of_each_tweet_and_none_spans_two_tweets(tweets, max_n):
    rows, codes = ngram_codes(ids_of(tweets), max_n)
    expected = ngrams(tweets, max_n)
    assert rows.tolist() == [row for row, _ in expected]
    assert len(codes) == len(expected)


@given(TWEETS, MAX_N)
def test_ngrams_have_equal_codes_exactly_if_they_are_equal(tweets, max_n):
    _, codes = ngram_codes(ids_of(tweets), max_n)
    found = [ngram for _, ngram in ngrams(tweets, max_n)]
    assert len(set(codes.tolist())) == len(set(found)) == len(set(zip(codes.tolist(), found, strict=True)))
    assert (codes > 0).all()


@pytest.mark.parametrize("bits", range(1, 20))
def test_codes_do_not_collide_for_any_pair_of_ids_below_2_to_the_20(bits):
    # with a base of only 2 ** bits, both pairs would have the code 2 ** (bits + 1) + 1
    _, codes = ngram_codes(ids_of([[1, 2**bits + 1], [2, 1]]), 2)
    assert len(set(codes[-2:].tolist())) == 2


@given(TWEETS, TWEETS, MAX_N)
def test_counts_match_plain_python_and_unknown_ngrams_are_ignored(known, tweets, max_n):
    terms = np.unique(ngram_codes(ids_of(known), max_n)[1])
    ngram_of = dict(
        zip(ngram_codes(ids_of(known), max_n)[1].tolist(), (ngram for _, ngram in ngrams(known, max_n)), strict=True)
    )
    expected: dict[Any, int] = {}
    for row, ngram in ngrams(tweets, max_n):
        if ngram in set(ngram_of.values()):
            expected[row, ngram] = expected.get((row, ngram), 0) + 1
    rows, columns, counts = ngram_counts(ids_of(tweets), terms, max_n)
    pairs = [(row, ngram_of[int(terms[column])]) for row, column in zip(rows.tolist(), columns, strict=True)]
    assert dict(zip(pairs, counts.tolist(), strict=True)) == expected
    assert len(pairs) == len(expected)
    cells = list(zip(rows.tolist(), columns.tolist(), strict=True))
    assert cells == sorted(cells)


@pytest.mark.parametrize("max_n", [1, 2, 3])
def test_no_tweets_give_no_ngrams(max_n):
    none = Ids(np.zeros(0, np.int32), np.zeros(1, np.int64))
    rows, codes = ngram_codes(none, max_n)
    assert len(rows) == len(codes) == 0
    assert [len(part) for part in ngram_counts(none, np.array([5]), max_n)] == [0, 0, 0]


def test_a_tweet_of_one_word_has_one_ngram_for_any_max_n():
    rows, codes = ngram_codes(ids_of([[7]]), 3)
    assert (rows.tolist(), codes.tolist()) == ([0], [7])
