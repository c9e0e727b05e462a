import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.ngrams import ngram_codes, ngram_counts
from sentiment140.text.vocabulary import Ids

# Small and huge ids together: a run of two must not have the code of another run, nor of a single id.
TWEETS = st.lists(
    st.lists(st.sampled_from([1, 2, 3, 2**20 - 2, 2**20 - 1]), min_size=1, max_size=8), min_size=1, max_size=6
)
LONGEST = st.integers(1, 3)


def ids_of(lists):
    flat = np.array([number for tweet in lists for number in tweet], np.int32)
    return Ids(flat, np.cumsum([0, *map(len, lists)], dtype=np.int64))


def runs(tweets, longest):
    """(row, run) of every run, in the order in which the codes come: by length, row, position."""
    return [
        (row, tuple(tweet[start : start + length]))
        for length in range(1, longest + 1)
        for row, tweet in enumerate(tweets)
        for start in range(len(tweet) - length + 1)
    ]


@given(TWEETS, LONGEST)
def test_every_run_of_each_tweet_is_there_and_none_crosses_into_the_next(tweets, longest):
    rows, codes = ngram_codes(ids_of(tweets), longest)
    expected = runs(tweets, longest)
    assert rows.tolist() == [row for row, _ in expected]
    assert len(codes) == len(expected)


@given(TWEETS, LONGEST)
def test_two_runs_have_one_code_exactly_if_they_are_equal(tweets, longest):
    _, codes = ngram_codes(ids_of(tweets), longest)
    found = [run for _, run in runs(tweets, longest)]
    assert len(set(codes.tolist())) == len(set(found)) == len(set(zip(codes.tolist(), found, strict=True)))
    assert (codes > 0).all()


@given(TWEETS, TWEETS, LONGEST)
def test_counts_are_those_of_plain_python_and_unknown_runs_are_ignored(known, tweets, longest):
    terms = np.unique(ngram_codes(ids_of(known), longest)[1])
    run_of = dict(
        zip(ngram_codes(ids_of(known), longest)[1].tolist(), (r for _, r in runs(known, longest)), strict=True)
    )
    expected = {}
    for row, run in runs(tweets, longest):
        if run in set(run_of.values()):
            expected[row, run] = expected.get((row, run), 0) + 1
    rows, columns, counts = ngram_counts(ids_of(tweets), terms, longest)
    pairs = [(row, run_of[int(terms[column])]) for row, column in zip(rows.tolist(), columns, strict=True)]
    assert dict(zip(pairs, counts.tolist(), strict=True)) == expected
    assert len(pairs) == len(expected)
    places = list(zip(rows.tolist(), columns.tolist(), strict=True))
    assert places == sorted(places)


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_no_tweets_have_no_runs(longest):
    none = Ids(np.zeros(0, np.int32), np.zeros(1, np.int64))
    rows, codes = ngram_codes(none, longest)
    assert len(rows) == len(codes) == 0
    assert [len(part) for part in ngram_counts(none, np.array([5]), longest)] == [0, 0, 0]


def test_a_tweet_of_one_word_has_one_run_whatever_the_longest():
    rows, codes = ngram_codes(ids_of([[7]]), 3)
    assert (rows.tolist(), codes.tolist()) == ([0], [7])
