import pytest

from sentiment140.experiment import STOPWORD_CHOICES
from sentiment140.text.stopwords import STOPWORDS
from sentiment140.text.tokenise import tokenise

CONTRACTED = """ain't aren't couldn't didn't doesn't don't hadn't hasn't haven't isn't mightn't mustn't needn't shan't
    shouldn't wasn't weren't won't wouldn't""".split()
NEGATIONS = ["no", "not", "nor", "never", "cannot", "against", "without", "nothing", "can't", *CONTRACTED]
INTENSIFIERS = ["so", "too", "very", "such", "more", "most", "few", "only", "just", "really"]


def test_the_lists_are_those_the_settings_name():
    assert tuple(STOPWORDS) == STOPWORD_CHOICES


def test_the_lists_shrink_from_standard_to_none():
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
def test_keep_negation_also_keeps_what_is_left_of_a_contraction_without_its_apostrophe(stem):
    assert stem not in STOPWORDS["keep_negation"]


@pytest.mark.parametrize("word", "i me the a an and is was to of in it its it's you you're she's that'll am".split())
def test_keep_negation_still_removes_what_says_nothing(word):
    assert word in STOPWORDS["keep_negation"]


@pytest.mark.parametrize("word", ["good", "bad", "love", "hate", "happy", "sad", "like", "lol", "miss", "thanks", "!"])
def test_no_list_removes_a_word_of_feeling(word):
    assert word not in STOPWORDS["standard"]


def test_every_stopword_is_a_token_that_the_tokeniser_gives():
    assert {word: tokenise([word]).tweet(0) for word in STOPWORDS["standard"]} == {
        w: [w] for w in STOPWORDS["standard"]
    }
