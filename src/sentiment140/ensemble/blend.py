"""Apply a fitted blend: one calibrated probability from those of the members. Needs NumPy only.

Out-of-fold, test and new tweets all go through this code.
"""

from dataclasses import dataclass

import numpy as np

ENSEMBLE = "ensemble"
"""The name of the ensemble's column, beside the columns of the members."""


def logit(probability: np.ndarray) -> np.ndarray:
    """Compute the logits of probabilities, ln(p / (1 - p)).

    Args:
        probability: float, any shape; clipped to [1e-6, 1 - 1e-6] so that the logits are finite.

    Returns:
        float64, the same shape.

    Raises:
        ValueError: a value is NaN or outside [0, 1].

    Examples:
        >>> logit(np.array([0.25, 0.5])).round(3).tolist()
        [-1.099, 0.0]
    """
    probability = np.asarray(probability, np.float64)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("probabilities must lie between 0 and 1, and none may be NaN")
    probability = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(probability) - np.log1p(-probability)


def expit(logits: np.ndarray) -> np.ndarray:
    """Compute the probabilities of logits: the logistic function, the inverse of `logit`.

    Args:
        logits: float, any shape.

    Returns:
        float64, the same shape.

    Examples:
        >>> expit(np.array([0.0, 1000.0])).tolist()
        [0.5, 1.0]
    """
    return 0.5 + 0.5 * np.tanh(0.5 * logits)  # unlike 1 / (1 + exp(-x)), this never overflows


def confidence(logits: np.ndarray) -> np.ndarray:
    """Compute the confidence in each tweet: the mean of the members' absolute logits.

    Args:
        logits: float [..., members].

    Returns:
        float64 [...], 0 where every member gives probability 0.5.
    """
    return np.abs(logits).mean(axis=-1)


@dataclass(frozen=True)
class Blend:
    """A weighted sum of the members' logits; the weights may depend on the confidence in a tweet.

    Attributes:
        weights: one weight per member for a tweet of average confidence; they sum to 1.
        confidence_weights: change of each weight per unit of confidence; empty for weights that are the same for all
            tweets.
        average: the average confidence, for which `weights` hold.
        cap: a confidence above this counts as this.

    Examples:
        >>> Blend(weights=(0.75, 0.25)).apply(np.array([[2.0, -2.0]])).tolist()
        [1.0]
    """

    weights: tuple[float, ...]
    confidence_weights: tuple[float, ...] = ()
    average: float = 0.0
    cap: float = 0.0

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Blend the members' logits.

        Args:
            logits: float [..., members].

        Returns:
            float64 [...], the blended logits.
        """
        blended = logits @ np.array(self.weights)
        if self.confidence_weights:
            confident = np.minimum(confidence(logits), self.cap)
            blended += (confident - self.average) * (logits @ np.array(self.confidence_weights))
        return blended


@dataclass(frozen=True)
class Ensemble:
    """A fitted ensemble: the blend of the members, then its calibration (Platt scaling).

    Attributes:
        blend: the blend of the members' logits.
        slope: factor of the blended logits.
        intercept: added to the scaled logits.
    """

    blend: Blend
    slope: float
    intercept: float

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Compute the calibrated logits of the ensemble.

        Args:
            probabilities: the members' probabilities of positive, float [n, members] from one model per member, or
                [folds, n, members] from those of several folds, whose blended logits are averaged.

        Returns:
            float64 [n].

        Raises:
            ValueError: a probability is NaN or outside [0, 1].
        """
        blended = self.blend.apply(logit(probabilities))
        if blended.ndim > 1:
            blended = blended.mean(axis=0)
        return self.slope * blended + self.intercept

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Compute the calibrated probability of the ensemble.

        Args:
            probabilities: as in `logits`.

        Returns:
            float64 [n].

        Raises:
            ValueError: as in `logits`.
        """
        return expit(self.logits(probabilities))


@dataclass(frozen=True)
class Ensembles:
    """The same blend with two calibrations.

    Attributes:
        one_fold: for the models of one fold, as out-of-fold tweets are scored.
        all_folds: for the mean of all folds, as unseen tweets are scored. It is less noisy, so its slope is steeper.
    """

    one_fold: Ensemble
    all_folds: Ensemble
