"""Calibration: logits scaled so that the probabilities match the observed frequencies."""

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from sentiment140.ensemble.blend import expit

_MAX_STEEPER = 2.0  # models that share most of their training tweets need much less; this is for very few tweets


def fit_platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Fit Platt scaling: a logistic regression of the labels on the logits.

    Source: Platt, Probabilistic Outputs for Support Vector Machines, 1999.

    Args:
        logits: float [n].
        labels: int [n], 0 or 1.

    Returns:
        The slope and the intercept; `expit(slope * logits + intercept)` is the calibrated probability.
    """
    model = LogisticRegression(C=1e3, solver="newton-cholesky").fit(logits[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def fit_platt_of_mean(logits: np.ndarray, slope: float, intercept: float) -> tuple[float, float]:
    """Fit Platt scaling of the mean of several models' logits, from the calibration of a single model and no labels.

    The mean is less noisy than the logits of one model, so with the calibration of one model its probabilities are too
    close to 0.5. (Rahaman and Thiery, Uncertainty Quantification and Deep Ensembles, 2021: average, then calibrate.)

    Platt scaling is a logistic regression, and its solution depends on the labels only through the mean of `label` and
    of `label * logit`. Both are linear in the logits, so for the mean of the models they are the means over the models.
    Those are known: each model is calibrated, so the expected label of a tweet is its calibrated probability.

    Args:
        logits: float [models, n], the logits of tweets that no model was trained on.
        slope: the slope of each model's calibration.
        intercept: the intercept of each model's calibration.

    Returns:
        The slope and the intercept for the mean of the logits; the slope is at least that of one model, and at most
        twice as steep. For no tweets, those of one model.
    """
    if not logits.size:
        return slope, intercept
    mean = logits.mean(axis=0)
    expected = expit(slope * logits + intercept)
    label, label_times_logit = expected.mean(), (expected * logits).mean()

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = parameters[0] * mean + parameters[1]
        probability = expit(scaled)
        value = np.logaddexp(0, scaled).mean() - parameters @ [label_times_logit, label]
        return float(value), np.array([(probability * mean).mean() - label_times_logit, probability.mean() - label])

    slopes = sorted([slope, slope * _MAX_STEEPER])
    found = minimize(loss, [slope, intercept], jac=True, method="L-BFGS-B", bounds=[tuple(slopes), (None, None)])
    return float(found.x[0]), float(found.x[1])
