"""Members from scikit-learn. They read ids as the others do, so that every member sees the same tokens."""

from collections.abc import Callable
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from sentiment140.text.ngrams import ngram_codes, ngram_counts
from sentiment140.text.vocabulary import Ids


class NgramCounter(TransformerMixin, BaseEstimator):
    """Ids to counts of n-grams, as `CountVectorizer` would give them for words, at a tenth of its time.

    Part by part: all at once, a million tweets' n-grams take 1.5 GB.

    Args:
        longest: words an n-gram has at most, 1 to 3.
        minimum_tweets: tweets an n-gram must occur in.
    """

    def __init__(self, longest: int, minimum_tweets: int) -> None:
        self.longest = longest
        self.minimum_tweets = minimum_tweets

    def fit(self, ids: Ids, labels: np.ndarray | None = None) -> Self:
        """Learns which n-grams are kept; looks at no label."""
        found = [_tweets_by_code(part, self.longest) for part in ids.chunks()]
        terms, place = np.unique(np.concatenate([codes for codes, _ in found]), return_inverse=True)
        tweets = np.bincount(place, np.concatenate([counts for _, counts in found]))
        self.terms_ = terms[tweets >= self.minimum_tweets]
        if not len(self.terms_):
            raise ValueError(f"no n-gram occurs in {self.minimum_tweets} tweets")
        return self

    def transform(self, ids: Ids) -> csr_matrix:
        """float32 [tweets, terms]."""
        parts = []
        for part in ids.chunks():
            rows, columns, counts = ngram_counts(part, self.terms_, self.longest)
            starts = np.searchsorted(rows, np.arange(len(part) + 1))
            parts.append(csr_matrix((counts, columns, starts), (len(part), len(self.terms_))))
        return vstack(parts, "csr") if parts else csr_matrix((0, len(self.terms_)), dtype=np.float32)


def _tweets_by_code(ids: Ids, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """(codes, in how many tweets each occurs)."""
    rows, codes = ngram_codes(ids, longest)
    order = np.lexsort((rows, codes))  # a tweet's repeats of an n-gram lie side by side
    rows, codes = rows[order], codes[order]
    first = np.ones(len(codes), bool)
    first[1:] = (codes[1:] != codes[:-1]) | (rows[1:] != rows[:-1])
    return np.unique(codes[first], return_counts=True)


class LogCountRatios(TransformerMixin, BaseEstimator):
    """Each column times ln((p / |p|) / (q / |q|)), p and q its positive and negative tweets and one of each more."""

    def fit(self, values: csr_matrix, labels: np.ndarray) -> Self:
        """Counts the tweets of each label that have a term at all."""
        positive, negative = (
            1 + np.bincount(values[labels == label].indices, minlength=values.shape[1]) for label in (1, 0)
        )
        self.ratios_ = np.log(positive / positive.sum() / (negative / negative.sum())).astype(np.float32)
        return self

    def transform(self, values: csr_matrix) -> csr_matrix:
        """float32 [tweets, terms]."""
        return csr_matrix((values.data * self.ratios_[values.indices], values.indices, values.indptr), values.shape)


def tfidf_logistic(*, C: float = 2.0, ngrams: int = 2, minimum_tweets: int = 2) -> Pipeline:
    """TF-IDF of word n-grams and a logistic regression: what a notebook would start with, and hard to beat.

    Args:
        C: inverse strength of the L2 penalty.
        ngrams: words an n-gram has at most.
        minimum_tweets: tweets an n-gram must occur in.

    Raises:
        ValueError: a value is out of its range.
    """
    return Pipeline([*_counted(ngrams, minimum_tweets), ("logistic", _logistic(C))])


def nb_logistic(*, C: float = 1.0, ngrams: int = 3, minimum_tweets: int = 3) -> Pipeline:
    """TF-IDF of word n-grams, each times its log-count ratio under naive Bayes, and a logistic regression.

    The penalty then weighs on n-grams that say little of the label, not on rare ones that say much. Source: Wang and
    Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification (2012), there with an SVM.

    Arguments and errors are those of `tfidf_logistic`.
    """
    steps = [*_counted(ngrams, minimum_tweets), ("ratios", LogCountRatios()), ("logistic", _logistic(C))]
    return Pipeline(steps)


def weights_of(pipeline: Pipeline) -> dict[str, np.ndarray]:
    """`terms`, `idf`, `coefficients` [terms] and `intercept` [1] of a fitted pipeline: what scoring needs."""
    counter, tfidf, logistic = (pipeline.named_steps[step] for step in ("counts", "tfidf", "logistic"))
    coefficients = logistic.coef_[0]
    if "ratios" in pipeline.named_steps:
        coefficients = coefficients * pipeline.named_steps["ratios"].ratios_
    return {
        "terms": counter.terms_,
        "idf": tfidf.idf_.astype(np.float32),
        "coefficients": coefficients.astype(np.float32),
        "intercept": logistic.intercept_.astype(np.float32),
    }


def _counted(ngrams: int, minimum_tweets: int) -> list[tuple[str, BaseEstimator]]:
    if not (1 <= ngrams <= 3 and minimum_tweets >= 1):
        raise ValueError("ngrams must be 1, 2 or 3, and minimum_tweets 1 or more")
    return [("counts", NgramCounter(ngrams, minimum_tweets)), ("tfidf", TfidfTransformer(sublinear_tf=True))]


def _logistic(C: float) -> LogisticRegression:
    if not C > 0:
        raise ValueError("C must be above 0")
    return LogisticRegression(C=C, solver="liblinear", max_iter=200)


SKLEARN: dict[str, Callable[..., Pipeline]] = {"tfidf_logistic": tfidf_logistic, "nb_logistic": nb_logistic}
