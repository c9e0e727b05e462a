"""The fold loop: the only place where folds, the run folder and the executor meet."""

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from ..executors import Executor
from ..experiment import Experiment, TextSettings
from ..models import flops_a_tweet
from ..store import Run
from .pretraining import fit_vectors, vector_units
from .unit import TrainingData, Unit, UnitResult, fit_unit

log = logging.getLogger(__name__)


def units(experiment: Experiment) -> list[Unit]:
    """Every (member, fold) of the experiment, in the order they are begun.

    scikit-learn's first: they take most memory, and fresh processes have least. Of Keras' the longest first, so that no
    core is idle for long at the end.
    """
    ordered = sorted(experiment.members, key=lambda member: (member.fit is not None, -flops_a_tweet(member)))
    return [Unit(member, fold, experiment.seed) for member in ordered for fold in range(experiment.folds)]


def cross_validate(run: Run, experiment: Experiment, data: TrainingData, executor: Executor) -> None:
    """Fits every (member, fold) not yet in the run, where the executor does; a killed run goes on at those missing."""
    everything = units(experiment)
    pending = [unit for unit in everything if not run.unit_done(unit.name)]
    if len(pending) < len(everything):
        log.info("%d of %d models are there already", len(everything) - len(pending), len(everything))
    for unit in pending:
        if run.unit_begun(unit.name):
            log.warning("%s is damaged: fitted again", unit.name)
    data = replace(data, fitted=_fitted_vectors(run, pending, data, executor))
    bar = tqdm(total=len(everything), initial=len(everything) - len(pending), desc="models", disable=None)
    with bar, logging_redirect_tqdm():
        for unit, result in executor.run(fit_unit, pending, data):
            run.commit_unit(
                unit.name,
                arrays={"validation": result.validation, "test": result.test},
                weights=result.weights,
                facts={"member": unit.member.name, "fold": unit.fold, "history": result.history, "cost": result.cost},
            )
            bar.update()
            log.info("%s", _in_words(unit, result))


def _fitted_vectors(
    run: Run, pending: list[Unit], data: TrainingData, executor: Executor
) -> dict[tuple[TextSettings, str, int], np.ndarray]:
    """The vectors that these units start from, by (text settings, source, fold), fitted if not yet in the run."""
    wanted = vector_units(pending)
    missing = [unit for unit in wanted if not run.unit_done(unit.name)]
    with tqdm(total=len(missing), desc="vectors", disable=None if missing else True) as bar:
        for unit, matrix in executor.run(fit_vectors, missing, data):
            run.commit_unit(unit.name, arrays={"matrix": matrix}, weights={}, facts={"fold": unit.fold})
            bar.update()
    return {(unit.text, unit.source, unit.fold): run.read_unit(unit.name, "matrix") for unit in wanted}


def _in_words(unit: Unit, result: UnitResult) -> str:
    text = f"{unit.name}: {result.cost['seconds']:.0f} s"
    if result.history:
        best = min(result.history, key=lambda entry: entry["val_loss"])
        text += f", log loss {best['val_loss']:.4f} and accuracy {100 * best['val_accuracy']:.2f} % on the fold"
    return text


def collect_oof(run: Run, experiment: Experiment, rows: pd.DataFrame) -> pd.DataFrame:
    """`id`, `label`, `fold` and the OOF probabilities of each member, a row a training tweet.

    Args:
        rows: `id`, `label` and `fold` of the training tweets, in the order they were trained in.
    """
    oof = rows[["id", "label", "fold"]].copy()
    for member in experiment.members:
        column = np.empty(len(oof), np.float32)
        for fold in range(experiment.folds):
            column[rows["fold"] == fold] = run.read_unit(f"{member.name}-fold{fold}", "validation")
        oof[member.name] = column
    return oof


def collect_test(run: Run, experiment: Experiment) -> list[pd.DataFrame]:
    """The probabilities of each member's models of each fold, a row a test tweet, then those set aside."""
    return [
        pd.DataFrame({member.name: run.read_unit(f"{member.name}-fold{fold}", "test") for member in experiment.members})
        for fold in range(experiment.folds)
    ]
