"""Members' probabilities to one, as OOF, test and new tweets all get it. NumPy only, so that scoring needs no more."""

from dataclasses import dataclass

import numpy as np


def log_odds(probability: np.ndarray) -> np.ndarray:
    """float64, the log-odds of probabilities, kept finite.

    Raises:
        ValueError: a value is no probability.
    """
    probability = np.asarray(probability, np.float64)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("probabilities must lie between 0 and 1, and none may be NaN")
    probability = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(probability) - np.log1p(-probability)


def from_log_odds(odds: np.ndarray) -> np.ndarray:
    """float64, the probabilities of log-odds."""
    return 0.5 + 0.5 * np.tanh(0.5 * odds)  # the logistic function without an overflow


@dataclass(frozen=True)
class Ensemble:
    """Weights of the members on their log-odds, and the straight line that calibrates their sum.

    Attributes:
        weights: one a member, summing to 1.
        slope: of the calibration.
        intercept: of the calibration.
    """

    weights: tuple[float, ...]
    slope: float
    intercept: float

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """float64 [n]: one calibrated probability from float [n, members]."""
        return from_log_odds(self.slope * (log_odds(probabilities) @ np.array(self.weights)) + self.intercept)
