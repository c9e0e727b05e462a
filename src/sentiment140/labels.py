"""The labels of a tweet, and the threshold from which a probability counts as positive."""

import numpy as np
from numpy.typing import ArrayLike

NEGATIVE, UNCERTAIN, POSITIVE = "negative", "uncertain", "positive"
NEUTRAL = -1
"""The label of a tweet that is neither negative (0) nor positive (1)."""
UNLABELED = -2
"""The label of a test tweet whose label is not known: it is predicted and not scored."""

CLASSES = {2: (NEGATIVE, POSITIVE), 3: (NEGATIVE, "neutral", POSITIVE)}
"""The names of the classes by their number, in the order of their probabilities."""

THRESHOLD = 0.5


def is_positive(probability: ArrayLike) -> np.ndarray:
    """Classify tweets by the threshold 0.5, which itself counts as positive.

    Args:
        probability: float [tweets], the probability of positive.

    Returns:
        bool [tweets], whether each tweet is classified as positive.

    Examples:
        >>> is_positive([0.2, 0.5, 0.9]).tolist()
        [False, True, True]
    """
    return np.asarray(probability) >= THRESHOLD


def sentiments(probability: np.ndarray, abstain: float = 0.0) -> list[str]:
    """Name the sentiment of each tweet.

    Args:
        probability: float [tweets], the probability of positive.
        abstain: label tweets "uncertain" whose probability differs from 0.5 by less than this; 0 to 0.5.

    Returns:
        One of "negative", "uncertain" and "positive" for each tweet.

    Examples:
        >>> sentiments(np.array([0.1, 0.45, 0.9]), abstain=0.2)
        ['negative', 'uncertain', 'positive']
    """
    called = np.where(is_positive(probability), POSITIVE, NEGATIVE)
    return np.where(np.abs(probability - THRESHOLD) < abstain, UNCERTAIN, called).tolist()
