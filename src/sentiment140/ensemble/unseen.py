"""Probabilities of the tweets that are in no fold: the test tweets and the held-out tweets."""

import numpy as np
import pandas as pd

from sentiment140.data.arrays import join
from sentiment140.ensemble.blend import ENSEMBLE, Ensemble
from sentiment140.experiment import Experiment
from sentiment140.runs.run import Run
from sentiment140.training.cross_validation import collect_unseen


def predict_unseen(run: Run, experiment: Experiment, ensemble: Ensemble, part: str, keys: np.ndarray) -> pd.DataFrame:
    """Collect the probabilities of each member, the ensemble and the student.

    A member's probability is the mean over the models of its folds.

    Args:
        run: the run, with every model fitted.
        experiment: the experiment of the run.
        ensemble: the ensemble fitted on all out-of-fold rows.
        part: "test" or "holdout", one of `data.arrays.UNSEEN`.
        keys: int [n], the keys of the tweets; they set the order of the rows.

    Returns:
        One row per key and one column per model.
    """
    by_fold = collect_unseen(run, experiment, part, keys)
    columns = sum(by_fold[1:], by_fold[0]) / len(by_fold)
    columns[ENSEMBLE] = ensemble.apply(columns[list(experiment.ensemble)].to_numpy())
    if experiment.student:
        columns[experiment.student.name] = join(run.read_fit(experiment.student.name, part), keys)
    return columns


def predict_unseen_by_fold(
    run: Run, experiment: Experiment, ensemble: Ensemble, part: str, keys: np.ndarray
) -> list[np.ndarray]:
    """Compute the ensemble's probabilities from the models of one fold at a time, as out-of-fold tweets are scored.

    Args:
        run: the run, with every model fitted.
        experiment: the experiment of the run.
        ensemble: the ensemble fitted on all out-of-fold rows.
        part: "test" or "holdout", one of `data.arrays.UNSEEN`.
        keys: int [n], the keys of the tweets; they set the order of the values.

    Returns:
        float64 [n] for each fold.
    """
    by_fold = collect_unseen(run, experiment, part, keys)
    return [ensemble.apply(columns[list(experiment.ensemble)].to_numpy()) for columns in by_fold]
