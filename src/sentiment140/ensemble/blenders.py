"""How much each member counts. Blenders see logits and labels, no folds, so they cannot cheat."""

from collections.abc import Callable

import numpy as np

from sentiment140.ensemble.blend import Blend, confidence, expit

_STEPS = 50  # picks of hill climbing: weights in steps of 2 %
_CAP_QUANTILE = 0.99  # share of the tweets whose confidence is told apart; beyond, a trend fitted on few would run wild
_CLIMBING_SAMPLE = 100_000  # tweets are plenty for a handful of weights, and the climb takes a second


def mean(logits: np.ndarray, labels: np.ndarray, seed: int) -> Blend:
    """Every member the same weight."""
    return Blend((1 / logits.shape[1],) * logits.shape[1])


def hill_climb(logits: np.ndarray, labels: np.ndarray, seed: int) -> Blend:
    """Picks members with replacement, each time the one that lowers the log loss most.

    Never worse than the best member on the tweets it climbs on. Source: Caruana et al., Ensemble Selection from
    Libraries of Models, ICML 2004.
    """
    from sklearn.metrics import log_loss  # here: a name of BLENDERS is checked before anything heavy is imported

    sample = np.random.default_rng(seed).permutation(len(labels))[:_CLIMBING_SAMPLE]
    logits, labels = logits[sample], labels[sample]
    picks = np.zeros(logits.shape[1])
    best_loss, best_picks = np.inf, picks
    for step in range(1, _STEPS + 1):
        total = logits @ picks
        losses = [log_loss(labels, expit((total + column) / step), labels=[0, 1]) for column in logits.T]
        winner = int(np.argmin(losses))
        picks = picks + np.eye(len(picks))[winner]
        if losses[winner] < best_loss:
            best_loss, best_picks = losses[winner], picks
    return Blend(tuple((best_picks / best_picks.sum()).tolist()))


def logistic(logits: np.ndarray, labels: np.ndarray, seed: int) -> Blend:
    """Stacking: a logistic regression on the members' logits, its coefficients scaled to sum to 1.

    Source: Wolpert, Stacked Generalization, Neural Networks 5, 1992.
    """
    coefficients = _coefficients(logits, labels)
    if coefficients.sum() <= 0:  # members worse than chance: nothing to scale
        return mean(logits, labels, seed)
    return Blend(tuple((coefficients / coefficients.sum()).tolist()))


def feature_weighted(logits: np.ndarray, labels: np.ndarray, seed: int) -> Blend:
    """Stacking whose weights depend on confidence: who is right where all waver need not be so where all are sure.

    Plain stacking where the members' saying the same, and more surely, would lower the blend.

    Source: Sill et al., Feature-Weighted Linear Stacking, 2009, with one feature, the mean of the absolute logits.
    """
    sure = confidence(logits)
    cap = float(np.quantile(sure, _CAP_QUANTILE))
    sure = np.minimum(sure, cap)
    average = float(sure.mean())
    plain, changing = np.split(_coefficients(np.hstack([logits, logits * (sure - average)[:, None]]), labels), 2)
    # All members saying x, the blend is x * (at_even + x * rise) up to the cap: it must never fall.
    at_even, rise = plain.sum() - average * changing.sum(), changing.sum()
    if min(at_even, at_even + 2 * cap * rise, plain.sum()) <= 0:
        return logistic(logits, labels, seed)
    weights, change = (tuple((part / plain.sum()).tolist()) for part in (plain, changing))
    return Blend(weights, change, average, cap)


def _coefficients(columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    # Newton's method takes 5 passes over a million rows where lbfgs, the default, takes 18.
    return LogisticRegression(C=1e3, solver="newton-cholesky").fit(columns, labels).coef_[0]


BLENDERS: dict[str, Callable[[np.ndarray, np.ndarray, int], Blend]] = {
    "mean": mean,
    "hill_climb": hill_climb,
    "logistic": logistic,
    "feature_weighted": feature_weighted,
}
