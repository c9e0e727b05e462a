"""The terms that are added to a model's logit, and their weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np

from sentiment140.evidence.emoji import polarity
from sentiment140.evidence.lexicon import lexicon_polarity
from sentiment140.text.tokenize import Tokens

EMOTICONS = ("<smile>", "<lolface>", "<heart>", "<sadface>", "<neutralface>")
"""The tokens of emoticons."""
WEIGHTS = "weights.json"
_MOST_EMOJI = 2  # more of the same polarity add nothing


@dataclass(frozen=True)
class Terms:
    """Which terms are added to a model's logit.

    Attributes:
        emoji: the polarity of emoji.
        emoticons: the emoticons.
        lexicon: the polarity of words as people judge them: VADER's lexicon, and the weights of frequent words.
    """

    emoji: bool = True
    emoticons: bool = True
    lexicon: bool = False


@dataclass(frozen=True)
class SymbolWeights:
    """The weights of symbols.

    Attributes:
        emoticons: the weight of each token of `EMOTICONS`. It counts once for a tweet.
        emoji: the weight of an emoji of polarity 1.
    """

    emoticons: Mapping[str, float]
    emoji: float


@dataclass(frozen=True)
class ThreeWeights:
    """The weights of three labels: one for each of negative, neutral and positive.

    Attributes:
        intercept: what is added to each tweet.
        features: the weights of each feature (`evidence.features`), by its name.
        words: the weights of each frequent word. It counts once for a tweet.
    """

    intercept: tuple[float, float, float]
    features: Mapping[str, tuple[float, float, float]]
    words: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Weights:
    """What each term is worth in logit, fitted on tweets labeled by people.

    Attributes:
        source: the tweets that the weights were fitted on, and the command.
        symbols: the weights of symbols beside the model alone.
        intercept: with the lexicon, what is added to each tweet.
        slope: with the lexicon, the factor of the model's logit.
        lexicon: the weight of VADER's compound score.
        symbols_with_lexicon: the weights of symbols beside model and lexicon.
        words: the weight of each frequent word. It counts once for a tweet.
        three_labels: the weights for negative, neutral and positive.
    """

    source: str
    symbols: SymbolWeights
    intercept: float
    slope: float
    lexicon: float
    symbols_with_lexicon: SymbolWeights
    words: Mapping[str, float]
    three_labels: ThreeWeights


@cache
def fitted_weights() -> Weights:
    """Read the weights that the package contains."""
    return msgspec.json.decode(files(__package__).joinpath(WEIGHTS).read_bytes(), type=Weights)


def with_terms(logits: np.ndarray, tokens: Tokens, terms: Terms, weights: Weights | None = None) -> np.ndarray:
    """Add terms to the logit of a model.

    Args:
        logits: float [tweets], the calibrated logits of positive.
        tokens: the tokens of the tweets.
        terms: which terms are added.
        weights: None for those of the package.

    Returns:
        float64 [tweets], the logits of positive: that the author of the tweet feels positive, or with the lexicon,
        that a reader calls the tweet positive, if both classes are equally frequent.
    """
    weights = weights or fitted_weights()
    symbols = weights.symbols_with_lexicon if terms.lexicon else weights.symbols
    total = np.asarray(logits, np.float64)
    if terms.lexicon:
        total = weights.intercept + weights.slope * total + weights.lexicon * lexicon_polarity(tokens)
        total = total + sum_once(tokens, weights.words)
    if terms.emoticons:
        total = total + sum_once(tokens, symbols.emoticons)
    if terms.emoji:
        total = total + symbols.emoji * emoji_polarity(tokens)
    return total


def emoji_polarity(tokens: Tokens) -> np.ndarray:
    """Compute the number of positive minus that of negative emoji of each tweet, -2 to 2, float64 [tweets]."""
    polarities = tokens.look_up(lambda word: 0 if word.isascii() or len(word) > 1 else polarity(word))
    total = np.add.reduceat(polarities[tokens.flat], tokens.starts) if len(tokens) else np.empty(0)
    return np.clip(total, -_MOST_EMOJI, _MOST_EMOJI)


def contains(tokens: Tokens, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Find which of some words each tweet contains.

    Args:
        tokens: the tweets.
        words: distinct tokens.

    Returns:
        (rows, columns) int64 [found]: the index of a tweet, and that of a word it contains. Each pair occurs once.
    """
    column_of = {word: column for column, word in enumerate(words)}
    columns = tokens.look_up(lambda word: column_of.get(word, -1), np.int64)[tokens.flat]
    rows = np.repeat(np.arange(len(tokens)), tokens.lengths)[columns >= 0]
    pairs = np.sort(rows * len(words) + columns[columns >= 0])  # `np.unique` takes several times as long
    is_first = np.diff(pairs, prepend=-1) > 0
    return np.divmod(pairs[is_first], max(1, len(words)))


def sum_once(tokens: Tokens, weights: Mapping[str, float] | Mapping[str, tuple[float, ...]]) -> np.ndarray:
    """Sum the weights of the distinct words of each tweet.

    Args:
        tokens: the tweets.
        weights: the weight of each word, or several for each.

    Returns:
        float64 [tweets], or [tweets, weights of a word].
    """
    rows, columns = contains(tokens, list(weights))
    values = np.array(list(weights.values()), np.float64)
    total = np.zeros((len(tokens), *values.shape[1:]))
    np.add.at(total, rows, values[columns])
    return total
