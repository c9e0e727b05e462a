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


def sureness(odds: np.ndarray) -> np.ndarray:
    """float64 [n]: how far from even the members see a tweet, on average; from log-odds [n, members]."""
    return np.abs(odds).mean(axis=1)


@dataclass(frozen=True)
class Blend:
    """Weights of the members on their log-odds.

    Attributes:
        weights: one a member, summing to 1, for a tweet of average sureness.
        change: by how much each weight is higher where the sureness is higher by 1; none, or one a member.
        average: sureness for which `weights` hold.
        cap: what a higher sureness counts as.
    """

    weights: tuple[float, ...]
    change: tuple[float, ...] = ()
    average: float = 0.0
    cap: float = 0.0

    def apply(self, odds: np.ndarray) -> np.ndarray:
        """float64 [n]: one from the log-odds [n, members]."""
        blended = odds @ np.array(self.weights)
        if self.change:
            sure = np.minimum(sureness(odds), self.cap)
            blended += (sure - self.average) * (odds @ np.array(self.change))
        return blended


@dataclass(frozen=True)
class Ensemble:
    """The members' blend, and the straight line that calibrates it.

    Attributes:
        blend: of the members' log-odds.
        slope: of the calibration.
        intercept: of the calibration.
    """

    blend: Blend
    slope: float
    intercept: float

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """float64 [n]: one calibrated probability from float [n, members]."""
        return from_log_odds(self.slope * self.blend.apply(log_odds(probabilities)) + self.intercept)
