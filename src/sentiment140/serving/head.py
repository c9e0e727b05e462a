"""The head of a model that was adapted to labeled tweets: features of a tweet to the logits of its classes.

Needs NumPy only, as the rest of scoring.
"""

import io
from dataclasses import dataclass
from typing import Self

import numpy as np

from sentiment140.evidence.features import FEATURES, features
from sentiment140.evidence.terms import Terms, with_terms
from sentiment140.evidence.three_labels import three_logits
from sentiment140.labels import CLASSES
from sentiment140.text.ngrams import ngram_counts
from sentiment140.text.tokenize import Tokens
from sentiment140.text.vocabulary import Ids

NGRAMS = 2
"""Length of the longest word n-grams of a head."""
DENSE = (*FEATURES, "default", "with lexicon", "its size", *CLASSES[3])
"""The names of the dense features, before the hidden units."""


def dense_features(logits: np.ndarray, hidden: np.ndarray, tokens: Tokens, terms: Terms) -> np.ndarray:
    """Compute the features of tweets that are not n-grams.

    Args:
        logits: float [tweets], the calibrated logits of positive of the model.
        hidden: float32 [tweets, units], what its networks compute last before the probability.
        tokens: the tweets.
        terms: whether emoji and emoticons count; the lexicon always does.

    Returns:
        float64 [tweets, features]: those of `evidence.features`, the logit of positive as it is by default, the same
        with the lexicon, its size, the logits of three labels, and the hidden units.
    """
    default = with_terms(logits, tokens, Terms(terms.emoji, terms.emoticons))
    with_lexicon = with_terms(logits, tokens, Terms(terms.emoji, terms.emoticons, lexicon=True))
    three = three_logits(logits, tokens, terms)
    others = (default, with_lexicon, np.abs(with_lexicon), three, hidden)
    return np.column_stack([features(logits, tokens, terms), *others])


@dataclass(frozen=True)
class Head:
    """A linear model of dense features and TF-IDF n-grams.

    Attributes:
        dense: float [features, classes], the coefficients of the dense features.
        terms: int64 [n-grams], the codes of the n-grams (text/ngrams.py) in ascending order.
        idf: float [n-grams], the inverse document frequencies.
        ngrams: float [n-grams, classes], the coefficients of the n-grams.
        intercept: float [classes].
    """

    dense: np.ndarray
    terms: np.ndarray
    idf: np.ndarray
    ngrams: np.ndarray
    intercept: np.ndarray

    def logits(self, dense: np.ndarray, ids: Ids) -> np.ndarray:
        """Compute the logits of the classes.

        Args:
            dense: float [tweets, features], the dense features.
            ids: the word ids of the tweets, by the vocabulary of the head.

        Returns:
            float64 [tweets, classes].
        """
        total = np.asarray(self.intercept + dense @ self.dense)
        if not len(self.terms):
            return total
        rows, columns, counts = ngram_counts(ids, self.terms, NGRAMS)
        values = (1 + np.log(counts)) * self.idf[columns]
        norms = np.sqrt(np.bincount(rows, values**2, minlength=len(ids)))
        for of_class, coefficients in zip(total.T, self.ngrams.T, strict=True):
            found = np.bincount(rows, values * coefficients[columns], minlength=len(ids))
            of_class += found / np.where(norms > 0, norms, 1)
        return total

    def encode(self) -> bytes:
        """Return the content of a compressed .npz file."""
        file = io.BytesIO()
        np.savez_compressed(file, **vars(self))
        return file.getvalue()

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], largest: float) -> Self:
        """Create a head from the arrays of a file, and check them.

        Args:
            arrays: the arrays by name.
            largest: a larger number is damage.

        Raises:
            KeyError: an array is missing.
            ValueError: the arrays do not belong together, or contain a number that is NaN or too large.
        """
        head = cls(*(arrays[name] for name in cls.__dataclass_fields__))
        classes, size = head.dense.shape[1], len(head.terms)
        if head.ngrams.shape != (size, classes) or head.idf.shape != (size,) or head.intercept.shape != (classes,):
            raise ValueError("its arrays have different lengths")
        if head.terms.dtype != np.int64 or not (np.diff(head.terms) > 0).all():
            raise ValueError("its terms are not sorted")
        if not all(
            (np.abs(numbers) <= largest).all() for numbers in (head.dense, head.idf, head.ngrams, head.intercept)
        ):
            raise ValueError("it has a number that is NaN or too large")
        return head
