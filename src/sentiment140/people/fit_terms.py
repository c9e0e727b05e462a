"""Fit the weights of the terms that are added to a model's logit, on tweets labeled by people."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from sentiment140.data.labeled import LabeledTweets
from sentiment140.errors import UserError
from sentiment140.evidence.features import FEATURES, features
from sentiment140.evidence.lexicon import lexicon_polarity
from sentiment140.evidence.terms import EMOTICONS, SymbolWeights, Terms, ThreeWeights, Weights, contains
from sentiment140.evidence.words import IDENTITY
from sentiment140.labels import NEUTRAL
from sentiment140.text.tokenize import SIGNS, UNKNOWN, Tokens, tokenize

_MINIMUM_TWEETS = 50  # that contain a word, so that it says more about language than about a topic of the time
_WORD = re.compile(r"(?<![\w#@])[^\W\d_]+(?:'[^\W\d_]+)?")
_REGULARIZATION = 0.1  # scikit-learn's C
# What is left of the weights of symbols beside the model alone. The model knows winks and laughing faces, which were no
# labels. On 28,405 held-out tweets, which have these, 0.7 of the weights cost the ensemble 0.12 points of accuracy, and
# 0.6 of them 0.06. The student loses less.
_SHARE_ALONE = 0.6
_SCALE = 3.0  # of the lexicon's score and the logit, so that their weights are hardly penalized


def fit_terms(logits: np.ndarray, tweets: LabeledTweets, source: str) -> Weights:
    """Fit the weights by logistic regression, as if all classes were equally frequent.

    Emoji have the mean weight of a smiling and a sad emoticon: tweets labeled by people hardly have any. Names, and
    words for groups of people, get no weight.

    Args:
        logits: float [tweets], the model's calibrated logits of positive. The model never saw these tweets.
        tweets: the tweets. Those that are neutral count for three labels only.
        source: the tweets and the command, for those who read the weights.

    Raises:
        UserError: no tweet is neutral.
    """
    is_polar, polar = tweets.labels != NEUTRAL, tweets.polar()
    if is_polar.all():
        raise UserError("no tweet is neutral", "in the labeled tweets", "the weights of three labels need some")
    three_labels = _fit_three(logits, tweets)
    logits, positive, tokens = logits[is_polar], polar.labels == 1, tokenize(polar.texts)
    emoticons = _indicators(tokens, list(EMOTICONS))
    coefficients, _ = _fit([logits], [emoticons], positive)
    alone = _symbols(_SHARE_ALONE * coefficients[1:] / coefficients[0])

    words = _frequent_words(tokens, _names(polar.texts))
    columns = [emoticons, _indicators(tokens, words)]
    coefficients, intercept = _fit([logits, lexicon_polarity(tokens)], columns, positive)
    slope, lexicon = coefficients[:2].round(3).tolist()
    with_lexicon = _symbols(coefficients[2 : 2 + len(EMOTICONS)])
    of_words = dict(zip(words, coefficients[2 + len(EMOTICONS) :].round(3).tolist(), strict=True))
    return Weights(source, alone, round(intercept, 3), slope, lexicon, with_lexicon, of_words, three_labels)


def _fit_three(logits: np.ndarray, tweets: LabeledTweets) -> ThreeWeights:
    tokens = tokenize(tweets.texts)
    words = _frequent_words(tokens, _names(tweets.texts))
    values = csr_matrix(features(logits, tokens, Terms()))
    classes = np.where(tweets.labels == NEUTRAL, 1, 2 * tweets.labels)
    model = LogisticRegression(C=_REGULARIZATION, class_weight="balanced", max_iter=1000)
    model.fit(csr_matrix(hstack([values, _indicators(tokens, words)])), classes)
    weights = [tuple(of_class) for of_class in model.coef_.T.round(3).tolist()]
    return ThreeWeights(
        tuple(model.intercept_.round(3).tolist()),
        dict(zip(FEATURES, weights[: len(FEATURES)], strict=True)),
        dict(zip(words, weights[len(FEATURES) :], strict=True)),
    )


def _frequent_words(tokens: Tokens, excluded: set[str]) -> list[str]:
    """Find the words that enough tweets contain, in alphabetical order."""
    candidates = [word for word in tokens.words if word not in {*SIGNS, *EMOTICONS, *IDENTITY, UNKNOWN, *excluded}]
    counts = np.bincount(contains(tokens, candidates)[1], minlength=len(candidates))
    return sorted(np.array(candidates)[counts >= _MINIMUM_TWEETS].tolist())


def _names(texts: Sequence[str]) -> set[str]:
    """Find the words, in small letters, that most tweets write with a capital although they do not begin with it."""
    capitalized, written = Counter[str](), Counter[str]()
    for text in texts:
        for match in _WORD.finditer(text):
            if match.start() and text[: match.start()].rstrip()[-1:] not in {".", "!", "?", ":", '"', ""}:
                word = match.group()
                written[word.lower()] += 1
                capitalized[word.lower()] += word[0].isupper() and not word.isupper()
    return {word for word, count in written.items() if 2 * capitalized[word] > count}


def write_weights(weights: Weights, path: Path) -> None:
    """Write the weights as JSON, one line per term, so that a diff shows which terms have changed."""
    path.write_text(f"{_json(asdict(weights))}\n", "utf-8")


def _json(content: object, indent: str = "") -> str:
    if not isinstance(content, dict):
        return json.dumps(content, ensure_ascii=False)
    lines = [
        f"{indent} {json.dumps(name, ensure_ascii=False)}: {_json(of, indent + ' ')}" for name, of in content.items()
    ]
    return "\n".join(["{", ",\n".join(lines), f"{indent}}}"])


def _indicators(tokens: Tokens, words: list[str]) -> csr_matrix:
    rows, columns = contains(tokens, words)
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(tokens), len(words)))


def _fit(scores: list[np.ndarray], indicators: list[csr_matrix], positive: np.ndarray) -> tuple[np.ndarray, float]:
    values = csr_matrix(np.column_stack(scores) * _SCALE)
    model = LogisticRegression(C=_REGULARIZATION, class_weight="balanced", max_iter=1000)
    model.fit(csr_matrix(hstack([values, *indicators])), positive)
    coefficients = model.coef_[0]
    coefficients[: len(scores)] *= _SCALE
    return coefficients, float(model.intercept_[0])


def _symbols(coefficients: np.ndarray) -> SymbolWeights:
    emoticons = dict(zip(EMOTICONS, (round(value, 3) for value in coefficients.tolist()), strict=True))
    return SymbolWeights(emoticons, round((emoticons["<smile>"] - emoticons["<sadface>"]) / 2, 3))
