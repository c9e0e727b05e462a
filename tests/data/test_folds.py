"""Folds: copies of a text share one, and folds have similar sizes and shares of labels."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.data.folds import assign_folds, duplicate_groups
from sentiment140.data.read import read_tweets
from sentiment140.data.search import locate_tweets
from sentiment140.errors import UserError
from sentiment140.text.tokenize import tokenize

REAL = os.environ.get("SENTIMENT140_DATA")
SENTENCES = st.lists(
    st.sampled_from(["so", "love", "cat", "not", "day", "don't", "gr8", "rain", "sooo"]), min_size=1, max_size=5
)
COPIES = [
    str.upper,
    str.title,
    lambda text: text + "!!!",
    lambda text: text.replace(" ", ", ") + "...",
    lambda text: f"@someone {text}",
    lambda text: f"{text} http://bit.ly/x",
    lambda text: f"{text} :)",
    lambda text: f"{text} 42",
    lambda text: text.replace("sooo", "soooooooo"),
    lambda text: f'"{text}"',
    lambda text: f"  {text.replace(' ', '   ')} ",
    lambda text: text.replace("'", "’"),
    lambda text: f"#{text}",
    lambda text: f"{text} ♥ &lt;3",
    lambda text: text.replace("'", ""),
    lambda text: f"RT @someone: {text}",
    lambda text: f"rt {text} (via @someone)",
    lambda text: f"{text} 1st T_T",
]


def groups_of(*texts):
    return duplicate_groups(tokenize(texts), texts).tolist()


def same_group(*texts):
    return len(set(groups_of(*texts))) == 1


@pytest.mark.parametrize(
    "copy",
    [
        "I LOVE this song",
        "i love this song!!!",
        "@bob I love this song",
        "I love this song http://bit.ly/x",
        "I love #this song :)",
        "I love ... this song, 42 ♥",
        "RT @bob: I love this song",
        "RT @ann RT @bob I love this song",
        "Retweet: i love this song o_O",
        "I love this song (via @bob)",
        "I love this 2nd song",
    ],
)
def test_a_copy_is_in_the_group_of_its_original(copy):
    assert same_group("I love this song", copy)


@pytest.mark.parametrize(
    "other",
    [
        "I love this",
        "love I this song",
        "I love this so",
        "I loove this song",
        "I love this song lol",
        "ilove this song",
        "I love this song via my phone",
        "I love this song artist",
    ],
)
def test_a_text_with_other_words_or_another_order_is_in_another_group(other):
    assert not same_group("I love this song", other)


def test_words_of_neighboring_tweets_are_not_joined():
    assert len(set(groups_of("a b", "c", "a", "b c", "a b c"))) == 5


@pytest.mark.parametrize(("one", "other"), [("I'm so sad", "im so sad"), ("don’t", "dont"), ("It's 5pm", "its pm")])
def test_apostrophes_and_leading_digits_do_not_make_another_text(one, other):
    assert same_group(one, other)


def test_tweets_without_a_word_are_copies_only_if_their_texts_are_equal():
    assert same_group("@bob", " @BOB ")
    assert same_group("http://x.com/a  @ann", "http://x.com/A @Ann")
    texts = ["@bob", "@ann", "@bob @ann", "http://x.com/a", "http://x.com/b", "42", "43", "RT", "word"]
    assert groups_of(*texts) == list(range(len(texts)))


@pytest.mark.parametrize("text", ["", "!!!", ":)", "♥", "...", "@user", "@user @user :)", "@user http://url", "http"])
def test_a_tweet_without_letters_and_digits_or_with_placeholders_only_is_a_copy_of_none(text):
    assert groups_of(text, "a word", text, text) == [0, 1, 2, 3]


@given(
    st.lists(
        st.sampled_from(["@bob", "@Bob ", "@ann", "http://x.com/a", "RT", "@user", "so sad", "", "!!"]), max_size=20
    )
)
def test_groups_are_numbered_in_order_of_first_appearance(texts):
    groups = groups_of(*texts)
    assert list(dict.fromkeys(groups)) == list(range(len(set(groups))))


def test_a_copy_may_be_in_capitals_with_a_hashtag_that_has_an_apostrophe():
    assert same_group("don't so so", "#DON'T SO SO")


@given(st.lists(st.tuples(SENTENCES, st.lists(st.sampled_from(COPIES), max_size=3)), min_size=1, max_size=12))
def test_two_tweets_are_in_one_group_if_and_only_if_they_are_copies(drawn):
    originals, texts = [], []
    for words, changes in drawn:
        text = " ".join(words)
        originals.append(text)
        for change in changes:
            text = change(text)
        texts.append(text)
    groups = groups_of(*texts)
    pairs = set(zip(originals, groups, strict=True))
    assert len(pairs) == len(set(originals)) == len(set(groups))
    assert set(groups) == set(range(len(set(groups))))


@pytest.mark.skipif(not REAL, reason="SENTIMENT140_DATA is not set")
def test_copies_among_real_tweets_hardly_widen_an_interval_by_text():
    """A model that is right on 85 % of the tweets, and on half of those without a word: one text they once were."""
    found = locate_tweets(Path(str(REAL)))
    assert found is not None
    texts = read_tweets(found.train)[0]["text"].tolist()
    groups = duplicate_groups(tokenize(texts), texts)
    has_word = np.array([any(map(str.isalpha, text.replace("@user", "").replace("http://url", ""))) for text in texts])
    right = np.random.default_rng(0).random(len(texts)) < np.where(has_word, 0.85, 0.5)
    by_text = np.bincount(groups, weights=right - right.mean())
    by_tweet = np.sqrt(len(texts) * right.mean() * (1 - right.mean()))
    assert 0.95 < np.sqrt((by_text**2).sum()) / by_tweet < 1.05


def synthetic(texts=1000, seed=0):
    """Return groups of 1 to 4 tweets in random order, and labels, which may differ within a group."""
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(texts), rng.choice([1, 1, 1, 2, 4], texts)))
    majority = rng.random(texts) < 0.4
    return groups, np.where(rng.random(len(groups)) < 0.1, ~majority[groups], majority[groups]).astype(np.int8)


@pytest.mark.parametrize("k", [2, 3, 5, 10])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_group_is_in_one_fold_and_folds_have_similar_sizes_and_labels(k, seed):
    groups, labels = synthetic()
    folds = assign_folds(groups, labels, k, seed)
    assert folds.shape == groups.shape
    assert set(folds.tolist()) == set(range(k))
    assert len(set(zip(groups.tolist(), folds.tolist(), strict=True))) == len(set(groups.tolist()))
    sizes = np.bincount(folds)
    assert sizes == pytest.approx(np.full(k, len(folds) / k), rel=0.25)
    shares = np.bincount(folds, weights=labels) / sizes
    assert shares == pytest.approx(np.full(k, labels.mean()), abs=0.06)


@pytest.mark.parametrize("k", [2, 3, 7])
def test_without_copies_each_label_is_split_into_parts_that_differ_by_at_most_one_tweet(k):
    labels = np.random.default_rng(5).integers(0, 2, 500)
    folds = assign_folds(np.arange(500), labels, k, 0)
    assert np.ptp(np.bincount(folds)) <= 2
    for label in (0, 1):
        assert np.ptp(np.bincount(folds[labels == label], minlength=k)) <= 1


def test_tweets_sorted_by_label_are_distributed_over_all_folds():
    labels = np.repeat([0, 1], 100)  # as in the published file
    folds = assign_folds(np.arange(200), labels, 5, 0)
    assert np.bincount(folds[:100]).tolist() == np.bincount(folds[100:]).tolist() == [20] * 5
    assert len(set(folds[:20].tolist())) > 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=60), st.integers(2, 5))
def test_folds_never_split_a_group_unless_there_are_too_few_groups(drawn, k):
    _, groups = np.unique([group for group, _ in drawn], return_inverse=True)
    labels = np.array([label for _, label in drawn])
    try:
        folds = assign_folds(groups, labels, k, 0)
    except UserError:
        positive = np.bincount(groups, weights=labels) * 2 > np.bincount(groups)
        assert min(positive.sum(), (~positive).sum()) < k
    else:
        assert set(folds.tolist()) == set(range(k))
        for group in np.unique(groups):
            assert len(set(folds[groups == group].tolist())) == 1


def test_the_same_seed_gives_the_same_folds_and_another_seed_others():
    groups, labels = synthetic()
    first, again, other = (assign_folds(groups, labels, 5, seed).tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("labels", "reported"),
    [
        ([0, 0, 0, 0, 1, 1], "only 2 different positive texts, for 3 folds"),
        ([1, 1, 1, 1], "only 0 different negative texts, for 3 folds"),
        ([0], "only 0 different positive texts, for 3 folds"),
    ],
)
def test_fewer_texts_of_a_label_than_folds_are_a_user_error(labels, reported):
    with pytest.raises(UserError, match=reported):
        assign_folds(np.arange(len(labels)), np.array(labels), 3, 0)


def test_all_copies_of_a_text_count_as_one_text():
    with pytest.raises(UserError, match="only 1 different positive texts"):
        assign_folds(np.array([0, 0, 0, 0, 1, 2, 3]), np.array([1, 1, 1, 1, 0, 0, 0]), 2, 0)
