"""How much a score owes to the way in which tweets are split: at random, by user, by time."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sentiment140.data.arrays import UNSEEN, TrainingData, join
from sentiment140.data.folds import assign_folds
from sentiment140.errors import UserError
from sentiment140.executors import Executor
from sentiment140.experiment import Member
from sentiment140.training.fit import FoldFit, fit_fold
from sentiment140.training.word_vectors import fit_vectors, vector_fits

STRATEGIES = ("random", "user", "time")
_LAST = 0.2  # share of the tweets, the latest ones, that all three ways predict


@dataclass(frozen=True)
class _Task:
    strategy: str
    train: np.ndarray
    validation: np.ndarray
    fit: FoldFit


def split_strategies(
    data: TrainingData, rows: pd.DataFrame, member: Member, folds: int, seed: int, executor: Executor
) -> pd.DataFrame | None:
    """The same tweets predicted by models that were kept from them in three ways.

    The tweets are the latest fifth of those whose user and time are known, up to the last moment at which there still
    are tweets of both labels. By time, one model is trained on all earlier ones; at random and by user, `folds` models
    each on the tweets (the users) of the other folds. Copies of the predicted tweets are never trained on.

    Args:
        data: for `member`.
        rows: `id`, `label`, `text_group`, `user` and `time` (-1 and NaT where unknown), a row a training tweet.
        member: what is trained.
        folds: of the random way and of that by user.
        seed: of the folds and the models.
        executor: where the models are trained.

    Returns:
        `id`, and a probability of positive for each of STRATEGIES; None where too few tweets have a user and a time.
    """
    tasks, test = _tasks(rows, member, folds, seed)
    if not tasks:
        return None
    found = pd.DataFrame(np.nan, index=np.sort(test), columns=list(STRATEGIES))
    for task, probability in executor.run(_predict, tasks, data):
        found.loc[task.validation, task.strategy] = probability
    return found.assign(id=rows["id"])[["id", *STRATEGIES]].reset_index(drop=True)


def _tasks(rows: pd.DataFrame, member: Member, folds: int, seed: int) -> tuple[list[_Task], np.ndarray]:
    """What is to be trained, nothing where too few tweets have a user and a time; the rows that all ways predict."""
    known = rows[rows["time"].notna() & (rows["user"] >= 0)]
    last = known.groupby("label")["time"].max().min()
    known = known[known["time"] <= last].sort_values("time", kind="stable")
    everyone, groups, labels = np.sort(known.index.to_numpy()), rows["text_group"].to_numpy(), rows["label"].to_numpy()
    earlier, test = np.split(known.index.to_numpy(), [round(len(known) * (1 - _LAST))])
    together = {
        "random": np.unique(groups[everyone], return_inverse=True)[1],
        "user": np.unique(rows["user"].to_numpy()[everyone], return_inverse=True)[1],
    }
    if any(len(np.unique(labels[part])) < 2 for part in (earlier, test)):
        return [], test
    parts = [("time", earlier, test)]
    try:
        for way, group in together.items():
            fold_of = assign_folds(group, labels[everyone], folds, seed)
            for fold in range(folds):
                inside = fold_of == fold
                parts.append((way, everyone[~inside], np.intersect1d(everyone[inside], test)))
    except UserError:  # fewer users or texts of a label than folds
        return [], test
    tasks = [
        _Task(way, train[~np.isin(groups[train], groups[validation])], validation, FoldFit(member, 1, seed))
        for way, train, validation in parts
        if len(validation)
    ]
    return tasks, test


def _predict(data: TrainingData, task: _Task) -> np.ndarray:
    chosen = np.concatenate([task.train, task.validation])
    text = task.fit.member.text
    ids, none = data.train_ids[text], chosen[:0]
    part = TrainingData(
        keys=chosen,
        labels=data.labels[chosen],
        folds=np.repeat([0, 1], [len(task.train), len(task.validation)]).astype(np.int8),
        train_ids={text: ids.take(chosen)},
        unseen_keys=dict.fromkeys(UNSEEN, none),
        unseen_ids={part: {text: ids.take(none)} for part in UNSEEN},
        matrices=data.matrices,
    )
    # Vectors that are fitted must not know the tweets that are predicted here: those of a run's folds would.
    fitted = {(fit.text, fit.source, fit.fold): fit_vectors(part, fit) for fit in vector_fits([task.fit])}
    return join(fit_fold(replace(part, fitted=fitted), task.fit).validation, task.validation)
