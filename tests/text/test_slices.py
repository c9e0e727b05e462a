import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.slices import pack, slices, unpack
from sentiment140.text.tokenize import tokenize


def kinds_of(text, without_vector=None):
    texts = pd.Series([text])
    share = None if without_vector is None else np.array([without_vector])
    (row,) = slices(texts, tokenize(texts), share).to_dict("records")
    return {name for name, inside in row.items() if inside}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("so good", {"1 to 5 tokens"}),
        ("I do not like it at all", {"6 to 12 tokens", "negation"}),
        ("can't wait!", {"1 to 5 tokens", "negation"}),
        ("really?!", {"1 to 5 tokens", "question"}),
        ("@bob http://x.com/AAA hi", {"1 to 5 tokens", "mention", "link"}),
        ("#fail", {"1 to 5 tokens", "hashtag"}),
        ("sooo good", {"1 to 5 tokens", "elongation (soooo)"}),
        ("I LOVE it", {"1 to 5 tokens", "capitals (LOVE)"}),
        ("OK at @BOB", {"1 to 5 tokens", "mention"}),
        ("", {"1 to 5 tokens"}),
        ("word " * 21, {"over 20 tokens"}),
    ],
)
def test_a_tweet_is_of_these_kinds(text, kinds):
    assert kinds_of(text) == kinds


def test_tweets_of_words_without_vectors_are_a_kind_where_vectors_are_used():
    name = "half its words without a vector"
    assert name in kinds_of("a b", 0.5)
    assert name not in kinds_of("a b", 0.49)
    assert name not in kinds_of("a b")


def test_every_tweet_has_one_length():
    texts = pd.Series(["w " * count for count in range(40)])
    found = slices(texts, tokenize(texts), None)
    assert (found.filter(like="tokens").sum(axis=1) == 1).all()


@given(st.integers(1, 12), st.integers(0, 20), st.randoms())
def test_packed_kinds_come_back(columns, rows, random):
    names = [f"kind {column}" for column in range(columns)]
    kinds = pd.DataFrame([[random.random() < 0.5 for _ in names] for _ in range(rows)], columns=names, dtype=bool)
    found = unpack(pack(kinds), names)
    assert all((found[name] == kinds[name]).all() for name in names)
