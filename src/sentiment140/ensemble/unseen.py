"""Probabilities of the tweets that are in no fold: the test tweets and the held-out tweets."""

import numpy as np
import pandas as pd

from sentiment140.data.arrays import HOLDOUT, join
from sentiment140.ensemble.blend import ENSEMBLE, Ensembles
from sentiment140.ensemble.cross_fit import cross_fit_all_folds
from sentiment140.experiment import Experiment
from sentiment140.runs.run import Run
from sentiment140.training.cross_validation import collect_unseen


def predict_unseen(
    run: Run, experiment: Experiment, ensembles: Ensembles, part: str, tweets: pd.DataFrame
) -> pd.DataFrame:
    """Collect the probabilities of each member, the ensemble and the student.

    A member's probability is the mean over the models of its folds. The calibration of the ensemble does not see the
    held-out tweets that it scores.

    Args:
        run: the run, with every model fitted.
        experiment: the experiment of the run.
        ensembles: the ensemble with both calibrations.
        part: "test" or "holdout", one of `data.arrays.UNSEEN`.
        tweets: `key`, and `text_group` of held-out tweets; one row per tweet.

    Returns:
        One row per tweet and one column per model.
    """
    keys = tweets["key"].to_numpy()
    by_fold = collect_unseen(run, experiment, part, keys)
    columns = sum(by_fold[1:], by_fold[0]) / len(by_fold)
    probabilities = _stack(by_fold, experiment)
    if part == HOLDOUT:
        columns[ENSEMBLE] = cross_fit_all_folds(ensembles.one_fold, probabilities, tweets["text_group"].to_numpy())
    else:
        columns[ENSEMBLE] = ensembles.all_folds.apply(probabilities)
    if experiment.student:
        columns[experiment.student.name] = join(run.read_fit(experiment.student.name, part), keys)
    return columns


def blended_by_fold(run: Run, experiment: Experiment, part: str, keys: np.ndarray) -> np.ndarray:
    """Collect the probabilities of the blended members from the models of each fold.

    Args:
        run: the run, with every model fitted.
        experiment: the experiment of the run.
        part: one of `data.arrays.UNSEEN`.
        keys: int64 [tweets], the keys of the tweets in the order wanted.

    Returns:
        float32 [folds, tweets, members], the members in the order of `experiment.ensemble`.
    """
    return _stack(collect_unseen(run, experiment, part, keys), experiment)


def _stack(by_fold: list[pd.DataFrame], experiment: Experiment) -> np.ndarray:
    return np.stack([columns[list(experiment.ensemble)].to_numpy() for columns in by_fold])
