"""Cross-validation: runs all fold fits in an executor and writes their results to the run folder."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sentiment140.data.arrays import TrainingData, join
from sentiment140.errors import UserError
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment, TextSettings
from sentiment140.progress.display import Progress
from sentiment140.runs.run import Run
from sentiment140.training.duration import expected_work
from sentiment140.training.fingerprints import (
    FINGERPRINT,
    Fingerprints,
    changes,
    code_and_settings,
    student_code_and_settings,
)
from sentiment140.training.fit import FitResult, FoldFit, fit_fold
from sentiment140.training.word_vectors import VectorFit, fit_vectors, vector_fits

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
    """Fit every member on every fold and write the results to the run.

    Fits that the run already has are kept, unless they are damaged, or their code, settings or arrays have changed.

    Args:
        run: an interrupted run is continued.
        experiment: its members and folds.
        data: the tweets, labels, folds and initial vectors.
        executor: where the fits run.
    """
    all_fits, fingerprints = fold_fits(experiment), Fingerprints(data)
    # Computed at the start: source files that are edited while the fits run are not the code that fits them.
    expected = {fit.name: fingerprints.of_fit(fit) for fit in all_fits}
    pending = pending_fits(run, all_fits, expected, lambda fit: fit.member.name)
    if kept := len(all_fits) - len(pending):
        log.info("%d of %d models are already fitted", kept, len(all_fits))
    wanted = vector_fits(pending)
    expected |= {fit.name: fingerprints.of_vectors(fit) for fit in wanted}
    missing = pending_fits(run, wanted, expected, lambda fit: fit.source)
    waiting = {fit.name for fit in pending}
    finished = {fit.name: run.fit_facts(fit.name)["cost"]["seconds"] for fit in all_fits if fit.name not in waiting}
    work = expected_work([*missing, *all_fits], data)
    with Progress("train", work, lambda: executor.workers, finished) as progress:
        for vectors, matrix in executor.run(fit_vectors, missing, data, progress.watch):
            facts = {"fold": vectors.fold, FINGERPRINT: expected[vectors.name]}
            run.write_fit(vectors.name, {"matrix": matrix}, {}, facts)
            progress.finish(vectors)
        data = replace(data, fitted=_read_vectors(run, wanted))
        for fit, result in executor.run(fit_fold, pending, data, progress.watch):
            facts = {
                "member": fit.member.name,
                "fold": fit.fold,
                "history": result.history,
                "cost": result.cost,
                FINGERPRINT: expected[fit.name],
            }
            run.write_fit(fit.name, {"validation": result.validation, **result.unseen}, result.weights, facts)
            progress.finish(fit, result.cost["seconds"])
            log.info("%s", _summary(fit, result))


def pending_fits(
    run: Run, fits: Sequence[Any], expected: Mapping[str, Mapping[str, Any]], member_of: Callable[[Any], str]
) -> list[Any]:
    """Return the fits that have to be fitted: missing, damaged and changed ones. Log why, one line per member.

    Args:
        run: the run.
        fits: fits with a `name`.
        expected: the fingerprint that each fit must have, by its name.
        member_of: gives the name of the member.
    """
    pending, changed = [], dict[str, set[str]]()
    for fit in fits:
        if not run.has_fit(fit.name):
            if run.has_any_of_fit(fit.name):
                log.warning("model %s is damaged: fitted again", fit.name)
            pending.append(fit)
        elif parts := changes(run.fit_facts(fit.name).get(FINGERPRINT, {}), expected[fit.name]):
            changed.setdefault(member_of(fit), set()).update(parts)
            pending.append(fit)
    for member, of_member in changed.items():
        log.warning("%s: %s changed: fitted again", member, " and ".join(sorted(of_member)))
    return pending


def _read_vectors(run: Run, wanted: Sequence[VectorFit]) -> dict[tuple[TextSettings, str, int], np.ndarray]:
    """Read fitted word vectors: float32 [words, dimension] for each (text settings, source, fold)."""
    return {(fit.text, fit.source, fit.fold): run.read_fit(fit.name, "matrix") for fit in wanted}


def check_fits(run: Run, experiment: Experiment, *, student: bool = False) -> None:
    """Check that the models of a run are those of this experiment, by the code of now.

    Args:
        run: all its models are fitted.
        experiment: the experiment of this run.
        student: whether to check the student too.

    Raises:
        UserError: the code or the settings of a model have changed since it was fitted, or a model is missing.
    """
    now = {fit.name: code_and_settings(fit) for fit in fold_fits(experiment)}
    if student and experiment.student:
        now[experiment.student.name] = student_code_and_settings(experiment.student, experiment.seed)
    for name, fingerprint in now.items():
        if parts := changes(run.fit_facts(name).get(FINGERPRINT, {}), fingerprint):
            what = f"the {' and '.join(parts)} of {name} changed since it was fitted"
            raise UserError(what, f"in {run.folder}", "run the train stage again: it fits what has changed")


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
