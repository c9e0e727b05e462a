"""The scores of texts, and what the model could read of them."""

from dataclasses import dataclass

import numpy as np

from sentiment140.labels import UNCERTAIN, sentiments


@dataclass(frozen=True)
class Scores:
    """The scores of texts.

    Attributes:
        probability: float32 [texts], the calibrated probability of positive.
        known_words: int64 [texts], how many words, emoticons and emoji of each text the model knows. A text without
            any, in another language for example, gets the probability of such tweets in the training data.
        truncated: bool [texts], whether a text is longer than the model reads.
    """

    probability: np.ndarray
    known_words: np.ndarray
    truncated: np.ndarray

    def sentiments(self, abstain: float = 0.0) -> list[str]:
        """Name the sentiment of each text.

        Args:
            abstain: texts whose probability differs from 0.5 by less than this are "uncertain", and so are those
                without a known word if it is not 0; 0 to 0.5.

        Returns:
            One of "negative", "uncertain" and "positive" for each text.

        Example:
            >>> scores = Scores(np.array([0.9, 0.4, 0.8]), np.array([3, 1, 0]), np.zeros(3, bool))
            >>> scores.sentiments(), scores.sentiments(abstain=0.2)
            (['positive', 'negative', 'positive'], ['positive', 'uncertain', 'uncertain'])
        """
        found = sentiments(self.probability, abstain)
        if not abstain:
            return found
        return [sentiment if known else UNCERTAIN for sentiment, known in zip(found, self.known_words, strict=True)]
