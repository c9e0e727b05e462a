"""The probabilities of tweets that no fold holds: the test tweets and the held-out ones."""

import numpy as np
import pandas as pd

from sentiment140.data.arrays import join
from sentiment140.ensemble.blend import ENSEMBLE, Ensemble
from sentiment140.experiment import Experiment
from sentiment140.runs.run import Run
from sentiment140.training.cross_validation import collect_unseen


def unseen_columns(run: Run, experiment: Experiment, ensemble: Ensemble, part: str, keys: np.ndarray) -> pd.DataFrame:
    """A column for each member (the mean of its folds' models), the ensemble and the student; one row per key.

    Args:
        run: with every model fitted.
        experiment: that it ran.
        ensemble: fitted on all out-of-fold rows.
        part: one of `data.arrays.UNSEEN`.
        keys: of the tweets, in the order wanted.
    """
    by_fold = collect_unseen(run, experiment, part, keys)
    columns = sum(by_fold[1:], by_fold[0]) / len(by_fold)
    columns[ENSEMBLE] = ensemble.apply(columns[list(experiment.ensemble)].to_numpy())
    if experiment.student:
        columns[experiment.student.name] = join(run.read_fit(experiment.student.name, part), keys)
    return columns


def one_fold_columns(
    run: Run, experiment: Experiment, ensemble: Ensemble, part: str, keys: np.ndarray
) -> list[np.ndarray]:
    """The ensemble of each fold's models alone, as it scores tweets out of fold: float64 [keys] for each fold.

    Arguments are those of `unseen_columns`.
    """
    by_fold = collect_unseen(run, experiment, part, keys)
    return [ensemble.apply(columns[list(experiment.ensemble)].to_numpy()) for columns in by_fold]
