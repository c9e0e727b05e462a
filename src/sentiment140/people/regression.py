"""Logistic regression that starts from given logits, and learns from few tweets how to change them.

scikit-learn's `LogisticRegression` has no such offset: with few tweets, its penalty pulls towards equal probabilities
and not towards the logits of a model that is good already.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

_ITERATIONS = 100  # as scikit-learn; each fit begins with the coefficients of a stronger penalty


def fit_offset_regression(
    dense: np.ndarray,
    ngrams: csr_matrix,
    offset: np.ndarray,
    classes: np.ndarray,
    weights: np.ndarray,
    c: float,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Fit the coefficients of features whose sum is added to given logits.

    Minimizes `c` times the weighted sum of the log loss, plus half of the squared coefficients; the intercept is not
    penalized.

    Args:
        dense: float [tweets, features].
        ngrams: float [tweets, n-grams], sparse.
        offset: float [tweets, classes], the given logits.
        classes: int [tweets], the class of each tweet, from 0.
        weights: float [tweets], how much each tweet counts.
        c: the inverse of the strength of the penalty, as scikit-learn's C.
        start: the coefficients to begin with, as returned; None for zeros.

    Returns:
        float64 [features + n-grams + 1, classes]: the coefficients, and the intercept in the last row.
    """
    count, size = offset.shape[1], dense.shape[1]
    shape = (size + ngrams.shape[1] + 1, count)
    is_class = np.eye(count)[classes]
    transposed = ngrams.T.tocsr()

    def loss_and_gradient(flat: np.ndarray) -> tuple[float, np.ndarray]:
        coefficients = flat.reshape(shape)
        logits = offset + dense @ coefficients[:size] + ngrams @ coefficients[size:-1] + coefficients[-1]
        logits -= logits.max(axis=1, keepdims=True)
        exponentials = np.exp(logits)
        sums = exponentials.sum(axis=1)
        losses = np.log(sums) - (logits * is_class).sum(axis=1)
        error = c * weights[:, None] * (exponentials / sums[:, None] - is_class)
        gradient = np.vstack([dense.T @ error, transposed @ error, error.sum(axis=0)])
        gradient[:-1] += coefficients[:-1]
        penalty = (coefficients[:-1] ** 2).sum() / 2
        return float(c * (weights * losses).sum() + penalty), gradient.ravel()

    first = np.zeros(shape) if start is None else start
    options = {"maxiter": _ITERATIONS, "ftol": 1e-7}
    with threadpool_limits(1):  # the products are small: with more threads they take ten times the processor time
        found = minimize(loss_and_gradient, first.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x.reshape(shape))
