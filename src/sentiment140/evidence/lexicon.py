"""The polarity of the words of a tweet, by VADER's lexicon and rules.

Source: C. J. Hutto and E. Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text,
ICWSM 2014. The lexicon, the negations and the boosters are those of the package `vaderSentiment`. Its own analyzer
takes longer than the fast model, so the rules are applied here to the tokens of many tweets at once.
"""

from functools import cache
from importlib.resources import files

import numpy as np

from sentiment140.evidence.words import IDENTITY, of_each_word
from sentiment140.text.tokenize import ALL_CAPITALS, SIGNS, Tokens

# The constants of VADER's analyzer.
_CAPITALS, _NEGATED, _BEFORE_BUT, _AFTER_BUT, _NORMALIZATION = 0.733, -0.74, 0.5, 1.5, 15
_DISTANCES = ((1, 1.0), (2, 0.95), (3, 0.9))  # words between a modifier and the word, and what is left of its effect

_WITHOUT_VALENCE = IDENTITY - {"poor"}  # "poor service" says more about the service than "a poor man" about the man


@cache
def _valences() -> dict[str, float]:
    """The valence of each word of the lexicon, -4 to 4. Emoticons are left out: the tokenizer has types for them."""
    lines = (files("vaderSentiment") / "vader_lexicon.txt").read_text("utf-8").splitlines()
    pairs = (line.split("\t")[:2] for line in lines if line.strip())
    return {word: float(valence) for word, valence in pairs if word[0].isalpha()}


@cache
def _modifiers() -> tuple[dict[str, float], frozenset[str]]:
    """What boosters add to the valence of a word after them, and the negations."""
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE

    return dict(BOOSTER_DICT), frozenset(NEGATE) | {"no"}


def valence(word: str) -> float:
    """Return the valence of a word alone, -4 to 4; 0 for one that is not in the lexicon, or is a group of people.

    Examples:
        >>> valence("love"), valence("bus"), valence("awful")
        (3.2, 0.0, -2.0)
    """
    return 0.0 if word in _WITHOUT_VALENCE else _valences().get(word, 0.0)


def is_negation(word: str) -> bool:
    """Whether a word negates those after it, such as "not", "never" and "isn't"."""
    return word in _modifiers()[1] or word.endswith("n't")


def lexicon_polarity(tokens: Tokens) -> np.ndarray:
    """Compute the polarity of tweets: VADER's compound score, without its rules for punctuation and idioms.

    - The valence of a word is reversed by a negation among the three words before it.
    - It is raised or lowered by a booster among them ("very good", "hardly good"), and raised by capitals.
    - Words before "but" count half, words after it one and a half times.

    Args:
        tokens: the tweets.

    Returns:
        float64 [tweets], -1 to 1; 0 for a tweet without a word of the lexicon.

    Example:
        >>> from sentiment140.text.tokenize import tokenize
        >>> np.round(lexicon_polarity(tokenize(["good", "very good", "not good", "good but awful", "bus"])), 2)
        array([ 0.44,  0.49, -0.34, -0.47,  0.  ])
    """
    is_word = of_each_word(tokens, lambda word: word not in SIGNS).astype(bool)
    words = tokens.where(is_word[tokens.flat])
    boosters = _modifiers()[0]
    of_word = of_each_word(tokens, lambda word: 0.0 if word in boosters else valence(word))
    boost_of_word = of_each_word(tokens, lambda word: boosters.get(word, 0.0))
    is_negation_of = of_each_word(tokens, is_negation).astype(bool)

    rows = np.repeat(np.arange(len(words)), words.lengths)
    valences = of_word[words.flat]
    valences += _CAPITALS * np.sign(valences) * _in_capitals(tokens, is_word)
    for distance, share in _DISTANCES:
        before = np.where(rows[distance:] == rows[:-distance], words.flat[:-distance], 0)  # 0: the unknown word
        valences[distance:] += share * boost_of_word[before] * np.sign(valences[distance:])
        valences[distance:] *= np.where(is_negation_of[before], _NEGATED, 1.0)
    valences *= _around_but(words, rows)
    total = np.bincount(rows, valences, minlength=len(words))
    return total / np.sqrt(total**2 + _NORMALIZATION)


def _in_capitals(tokens: Tokens, is_word: np.ndarray) -> np.ndarray:
    """Whether each word is written in capitals and another word of its tweet is not, bool [words]."""
    is_sign = of_each_word(tokens, lambda word: word == ALL_CAPITALS).astype(bool)[tokens.flat]
    is_kept = is_word[tokens.flat]
    capitals = np.append(is_sign[1:], False)  # the sign comes after its word
    words, signs = (np.add.reduceat(values.astype(np.int64), tokens.starts) for values in (is_kept, is_sign))
    return (capitals & np.repeat(signs < words, tokens.lengths))[is_kept]


def _around_but(words: Tokens, rows: np.ndarray) -> np.ndarray:
    """The factor of each word: less before the first "but" of its tweet, more after it, float64 [words]."""
    is_but = of_each_word(words, lambda word: word == "but").astype(bool)[words.flat]
    position = np.arange(len(words.flat))
    first = np.full(len(words), len(words.flat))
    np.minimum.at(first, rows[is_but], position[is_but])
    has_but = first[rows] < len(words.flat)
    return np.where(has_but, np.where(position < first[rows], _BEFORE_BUT, _AFTER_BUT), 1.0)
