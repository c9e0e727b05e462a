"""The scores of texts, and what the model could read of them."""

from dataclasses import dataclass

import numpy as np

from sentiment140.ensemble.blend import expit
from sentiment140.labels import CLASSES, UNCERTAIN, sentiments


@dataclass(frozen=True)
class Scores:
    """The scores of texts.

    Attributes:
        probabilities: float32 [texts, labels], the calibrated probabilities of the classes, in the order of
            `labels.CLASSES`.
        known_words: int64 [texts], how many words, emoticons and emoji of each text the model knows. A text without
            any, in another language for example, gets the probability of such tweets in the training data.
        truncated: bool [texts], whether a text is longer than the model reads.
    """

    probabilities: np.ndarray
    known_words: np.ndarray
    truncated: np.ndarray

    @property
    def probability(self) -> np.ndarray:
        """The calibrated probability of positive, float32 [texts]."""
        return self.probabilities[:, -1]

    def sentiments(self, abstain: float = 0.0) -> list[str]:
        """Name the sentiment of each text: of two classes by the threshold 0.5, of three the most probable one.

        Args:
            abstain: of two classes, texts whose probability differs from 0.5 by less than this are "uncertain", and so
                are those without a known word if it is not 0; 0 to 0.5.

        Returns:
            One of "negative", "uncertain" and "positive" for each text; or of "negative", "neutral" and "positive".

        Example:
            >>> positive = np.array([0.9, 0.4, 0.8])
            >>> scores = Scores(np.column_stack([1 - positive, positive]), np.array([3, 1, 0]), np.zeros(3, bool))
            >>> scores.sentiments(), scores.sentiments(abstain=0.2)
            (['positive', 'negative', 'positive'], ['positive', 'uncertain', 'uncertain'])
        """
        classes = CLASSES[self.probabilities.shape[1]]
        if len(classes) > 2:
            return np.array(classes)[self.probabilities.argmax(axis=1)].tolist()
        found = sentiments(self.probability, abstain)
        if not abstain:
            return found
        return [sentiment if known else UNCERTAIN for sentiment, known in zip(found, self.known_words, strict=True)]


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Compute the probabilities of the classes.

    Args:
        logits: float [texts], the logits of positive; or [texts, 3], those of negative, neutral and positive.

    Returns:
        float32 [texts, labels].

    Example:
        >>> probabilities(np.array([0.0])).tolist(), probabilities(np.zeros((1, 3))).round(2).tolist()
        ([[0.5, 0.5]], [[0.33000001311302185, 0.33000001311302185, 0.33000001311302185]])
    """
    if logits.ndim == 1:
        positive = expit(logits).astype(np.float32)
        return np.column_stack([1 - positive, positive])
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def logit_of_positive(logits: np.ndarray) -> np.ndarray:
    """Compute the logits of positive against negative, float64 [texts], whatever the number of classes."""
    return logits if logits.ndim == 1 else logits[:, -1] - logits[:, 0]
