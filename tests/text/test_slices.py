import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.slices import pack, slices, unpack
from sentiment140.text.tokenize import tokenize


def slices_of(text, without_vector=None):
    texts = pd.Series([text])
    share = None if without_vector is None else np.array([without_vector])
    (row,) = slices(texts, tokenize(texts), share).to_dict("records")
    return {name for name, is_in_slice in row.items() if is_in_slice}


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_a_tweet_belongs_to_these_slices(text, expected):
    assert slices_of(text) == expected


def test_tweets_with_half_their_words_missing_from_the_vector_file_are_a_slice_if_one_is_used():
    name = "half its words without a vector"
    assert name in slices_of("a b", 0.5)
    assert name not in slices_of("a b", 0.49)
    assert name not in slices_of("a b")


def test_every_tweet_is_in_exactly_one_length_slice():
    texts = pd.Series(["w " * count for count in range(40)])
    found = slices(texts, tokenize(texts), None)
    assert (found.filter(like="tokens").sum(axis=1) == 1).all()


@given(st.integers(1, 12), st.integers(0, 20), st.randoms())
def test_unpack_restores_packed_slices(columns, rows, random):
    names = [f"slice {column}" for column in range(columns)]
    table = pd.DataFrame([[random.random() < 0.5 for _ in names] for _ in range(rows)], columns=names, dtype=bool)
    found = unpack(pack(table), names)
    assert all((found[name] == table[name]).all() for name in names)
