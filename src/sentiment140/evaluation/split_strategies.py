"""Split strategies: how much the scores depend on splitting the tweets at random, by user or by time."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sentiment140.data.arrays import UNSEEN, TrainingData, join
from sentiment140.data.folds import assign_folds
from sentiment140.errors import UserError
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment, Member
from sentiment140.progress.display import Progress
from sentiment140.progress.forecast import Work
from sentiment140.runs.provenance import SPLIT_CODE, fit_code
from sentiment140.runs.run import Run
from sentiment140.training.duration import expected_seconds
from sentiment140.training.fingerprints import Fingerprints, changes, hash_arrays
from sentiment140.training.fit import FoldFit, fit_fold
from sentiment140.training.word_vectors import fit_vectors, vector_fits

SPLITS = "work/splits.csv"
STRATEGIES = ("random", "user", "time")
_FINGERPRINT = "work/splits.json"
_TEST_SHARE = 0.2  # share of the tweets, the latest ones, that all three strategies predict


def split(run: Run, experiment: Experiment, data: TrainingData, rows: pd.DataFrame, executor: Executor) -> None:
    """Write the predictions of the reference under all split strategies to the run, unless it has them already.

    Args:
        run: the run.
        experiment: its experiment.
        data: the training data.
        rows: see `split_strategies`.
        executor: where the models are trained.
    """
    reference, folds = experiment.member(experiment.reference), experiment.folds
    columns = [rows[name].to_numpy() for name in ("id", "text_group", "user", "time")]
    fingerprint = {
        **Fingerprints(data).of_fit(FoldFit(reference, 1, experiment.seed)),
        "code": fit_code(reference.architecture, *SPLIT_CODE),
        "folds": folds,
        "rows": hash_arrays([column.view(np.int64) for column in columns]),
    }
    if run.has(SPLITS) and run.has(_FINGERPRINT) and not changes(run.read_json(_FINGERPRINT), fingerprint):
        return
    splits = split_strategies(data, rows, reference, folds, experiment.seed, executor)
    run.write_table(SPLITS, pd.DataFrame(columns=["id", *STRATEGIES]) if splits is None else splits)
    run.write_json(_FINGERPRINT, fingerprint)


@dataclass(frozen=True)
class _Task:
    strategy: str
    train: np.ndarray
    validation: np.ndarray
    fit: FoldFit
    name: str


def split_strategies(
    data: TrainingData, rows: pd.DataFrame, member: Member, folds: int, seed: int, executor: Executor
) -> pd.DataFrame | None:
    """Predict the same tweets under three split strategies: random, by user and by time.

    The predicted tweets are the latest fifth of those with a known user and time. Tweets after the last one of either
    label are left out first, so that both labels occur. By time, one model is trained on all earlier tweets. At random
    and by user, `folds` models are trained, each on the tweets of the other folds; by user, all tweets of a user are in
    one fold. No model is trained on a copy of a tweet that it predicts.

    Args:
        data: the training data, encoded for `member`.
        rows: `id`, `label`, `text_group`, `user` (-1 if unknown) and `time` (NaT if unknown), one row per training
            tweet.
        member: the member that is trained.
        folds: number of folds of the strategies "random" and "user".
        seed: random seed of the folds and the models.
        executor: where the models are trained.

    Returns:
        `id`, and the probability of positive under each of STRATEGIES, one row per predicted tweet; None if too few
        tweets have a user and a time.
    """
    tasks, test = _plan_tasks(rows, member, folds, seed)
    if not tasks:
        return None
    found = pd.DataFrame(np.nan, index=np.sort(test), columns=list(STRATEGIES))
    work = [Work(task.name, task.strategy, expected_seconds(member, len(task.train))) for task in tasks]
    with Progress("split", work, lambda: executor.workers) as progress:
        for task, probability in executor.run(_predict, tasks, data, progress.watch):
            found.loc[task.validation, task.strategy] = probability
            progress.finish(task)
    return found.assign(id=rows["id"])[["id", *STRATEGIES]].reset_index(drop=True)


def _plan_tasks(rows: pd.DataFrame, member: Member, folds: int, seed: int) -> tuple[list[_Task], np.ndarray]:
    """Plan the fits of all strategies, and choose the rows that they predict.

    Returns:
        The tasks, none if too few tweets have a user and a time; and int [tweets], the predicted rows.
    """
    known = rows[rows["time"].notna() & (rows["user"] >= 0)]
    last = known.groupby("label")["time"].max().min()
    known = known[known["time"] <= last].sort_values("time", kind="stable")
    everyone, groups, labels = np.sort(known.index.to_numpy()), rows["text_group"].to_numpy(), rows["label"].to_numpy()
    earlier, test = np.split(known.index.to_numpy(), [round(len(known) * (1 - _TEST_SHARE))])
    group_of = {
        "random": np.unique(groups[everyone], return_inverse=True)[1],
        "user": np.unique(rows["user"].to_numpy()[everyone], return_inverse=True)[1],
    }
    if any(len(np.unique(labels[part])) < 2 for part in (earlier, test)):
        return [], test
    parts = [("time", earlier, test)]
    try:
        for strategy, group in group_of.items():
            fold_of = assign_folds(group, labels[everyone], folds, seed)
            for fold in range(folds):
                inside = fold_of == fold
                parts.append((strategy, everyone[~inside], np.intersect1d(everyone[inside], test)))
    except UserError:  # fewer users or texts of a label than folds
        return [], test
    tasks = [
        _Task(
            strategy,
            train[~np.isin(groups[train], groups[validation])],
            validation,
            FoldFit(member, 1, seed),
            f"{strategy}-{number}",
        )
        for number, (strategy, train, validation) in enumerate(parts)
        if len(validation)
    ]
    return tasks, test


def _predict(data: TrainingData, task: _Task) -> np.ndarray:
    rows = np.concatenate([task.train, task.validation])
    text = task.fit.member.text
    ids, none = data.train_ids[text], rows[:0]
    part = TrainingData(
        keys=rows,
        labels=data.labels[rows],
        folds=np.repeat([0, 1], [len(task.train), len(task.validation)]).astype(np.int8),
        train_ids={text: ids.take(rows)},
        unseen_keys=dict.fromkeys(UNSEEN, none),
        unseen_ids={part: {text: ids.take(none)} for part in UNSEEN},
        matrices=data.matrices,
    )
    # Word vectors are fitted here again: those of the run's folds have seen tweets that are predicted here.
    fitted = {(fit.text, fit.source, fit.fold): fit_vectors(part, fit) for fit in vector_fits([task.fit])}
    return join(fit_fold(replace(part, fitted=fitted), task.fit).validation, task.validation)
