"""The blend: one calibrated probability from the members', for OOF, test and new tweets alike. Needs NumPy only."""

from dataclasses import dataclass

import numpy as np

ENSEMBLE = "ensemble"
"""The column of the blended members, beside one for each member."""


def logit(probability: np.ndarray) -> np.ndarray:
    """float64, the logits of probabilities, kept finite.

    Raises:
        ValueError: a value is no probability.
    """
    probability = np.asarray(probability, np.float64)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("probabilities must lie between 0 and 1, and none may be NaN")
    probability = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(probability) - np.log1p(-probability)


def expit(logits: np.ndarray) -> np.ndarray:
    """float64, the probabilities of logits."""
    return 0.5 + 0.5 * np.tanh(0.5 * logits)  # the logistic function without an overflow


def confidence(logits: np.ndarray) -> np.ndarray:
    """float64 [n]: how far from even the members see a tweet, on average; from logits [n, members]."""
    return np.abs(logits).mean(axis=1)


@dataclass(frozen=True)
class Blend:
    """Weights of the members on their logits.

    Attributes:
        weights: one a member, summing to 1, for a tweet of average confidence.
        confidence_weights: what is added to each weight per unit of confidence; empty, or one per member.
        average: confidence for which `weights` hold.
        cap: what a higher confidence counts as.
    """

    weights: tuple[float, ...]
    confidence_weights: tuple[float, ...] = ()
    average: float = 0.0
    cap: float = 0.0

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """float64 [n]: one from the logits [n, members]."""
        blended = logits @ np.array(self.weights)
        if self.confidence_weights:
            confident = np.minimum(confidence(logits), self.cap)
            blended += (confident - self.average) * (logits @ np.array(self.confidence_weights))
        return blended


@dataclass(frozen=True)
class Ensemble:
    """The members' blend, and the straight line that calibrates it.

    Attributes:
        blend: of the members' logits.
        slope: of the calibration.
        intercept: of the calibration.
    """

    blend: Blend
    slope: float
    intercept: float

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """float64 [n]: one calibrated probability from float [n, members]."""
        return expit(self.slope * self.blend.apply(logit(probabilities)) + self.intercept)
