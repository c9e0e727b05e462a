import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from sentiment140.people.regression import fit_offset_regression

GENERATOR = np.random.default_rng(0)
DENSE = GENERATOR.normal(size=(400, 3))
NGRAMS = csr_matrix(GENERATOR.random((400, 5)) < 0.2, dtype=float)
CLASSES = np.clip(np.round(DENSE[:, 0] + NGRAMS[:, [1]].toarray()[:, 0] + 1 + GENERATOR.normal(size=400)), 0, 2).astype(
    int
)


def logits(fitted: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return offset + DENSE @ fitted[:3] + NGRAMS @ fitted[3:-1] + fitted[-1]


def test_without_an_offset_the_coefficients_are_those_of_scikit_learn():
    fitted = fit_offset_regression(DENSE, NGRAMS, np.zeros((400, 3)), CLASSES, np.ones(400), c=0.5)
    model = LogisticRegression(C=0.5, tol=1e-8, max_iter=1000).fit(np.hstack([DENSE, NGRAMS.toarray()]), CLASSES)
    assert fitted[:-1] == pytest.approx(model.coef_.T, abs=0.01)
    assert fitted[-1] - fitted[-1].mean() == pytest.approx(model.intercept_ - model.intercept_.mean(), abs=0.01)


def test_weights_count_tweets_several_times():
    weights = np.where(CLASSES == 0, 3.0, 1.0)
    weighted = fit_offset_regression(DENSE, NGRAMS, np.zeros((400, 3)), CLASSES, weights, c=0.5)
    rows = np.repeat(np.arange(400), weights.astype(int))
    ones = np.ones(len(rows))
    repeated = fit_offset_regression(DENSE[rows], NGRAMS[rows], np.zeros((len(rows), 3)), CLASSES[rows], ones, c=0.5)
    assert weighted == pytest.approx(repeated, abs=0.01)


def test_a_right_offset_is_kept_and_a_strong_penalty_keeps_any():
    plain = fit_offset_regression(DENSE, NGRAMS, np.zeros((400, 3)), CLASSES, np.ones(400), c=100)
    right = logits(plain, np.zeros((400, 3)))
    assert fit_offset_regression(DENSE, NGRAMS, right, CLASSES, np.ones(400), c=1) == pytest.approx(0, abs=0.02)
    wrong = -right
    kept = logits(fit_offset_regression(DENSE, NGRAMS, wrong, CLASSES, np.ones(400), c=1e-6), wrong)
    differences = (kept - wrong) - (kept - wrong).mean(axis=0)  # but for the intercept, which has no penalty
    assert np.abs(differences).max() < 0.01


def test_it_begins_with_given_coefficients():
    first = fit_offset_regression(DENSE, NGRAMS, np.zeros((400, 3)), CLASSES, np.ones(400), c=0.3)
    again = fit_offset_regression(DENSE, NGRAMS, np.zeros((400, 3)), CLASSES, np.ones(400), 0.5, first)
    assert again == pytest.approx(
        fit_offset_regression(DENSE, NGRAMS, np.zeros((400, 3)), CLASSES, np.ones(400), 0.5), abs=0.02
    )
