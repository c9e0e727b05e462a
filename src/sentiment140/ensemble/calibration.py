"""Calibration: logits scaled so that the probabilities match the observed frequencies."""

import numpy as np
from sklearn.linear_model import LogisticRegression


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
