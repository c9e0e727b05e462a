"""Cross-validation: runs all fold fits in an executor and writes their results to the run folder."""

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
    """List all fold fits of an experiment, in the order in which they are started.

    The scikit-learn members come first, because they need the most memory and new processes use the least. The Keras
    members follow in the order of the preset, which lists the slowest first, so that no core is idle for long at the
    end.
    """
    ordered = sorted(experiment.members, key=lambda member: member.fit is not None)
    return [FoldFit(member, fold, experiment.seed) for member in ordered for fold in range(experiment.folds)]


def cross_validate(run: Run, experiment: Experiment, data: TrainingData, executor: Executor) -> None:
    """Fit every member on every fold and write the results to the run. Fits that the run already has are skipped.

    Args:
        run: an interrupted run is continued; damaged fits are fitted again.
        experiment: its members and folds.
        data: the tweets, labels, folds and initial vectors.
        executor: where the fits run.
    """
    all_fits = fold_fits(experiment)
    pending = [fit for fit in all_fits if not run.has_fit(fit.name)]
    done = len(all_fits) - len(pending)
    if done:
        log.info("%d of %d models are already fitted", done, len(all_fits))
    for fit in pending:
        if run.has_any_of_fit(fit.name):
            log.warning("model %s is damaged: fitted again", fit.name)
    data = replace(data, fitted=_fit_missing_vectors(run, pending, data, executor))
    progress = tqdm(total=len(all_fits), initial=done, desc="models", disable=None)
    with progress, logging_redirect_tqdm():
        for fit, result in executor.run(fit_fold, pending, data):
            facts = {"member": fit.member.name, "fold": fit.fold, "history": result.history, "cost": result.cost}
            run.write_fit(fit.name, {"validation": result.validation, **result.unseen}, result.weights, facts)
            progress.update()
            log.info("%s", _summary(fit, result))


def _fit_missing_vectors(
    run: Run, pending: list[FoldFit], data: TrainingData, executor: Executor
) -> dict[tuple[TextSettings, str, int], np.ndarray]:
    """Fit the word vectors that these fits start from, unless the run already has them.

    Returns:
        float32 [words, dimension] for each (text settings, source, fold).
    """
    wanted = vector_fits(pending)
    missing = [fit for fit in wanted if not run.has_fit(fit.name)]
    with tqdm(total=len(missing), desc="vectors", disable=None if missing else True) as progress:
        for fit, matrix in executor.run(fit_vectors, missing, data):
            run.write_fit(fit.name, {"matrix": matrix}, {}, {"fold": fit.fold})
            progress.update()
    return {(fit.text, fit.source, fit.fold): run.read_fit(fit.name, "matrix") for fit in wanted}


def _summary(fit: FoldFit, result: FitResult) -> str:
    """The log line of a fold fit: its name and seconds, for Keras also the scores of the best epoch."""
    text = f"{fit.name}: {result.cost['seconds']:.0f} s"
    if result.history:
        best = min(result.history, key=lambda entry: entry["val_loss"])
        text += f", validation log loss {best['val_loss']:.4f}, validation accuracy {100 * best['val_accuracy']:.2f} %"
    return text


def collect_oof(run: Run, experiment: Experiment, rows: pd.DataFrame) -> pd.DataFrame:
    """Collect the out-of-fold probabilities of all members.

    Args:
        run: all its models are fitted.
        experiment: the experiment of this run.
        rows: `id`, `label` and `fold` of the training tweets, in any order.

    Returns:
        One row per training tweet, in the order of `rows`: `id`, `label`, `fold` and one column per member with the
        probability of positive.
    """
    oof = rows[["id", "label", "fold"]].copy()
    for member in experiment.members:
        folds = [run.read_fit(member.fold_name(fold), "validation") for fold in range(experiment.folds)]
        oof[member.name] = join(np.concatenate(folds), oof["id"].to_numpy())
    return oof


def collect_unseen(run: Run, experiment: Experiment, part: str, keys: np.ndarray) -> list[pd.DataFrame]:
    """Collect the members' probabilities of the test tweets or of the held-out tweets.

    Args:
        run: all its models are fitted.
        experiment: the experiment of this run.
        part: one of `data.arrays.UNSEEN`.
        keys: int64 [tweets], the keys of the tweets in the order wanted.

    Returns:
        One table per fold, each with one row per key and one column per member with the probability of positive.
    """
    return [
        pd.DataFrame(
            {member.name: join(run.read_fit(member.fold_name(fold), part), keys) for member in experiment.members}
        )
        for fold in range(experiment.folds)
    ]
