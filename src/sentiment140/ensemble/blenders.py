"""The blenders: methods that fit the weights of the members.

Each takes logits, labels and a seed, and returns a `Blend`. None sees the folds: `cross_fit` passes it only the tweets
that it may be fitted on.
"""

from collections.abc import Callable

import numpy as np

from sentiment140.ensemble.blend import Blend, confidence, expit

_STEPS = 50  # picks of hill climbing, so weights are multiples of 2 percent
_CAP_QUANTILE = (
    0.99  # confidence above this quantile is capped: a trend fitted on so few tweets would extrapolate wildly
)
_CLIMBING_SAMPLE = 100_000  # tweets; they are plenty for a handful of weights, and hill climbing takes one second


def mean(logits: np.ndarray, labels: np.ndarray, seed: int) -> Blend:
    """Give every member the same weight.

    Args:
        logits: float [n, members].
        labels: int [n], not used.
        seed: not used.
    """
    return Blend((1 / logits.shape[1],) * logits.shape[1])


def hill_climb(logits: np.ndarray, labels: np.ndarray, seed: int) -> Blend:
    """Pick members with replacement, each time the one that lowers the log loss most.

    On the tweets it is fitted on, the blend is never worse than the best member. Source: Caruana et al., Ensemble
    Selection from Libraries of Models, ICML 2004.

    Args:
        logits: float [n, members].
        labels: int [n], 0 or 1.
        seed: of the random sample of at most 100,000 tweets that the weights are fitted on.

    Returns:
        A blend whose weights are the shares of the 50 picks, or of fewer if those have a lower log loss.
    """
    from sklearn.metrics import log_loss  # imported here: presets check names in BLENDERS before scikit-learn is loaded

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
    """Stack the members: a logistic regression on their logits, its coefficients scaled to sum to 1.

    Source: Wolpert, Stacked Generalization, Neural Networks 5, 1992.

    Args:
        logits: float [n, members].
        labels: int [n], 0 or 1.
        seed: not used.

    Returns:
        The stacked blend; the mean if the coefficients sum to 0 or less.
    """
    coefficients = _fit_coefficients(logits, labels)
    if coefficients.sum() <= 0:  # the members are worse than chance, so there is nothing to scale
        return mean(logits, labels, seed)
    return Blend(tuple((coefficients / coefficients.sum()).tolist()))


def feature_weighted(logits: np.ndarray, labels: np.ndarray, seed: int) -> Blend:
    """Stack the members with weights that depend on confidence.

    The member that is most often right where the confidence is low need not be the one that is most often right where
    it is high. Source: Sill et al., Feature-Weighted Linear Stacking, 2009, with one feature: the mean of the absolute
    logits.

    Args:
        logits: float [n, members].
        labels: int [n], 0 or 1.
        seed: not used.

    Returns:
        A blend with `confidence_weights`. If the blend would fall while all members rise together, the blend of
        `logistic` instead.
    """
    confident = confidence(logits)
    cap = float(np.quantile(confident, _CAP_QUANTILE))
    confident = np.minimum(confident, cap)
    average = float(confident.mean())
    features = np.hstack([logits, logits * (confident - average)[:, None]])
    constant, changing = np.split(_fit_coefficients(features, labels), 2)
    # If all members have the logit x, the blend is x * (base + |x| * rise) up to the cap. It must rise with x.
    base, rise = constant.sum() - average * changing.sum(), changing.sum()
    if min(base, base + 2 * cap * rise, constant.sum()) <= 0:
        return logistic(logits, labels, seed)
    weights, confidence_weights = (tuple((part / constant.sum()).tolist()) for part in (constant, changing))
    return Blend(weights, confidence_weights, average, cap)


def _fit_coefficients(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    # Newton's method takes 5 passes over a million rows; the default, lbfgs, takes 18.
    return LogisticRegression(C=1e3, solver="newton-cholesky").fit(features, labels).coef_[0]


BLENDERS: dict[str, Callable[[np.ndarray, np.ndarray, int], Blend]] = {
    "mean": mean,
    "hill_climb": hill_climb,
    "logistic": logistic,
    "feature_weighted": feature_weighted,
}
