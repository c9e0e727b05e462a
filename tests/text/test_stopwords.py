import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.stopwords import STOPWORDS, without_stopwords
from sentiment140.text.tokenize import UNKNOWN, tokenize

CONTRACTED = """ain't aren't couldn't didn't doesn't don't hadn't hasn't haven't isn't mightn't mustn't needn't shan't
    shouldn't wasn't weren't won't wouldn't""".split()
NEGATIONS = ["no", "not", "nor", "never", "cannot", "against", "without", "nothing", "can't", *CONTRACTED]
INTENSIFIERS = ["so", "too", "very", "such", "more", "most", "few", "only", "just", "really"]


def test_each_stopword_list_is_a_subset_of_the_previous_one():
    assert STOPWORDS["standard"] > STOPWORDS["keep_negation"] > STOPWORDS["none"] == frozenset()


@pytest.mark.parametrize("word", NEGATIONS + INTENSIFIERS)
def test_keep_negation_keeps_negations_and_intensifiers(word):
    assert word not in STOPWORDS["keep_negation"]


@pytest.mark.parametrize(
    "word", ["no", "not", "nor", *(word for word in CONTRACTED if word != "ain't"), "so", "very", "too"]
)
def test_the_standard_list_removes_even_negations(word):
    assert word in STOPWORDS["standard"]


@pytest.mark.parametrize("stem", [word.removesuffix("'t") for word in CONTRACTED])
def test_keep_negation_also_keeps_negations_that_lost_their_apostrophe_and_t(stem):
    assert stem not in STOPWORDS["keep_negation"]


@pytest.mark.parametrize("word", "i me the a an and is was to of in it its it's you you're she's that'll am".split())
def test_keep_negation_removes_words_without_sentiment(word):
    assert word in STOPWORDS["keep_negation"]


@pytest.mark.parametrize("word", ["good", "bad", "love", "hate", "happy", "sad", "like", "lol", "miss", "thanks", "!"])
def test_no_list_removes_a_word_with_sentiment(word):
    assert word not in STOPWORDS["standard"]


def test_the_tokenizer_returns_every_stopword_as_one_token():
    assert {word: tokenize([word]).tweet(0) for word in STOPWORDS["standard"]} == {
        w: [w] for w in STOPWORDS["standard"]
    }


def without(tweets, stopwords):
    """The words of each tweet after these stopwords are removed."""
    tokens = tokenize(tweets)
    found = without_stopwords(
        tokens, np.isin(tokens.flat, [tokens.words.index(w) for w in tokens.words if w in stopwords])
    )
    return [found.tweet(row) for row in range(len(found))]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", "i am not happy"),
        ("keep_negation", "not happy"),
        ("standard", "happy"),
    ],
)
def test_each_list_is_removed_from_a_tweet(name, expected):
    assert without(["I am not happy"], STOPWORDS[name]) == [expected.split()]


def test_a_tweet_that_consists_of_stopwords_only_keeps_them_all():
    assert without(["so am I", "i i love", "the", ""], STOPWORDS["standard"]) == [
        *(["so", "am", "i"], ["love"], ["the"], [UNKNOWN]),
    ]


def test_removing_stopwords_from_no_tweets_returns_no_tweets():
    assert without([], STOPWORDS["standard"]) == []


@given(
    st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6), max_size=8), st.sets(st.sampled_from("abcde"))
)
def test_removal_of_stopwords_matches_plain_python(tweets, stopwords):
    expected = [[word for word in tweet if word not in stopwords] or tweet for tweet in tweets]
    assert without([" ".join(tweet) for tweet in tweets], stopwords) == expected
