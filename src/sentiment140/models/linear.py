"""The scikit-learn architectures. They read word ids, as the Keras ones do, so all members see the same tokens."""

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
    """Count n-grams of word ids. The counts are those of `CountVectorizer` on the words, in a tenth of the time.

    Tweets are processed in chunks: the n-grams of a million tweets at once would take 1.5 GB.

    Args:
        max_n: length of the longest n-grams in words, 1 to 3.
        minimum_tweets: an n-gram is kept if it occurs in at least this many tweets.

    Attributes:
        terms_: int64 [terms], the codes of the n-grams that are kept (text/ngrams.py), in ascending order.

    Example:
        >>> tweets = Ids(np.array([5, 7, 5], np.int32), np.array([0, 2, 3]))  # the tweets [5, 7] and [5]
        >>> NgramCounter(max_n=1, minimum_tweets=1).fit_transform(tweets).toarray().tolist()
        [[1.0, 1.0], [1.0, 0.0]]
    """

    def __init__(self, max_n: int, minimum_tweets: int) -> None:
        self.max_n = max_n
        self.minimum_tweets = minimum_tweets

    def fit(self, ids: Ids, labels: np.ndarray | None = None) -> Self:
        """Find the n-grams to keep.

        Args:
            ids: the training tweets.
            labels: ignored.

        Returns:
            The fitted counter.

        Raises:
            ValueError: no n-gram occurs in `minimum_tweets` tweets.
        """
        frequencies = [_document_frequencies(chunk, self.max_n) for chunk in ids.chunks()]
        terms, positions = np.unique(np.concatenate([codes for codes, _ in frequencies]), return_inverse=True)
        tweets_with_term = np.bincount(positions, np.concatenate([counts for _, counts in frequencies]))
        self.terms_ = terms[tweets_with_term >= self.minimum_tweets]
        if not len(self.terms_):
            raise ValueError(f"no n-gram occurs in {self.minimum_tweets} tweets")
        return self

    def transform(self, ids: Ids) -> csr_matrix:
        """Count the n-grams of tweets.

        Args:
            ids: the tweets.

        Returns:
            float32 [tweets, terms], sparse.
        """
        matrices = []
        for chunk in ids.chunks():
            rows, columns, counts = ngram_counts(chunk, self.terms_, self.max_n)
            row_starts = np.searchsorted(rows, np.arange(len(chunk) + 1))
            matrices.append(csr_matrix((counts, columns, row_starts), (len(chunk), len(self.terms_))))
        return vstack(matrices, "csr") if matrices else csr_matrix((0, len(self.terms_)), dtype=np.float32)


def _document_frequencies(ids: Ids, max_n: int) -> tuple[np.ndarray, np.ndarray]:
    """The distinct n-gram codes int64 [terms], and the number of tweets that each occurs in, int64 [terms]."""
    rows, codes = ngram_codes(ids, max_n)
    order = np.lexsort((rows, codes))  # puts the repetitions of an n-gram within a tweet next to each other
    rows, codes = rows[order], codes[order]
    is_first = np.ones(len(codes), bool)
    is_first[1:] = (codes[1:] != codes[:-1]) | (rows[1:] != rows[:-1])
    return np.unique(codes[is_first], return_counts=True)


class LogCountRatios(TransformerMixin, BaseEstimator):
    """Multiply each column by its log-count ratio under naive Bayes.

    The ratio of a term is ln((p / |p|) / (q / |q|)), where p is 1 + the number of positive tweets with the term, q is
    the same for negative tweets, and |p| and |q| are the sums of p and q over all terms.

    Attributes:
        ratios_: float32 [terms].
    """

    def fit(self, values: csr_matrix, labels: np.ndarray) -> Self:
        """Compute the ratios.

        Args:
            values: float32 [tweets, terms], sparse; a nonzero value of any size means that the tweet has the term.
            labels: int [tweets], 0 or 1.

        Returns:
            The fitted transformer.
        """
        positive, negative = (
            1 + np.bincount(values[labels == label].indices, minlength=values.shape[1]) for label in (1, 0)
        )
        self.ratios_ = np.log(positive / positive.sum() / (negative / negative.sum())).astype(np.float32)
        return self

    def transform(self, values: csr_matrix) -> csr_matrix:
        """Multiply each column by its ratio.

        Args:
            values: float32 [tweets, terms], sparse.

        Returns:
            float32 [tweets, terms], sparse.
        """
        return csr_matrix((values.data * self.ratios_[values.indices], values.indices, values.indptr), values.shape)


