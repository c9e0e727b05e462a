"""Honesty in one place: what is fitted on OOF columns is scored on folds it was not fitted on."""

import numpy as np

from sentiment140.ensemble.blend import Ensemble, logit
from sentiment140.ensemble.blenders import BLENDERS
from sentiment140.ensemble.calibration import platt


def fit_ensemble(blender: str, probabilities: np.ndarray, labels: np.ndarray, seed: int) -> Ensemble:
    """Blend weights, then the calibration of what they give."""
    logits = logit(probabilities)
    blend = BLENDERS[blender](logits, labels, seed)
    return Ensemble(blend, *platt(blend.apply(logits), labels))


def cross_fit(
    blender: str, probabilities: np.ndarray, labels: np.ndarray, folds: np.ndarray, seed: int
) -> tuple[np.ndarray, Ensemble]:
    """The ensemble's OOF probability, and the ensemble to use on other tweets.

    Args:
        blender: a name of `BLENDERS`.
        probabilities: float [n, members], out of fold.
        labels: int [n].
        folds: int [n]; each fold is scored by an ensemble fitted on the others.
        seed: of the blender.

    Returns:
        float64 [n] nested by fold; the ensemble fitted on all n.
    """
    nested = np.empty(len(labels))
    for fold in np.unique(folds):
        others = folds != fold
        ensemble = fit_ensemble(blender, probabilities[others], labels[others], seed)
        nested[~others] = ensemble.apply(probabilities[~others])
    return nested, fit_ensemble(blender, probabilities, labels, seed)
