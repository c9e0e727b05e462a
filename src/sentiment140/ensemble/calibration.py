"""From logits to a probability that means what it says."""

import numpy as np
from sklearn.linear_model import LogisticRegression


def platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the straight line on the logits that fits the labels best.

    Source: Platt, Probabilistic Outputs for Support Vector Machines, 1999.
    """
    model = LogisticRegression(C=1e3, solver="newton-cholesky").fit(logits[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])