def tfidf_logistic(*, C: float = 2.0, ngrams: int = 2, minimum_tweets: int = 2) -> Pipeline:
    """Build a logistic regression on the TF-IDF of word n-grams: the baseline of most notebooks, and hard to beat.

    Args:
        C: inverse strength of the L2 penalty, as in scikit-learn.
        ngrams: length of the longest n-grams in words, 1 to 3.
        minimum_tweets: an n-gram is used if it occurs in at least this many training tweets.

    Returns:
        The unfitted pipeline, from `Ids` to probabilities float64 [tweets, 2] (`predict_proba`).

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> tweets = Ids(np.array([5, 7, 6, 7], np.int32), np.array([0, 2, 4]))  # [5, 7] and [6, 7]
        >>> pipeline = tfidf_logistic(ngrams=1, minimum_tweets=1).fit(tweets, np.array([1, 0]))
        >>> pipeline.predict(tweets).tolist()
        [1, 0]
    """
    return Pipeline([*_tfidf_steps(ngrams, minimum_tweets), ("logistic", _logistic_regression(C))])


def nb_logistic(*, C: float = 1.0, ngrams: int = 3, minimum_tweets: int = 3) -> Pipeline:
    """Build a logistic regression on TF-IDF values that are multiplied by naive Bayes log-count ratios.

    Because of the ratios, the L2 penalty shrinks n-grams that are equally frequent in both classes, rather than rare
    n-grams that occur in one class only. Source: Wang and Manning, Baselines and Bigrams: Simple, Good Sentiment and
    Topic Classification (2012), who use an SVM in place of the logistic regression.

    Args:
        C: inverse strength of the L2 penalty, as in scikit-learn.
        ngrams: length of the longest n-grams in words, 1 to 3.
        minimum_tweets: an n-gram is used if it occurs in at least this many training tweets.

    Returns:
        The unfitted pipeline, from `Ids` to probabilities float64 [tweets, 2] (`predict_proba`).

    Raises:
        ValueError: a value is out of its range.
    """
    steps = [*_tfidf_steps(ngrams, minimum_tweets), ("ratios", LogCountRatios()), ("logistic", _logistic_regression(C))]
    return Pipeline(steps)


def extract_weights(pipeline: Pipeline) -> dict[str, np.ndarray]:
    """Extract from a fitted pipeline the arrays that scoring needs.

    Args:
        pipeline: from `tfidf_logistic` or `nb_logistic`, fitted.

    Returns:
        `terms` int64 [terms], the codes of the n-grams; `idf` float32 [terms]; `coefficients` float32 [terms], already
        multiplied by the log-count ratios if there are any; `intercept` float32 [1].
    """
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


def _tfidf_steps(ngrams: int, minimum_tweets: int) -> list[tuple[str, BaseEstimator]]:
    if not 1 <= ngrams <= 3:  # three ids fit into the int64 code of an n-gram, four do not
        raise ValueError(f"ngrams must be 1, 2 or 3, is {ngrams!r}")
    if not minimum_tweets >= 1:
        raise ValueError(f"minimum_tweets must be at least 1, is {minimum_tweets!r}")
    return [("counts", NgramCounter(ngrams, minimum_tweets)), ("tfidf", TfidfTransformer(sublinear_tf=True))]


def _logistic_regression(C: float) -> LogisticRegression:
    if not C > 0:
        raise ValueError(f"C must be above 0, is {C!r}")
    return LogisticRegression(C=C, solver="liblinear", max_iter=200)


SKLEARN: dict[str, Callable[..., Pipeline]] = {"tfidf_logistic": tfidf_logistic, "nb_logistic": nb_logistic}
