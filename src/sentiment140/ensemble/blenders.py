"""How much each member counts. Blenders see log-odds and labels, no folds, so they cannot cheat."""

from collections.abc import Callable

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

_STEPS = 50  # picks of hill climbing: weights in steps of 2 %
_CLIMBING_SAMPLE = 100_000  # tweets are plenty for a handful of weights, and the climb takes a second


def mean(odds: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Every member the same weight."""
    return np.full(odds.shape[1], 1 / odds.shape[1])


def hill_climb(odds: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Picks members with replacement, each time the one that lowers the log loss most.

    Never worse than the best member on the tweets it climbs on. Source: Caruana et al., Ensemble Selection from
    Libraries of Models, ICML 2004.
    """
    sample = np.random.default_rng(seed).permutation(len(labels))[:_CLIMBING_SAMPLE]
    odds, labels = odds[sample], labels[sample]
    picks = np.zeros(odds.shape[1])
    best_loss, best_picks = np.inf, picks
    for step in range(1, _STEPS + 1):
        total = odds @ picks
        losses = [log_loss(labels, expit((total + column) / step), labels=[0, 1]) for column in odds.T]
        winner = int(np.argmin(losses))
        picks = picks + np.eye(len(picks))[winner]
        if losses[winner] < best_loss:
            best_loss, best_picks = losses[winner], picks
    return best_picks / best_picks.sum()


def logistic(odds: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Stacking: a logistic regression on the members' log-odds, its coefficients scaled to sum to 1.

    Source: Wolpert, Stacked Generalization, Neural Networks 5, 1992.
    """
    coefficients = LogisticRegression(C=1e3).fit(odds, labels).coef_[0]
    if coefficients.sum() <= 0:  # members worse than chance: nothing to scale
        return mean(odds, labels, seed)
    return coefficients / coefficients.sum()


BLENDERS: dict[str, Callable[[np.ndarray, np.ndarray, int], np.ndarray]] = {
    "mean": mean,
    "hill_climb": hill_climb,
    "logistic": logistic,
}
