"""Cross-fitting: each fold is blended and calibrated by an ensemble that was fitted on the other folds.

This keeps the out-of-fold scores of the ensemble honest, as nested cross-validation does.
"""

from dataclasses import replace

import numpy as np

from sentiment140.ensemble.blend import Ensemble, logit
from sentiment140.ensemble.blenders import BLENDERS
from sentiment140.ensemble.calibration import fit_platt, fit_platt_of_mean


def fit_ensemble(blender: str, probabilities: np.ndarray, labels: np.ndarray, seed: int) -> Ensemble:
    """Fit the weights of the blend, then the calibration of the blended logits.

    Args:
        blender: a name in `BLENDERS`.
        probabilities: float [n, members].
        labels: int [n], 0 or 1.
        seed: random seed of the blender.

    Raises:
        ValueError: a probability is NaN or outside [0, 1].
    """
    logits = logit(probabilities)
    blend = BLENDERS[blender](logits, labels, seed)
    return Ensemble(blend, *fit_platt(blend.apply(logits), labels))


def cross_fit(
    blender: str, probabilities: np.ndarray, labels: np.ndarray, folds: np.ndarray, seed: int
) -> tuple[np.ndarray, Ensemble]:
    """Compute the out-of-fold probabilities of the ensemble, and fit the ensemble for all other tweets.

    Args:
        blender: a name in `BLENDERS`.
        probabilities: float [n, members], out of fold.
        labels: int [n], 0 or 1.
        folds: int [n]; each fold is scored by an ensemble fitted on the other folds.
        seed: random seed of the blender.

    Returns:
        The ensemble's out-of-fold probabilities, float64 [n], and an ensemble fitted on all n tweets.

    Raises:
        ValueError: a probability is NaN or outside [0, 1].
    """
    oof = np.empty(len(labels))
    for fold in np.unique(folds):
        others = folds != fold
        ensemble = fit_ensemble(blender, probabilities[others], labels[others], seed)
        oof[~others] = ensemble.apply(probabilities[~others])
    return oof, fit_ensemble(blender, probabilities, labels, seed)


def calibrate_all_folds(ensemble: Ensemble, probabilities: np.ndarray) -> Ensemble:
    """Calibrate an ensemble for the mean of all folds' models, without labels.

    Args:
        ensemble: the ensemble, calibrated for the models of one fold.
        probabilities: float [folds, n, members], of held-out tweets.

    Returns:
        The ensemble with another slope and intercept; the same ensemble for no tweets.
    """
    logits = ensemble.blend.apply(logit(probabilities))
    slope, intercept = fit_platt_of_mean(logits, ensemble.slope, ensemble.intercept)
    return replace(ensemble, slope=slope, intercept=intercept)


def cross_fit_all_folds(ensemble: Ensemble, probabilities: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Compute the ensemble's probabilities of held-out tweets from the mean of all folds' models.

    Each half of the texts is calibrated on the other half.

    Args:
        ensemble: the ensemble, calibrated for the models of one fold.
        probabilities: float [folds, n, members].
        groups: int [n], equal for copies of a text.

    Returns:
        float64 [n].
    """
    found = np.empty(probabilities.shape[1])
    for half in (0, 1):
        inside = groups % 2 == half
        found[inside] = calibrate_all_folds(ensemble, probabilities[:, ~inside]).apply(probabilities[:, inside])
    return found
