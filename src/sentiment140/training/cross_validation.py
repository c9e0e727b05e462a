"""The fold loop: the only place where folds, the run folder and the executor meet."""

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from sentiment140.data.arrays import TrainingData, join
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment, TextSettings
from sentiment140.runs.run import Run
from sentiment140.training.fit import FitResult, FoldFit, fit_fold
from sentiment140.training.word_vectors import fit_vectors, vector_fits

log = logging.getLogger(__name__)


def fold_fits(experiment: Experiment) -> list[FoldFit]:
    """Every (member, fold) of the experiment, in the order they are started.

    scikit-learn's first: they take most memory, and fresh processes have least. Then Keras' in the order of the preset,
    which lists the slowest first, so that no core is idle for long at the end.
    """
    ordered = sorted(experiment.members, key=lambda member: member.fit is not None)
    return [FoldFit(member, fold, experiment.seed) for member in ordered for fold in range(experiment.folds)]


def cross_validate(run: Run, experiment: Experiment, data: TrainingData, executor: Executor) -> None:
    """Fits every (member, fold) not yet in the run, where the executor does; a killed run goes on at those missing."""
    everything = fold_fits(experiment)
    pending = [fit for fit in everything if not run.has_fit(fit.name)]
    if len(pending) < len(everything):
        log.info("%d of %d models are there already", len(everything) - len(pending), len(everything))
    for fit in pending:
        if run.has_any_of_fit(fit.name):
            log.warning("%s is damaged: fitted again", fit.name)
    data = replace(data, fitted=_fitted_vectors(run, pending, data, executor))
    bar = tqdm(total=len(everything), initial=len(everything) - len(pending), desc="models", disable=None)
    with bar, logging_redirect_tqdm():
        for fit, result in executor.run(fit_fold, pending, data):
            facts = {"member": fit.member.name, "fold": fit.fold, "history": result.history, "cost": result.cost}
            run.write_fit(fit.name, {"validation": result.validation, **result.unseen}, result.weights, facts)
            bar.update()
            log.info("%s", _summary(fit, result))


def _fitted_vectors(
    run: Run, pending: list[FoldFit], data: TrainingData, executor: Executor
) -> dict[tuple[TextSettings, str, int], np.ndarray]:
    """The vectors that these fits start from, by (text settings, source, fold), fitted if not yet in the run."""
    wanted = vector_fits(pending)
    missing = [fit for fit in wanted if not run.has_fit(fit.name)]
    with tqdm(total=len(missing), desc="vectors", disable=None if missing else True) as bar:
        for fit, matrix in executor.run(fit_vectors, missing, data):
            run.write_fit(fit.name, {"matrix": matrix}, {}, {"fold": fit.fold})
            bar.update()
    return {(fit.text, fit.source, fit.fold): run.read_fit(fit.name, "matrix") for fit in wanted}


def _summary(fit: FoldFit, result: FitResult) -> str:
    text = f"{fit.name}: {result.cost['seconds']:.0f} s"
    if result.history:
        best = min(result.history, key=lambda entry: entry["val_loss"])
        text += f", log loss {best['val_loss']:.4f} and accuracy {100 * best['val_accuracy']:.2f} % on the fold"
    return text


def collect_oof(run: Run, experiment: Experiment, rows: pd.DataFrame) -> pd.DataFrame:
    """`id`, `label`, `fold` and the OOF probability of each member, one row per training tweet.

    Args:
        run: with every model fitted.
        experiment: that it ran.
        rows: `id`, `label` and `fold` of the training tweets, in any order.
    """
    oof = rows[["id", "label", "fold"]].copy()
    for member in experiment.members:
        folds = [run.read_fit(member.fold_name(fold), "validation") for fold in range(experiment.folds)]
        oof[member.name] = join(np.concatenate(folds), oof["id"].to_numpy())
    return oof


def collect_unseen(run: Run, experiment: Experiment, part: str, keys: np.ndarray) -> list[pd.DataFrame]:
    """The members' probabilities of the test or the held-out tweets: a table for each fold, one row per key.

    Args:
        run: with every model fitted.
        experiment: that it ran.
        part: one of `data.arrays.UNSEEN`.
        keys: of the tweets, in the order wanted.
    """
    return [
        pd.DataFrame(
            {member.name: join(run.read_fit(member.fold_name(fold), part), keys) for member in experiment.members}
        )
        for fold in range(experiment.folds)
    ]
