"""The polarity of the words of a tweet, by VADER's lexicon and rules.

Source: C. J. Hutto and E. Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text,
ICWSM 2014. The lexicon, the negations and the boosters are those of the package `vaderSentiment`. Its own analyzer
takes longer than the fast model, so the rules are applied here to the tokens of many tweets at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from sentiment140.evidence.words import IDENTITY
from sentiment140.text.tokenize import ALL_CAPITALS, SIGNS, Tokens

# The constants of VADER's analyzer.
_CAPITALS, _NEGATED, _BEFORE_BUT, _AFTER_BUT, _NORMALIZATION = 0.733, -0.74, 0.5, 1.5, 15
_DISTANCES = ((1, 1.0), (2, 0.95), (3, 0.9))  # words between a modifier and the word, and what is left of its effect
_BUT, _CONTRACTED = "but", "n't"

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


@dataclass(frozen=True)
class _KnownWords:
    """What the rules know about words, by the number of a word: 0 for unknown words.

    Attributes:
        numbers: the number of each known word.
        valences: float64 [words].
        boosts: float64 [words], what the word adds to the valence of one after it.
        negates: bool [words].
        is_sign: bool [words], whether it is no word but a sign.
    """

    numbers: Mapping[str, int]
    valences: np.ndarray
    boosts: np.ndarray
    negates: np.ndarray
    is_sign: np.ndarray


@cache
def _known_words() -> _KnownWords:
    boosters, negations = _modifiers()
    words = ["", _CONTRACTED, *sorted({*_valences(), *boosters, *negations, *SIGNS, _BUT} - {_CONTRACTED})]
    return _KnownWords(
        {word: number for number, word in enumerate(words) if number},
        np.array([0.0 if word in boosters else valence(word) for word in words]),
        np.array([boosters.get(word, 0.0) for word in words]),
        np.array([is_negation(word) for word in words]),
        np.array([word in SIGNS for word in words]),
    )


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
    known = _known_words()
    other = known.numbers[_CONTRACTED]  # any other negation: "mustn't"
    of_word = tokens.look_up(lambda word: known.numbers.get(word) or (other if is_negation(word) else 0))
    numbers = of_word.astype(np.int64)[tokens.flat]
    is_word = ~known.is_sign[numbers]
    words = tokens.where(is_word)
    kept = numbers[is_word]

    rows = np.repeat(np.arange(len(words)), words.lengths)
    valences = known.valences[kept]
    valences += _CAPITALS * np.sign(valences) * _in_capitals(tokens, numbers == known.numbers[ALL_CAPITALS], is_word)
    for distance, share in _DISTANCES:
        before = np.where(rows[distance:] == rows[:-distance], kept[:-distance], 0)
        valences[distance:] += share * known.boosts[before] * np.sign(valences[distance:])
        valences[distance:] *= np.where(known.negates[before], _NEGATED, 1.0)
    valences *= _around_but(kept == known.numbers[_BUT], rows, len(words))
    total = np.bincount(rows, valences, minlength=len(words))
    return total / np.sqrt(total**2 + _NORMALIZATION)


def _in_capitals(tokens: Tokens, is_sign: np.ndarray, is_word: np.ndarray) -> np.ndarray:
    """Whether each word is written in capitals and another word of its tweet is not, bool [words]."""
    capitals = np.append(is_sign[1:], False)  # the sign comes after its word
    words, signs = (np.add.reduceat(values.astype(np.int64), tokens.starts) for values in (is_word, is_sign))
    return (capitals & np.repeat(signs < words, tokens.lengths))[is_word]


def _around_but(is_but: np.ndarray, rows: np.ndarray, tweets: int) -> np.ndarray:
    """The factor of each word: less before the first "but" of its tweet, more after it, float64 [words]."""
    position = np.arange(len(rows))
    first = np.full(tweets, len(rows))
    np.minimum.at(first, rows[is_but], position[is_but])
    has_but = first[rows] < len(rows)
    return np.where(has_but, np.where(position < first[rows], _BEFORE_BUT, _AFTER_BUT), 1.0)
