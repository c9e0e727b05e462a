"""The labels of a tweet, and the probability from which it is called positive."""

import numpy as np
from numpy.typing import ArrayLike

NEGATIVE, UNCERTAIN, POSITIVE = "negative", "uncertain", "positive"
NEUTRAL = -1
"""The number of a tweet that is neither negative (0) nor positive (1)."""

THRESHOLD = 0.5


def is_positive(probability: ArrayLike) -> np.ndarray:
    """bool [tweets]: whether each is called positive."""
    return np.asarray(probability) >= THRESHOLD


def sentiments(probability: np.ndarray, abstain: float = 0.0) -> list[str]:
    """ "positive" or "negative" for each tweet, or "uncertain" where its probability is within `abstain` of 0.5.

    Args:
        probability: float [tweets], of positive.
        abstain: 0 to 0.5.
    """
    called = np.where(is_positive(probability), POSITIVE, NEGATIVE)
    return np.where(np.abs(probability - THRESHOLD) < abstain, UNCERTAIN, called).tolist()
