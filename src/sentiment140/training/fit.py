"""Fits one member on one fold: pure, it knows no run folder, no other fold and not who called it."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from sentiment140.data.arrays import UNSEEN, TrainingData, predictions
from sentiment140.experiment import FitSettings, Member
from sentiment140.labels import is_positive
from sentiment140.models.embedding import embedding_layer
from sentiment140.models.linear import SKLEARN, weights_of
from sentiment140.models.neural import KERAS
from sentiment140.runs.memory import memory_errors, peak_memory_mib, trim_memory
from sentiment140.text.vocabulary import Ids
from sentiment140.training.batches import bucketed_batches, count_batches
from sentiment140.training.optimizer import LazyAdam

PREDICTION_BATCH = 4096
_SMALLEST_BATCH = 32


@dataclass(frozen=True)
class FoldFit:
    """One (member, fold), and the seed it draws from."""

    member: Member
    fold: int
    seed: int

    @property
    def name(self) -> str:
        """What its folder is called."""
        return self.member.fold_name(self.fold)

    @property
    def own_seed(self) -> int:
        """A seed of its own, the same in whatever order the folds are fitted."""
        return int.from_bytes(hashlib.sha256(f"{self.seed} {self.name}".encode()).digest()[:4], "big")


@dataclass(frozen=True)
class FitResult:
    """What a fold fit gives.

    Attributes:
        validation: PREDICTION, of the fold's tweets.
        unseen: PREDICTION for each of `UNSEEN`.
        weights: arrays from which the model can be built again.
        history: one entry an epoch, for Keras members.
        cost: parameters, seconds, tweets per second, peak memory of the process.
    """

    validation: np.ndarray
    unseen: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    history: list[dict[str, float]] = field(default_factory=list)
    cost: dict[str, Any] = field(default_factory=dict)


def fit_fold(data: TrainingData, task: FoldFit) -> FitResult:
    """Fits a member on all folds but one and predicts that one, the test tweets and the held-out ones."""
    fit = _fit_keras if task.member.architecture in KERAS else _fit_sklearn
    result = fit(data, task)
    result.cost["peak_memory_mib"] = peak_memory_mib()
    trim_memory()
    return result


def build_keras(member: Member, matrix: np.ndarray) -> keras.Model:
    """The member's uncompiled model, its embedding holding these vectors."""
    assert member.vectors is not None
    return KERAS[member.architecture](embedding_layer(matrix, member.vectors.trainable), **member.arguments)


def predict_keras(model: keras.Model, ids: Ids, bucket: int) -> np.ndarray:
    """float32 [tweets]: the probability of positive, each tweet padded by its own length."""
    probability = np.empty(len(ids), np.float32)
    for rows, batch in ids.padded_batches(bucket, PREDICTION_BATCH):
        probability[rows] = model.predict_on_batch(batch)[:, 0]
    return probability


@memory_errors()
def _step(model: keras.Model, batch: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Loss and accuracy of a batch, on which the model is trained."""
    return np.array(model.train_on_batch(batch, targets))


def train_keras(
    model: keras.Model, member: Member, tweets: Ids, targets: np.ndarray, seed: int
) -> Iterator[dict[str, float]]:
    """Trains a model epoch by epoch: LazyAdam on the log loss. What was measured of each is given when it is done.

    Args:
        model: of the member, uncompiled.
        member: whose settings hold.
        tweets: to train on.
        targets: labels or probabilities [tweets].
        seed: of the order of the batches.
    """
    settings, bucket = member.fit, member.text.bucket
    assert settings is not None
    batch_size = min(settings.batch_size, max(_SMALLEST_BATCH, len(tweets) // settings.minimum_steps))
    rate = _learning_rate(settings, settings.epochs * count_batches(tweets, bucket, batch_size))
    model.compile(LazyAdam(rate), "binary_crossentropy", metrics=["accuracy"])
    for epoch in range(settings.epochs):
        began = time.perf_counter()
        first_rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
        sums = np.zeros(2)
        for batch, of_batch in bucketed_batches(tweets, targets, bucket, batch_size, seed + epoch):
            sums += len(batch) * _step(model, batch, of_batch)
        loss, accuracy = (sums / len(tweets)).tolist()
        seconds = time.perf_counter() - began
        yield {"epoch": epoch + 1, "loss": loss, "accuracy": accuracy, "seconds": seconds, "learning_rate": first_rate}


def keras_cost(model: keras.Model, tweets: int, history: list[dict[str, float]]) -> dict[str, Any]:
    """What training a model on so many tweets took."""
    seconds = sum(entry["seconds"] for entry in history)
    return {
        "parameters": int(model.count_params()),
        "trainable_parameters": int(sum(np.prod(weight.shape) for weight in model.trainable_weights)),
        "seconds": seconds,
        "tweets_per_second": tweets * len(history) / seconds,
    }


def weights_by_number(weights: list[np.ndarray]) -> dict[str, np.ndarray]:
    """A model's weights as they are kept: in the order of Keras."""
    return {f"{number:03d}": array for number, array in enumerate(weights)}


def _fit_keras(data: TrainingData, task: FoldFit) -> FitResult:
    """Stops `patience` epochs after the fold's log loss was lowest and keeps that epoch."""
    member, settings = task.member, task.member.fit
    assert settings is not None
    assert member.vectors is not None
    keras.utils.clear_session()
    keras.utils.set_random_seed(task.own_seed)
    model = build_keras(member, data.matrix(member.text, member.vectors, task.fold))
    ids, bucket = data.train_ids[member.text], member.text.bucket
    inside = data.folds != task.fold
    train, labels = ids.take(np.flatnonzero(inside)), data.labels[inside]
    held_out, held_out_labels = ids.take(np.flatnonzero(~inside)), data.labels[~inside]

    history: list[dict[str, float]] = []
    best_loss, best_epoch, best_weights, best_validation = np.inf, 0, model.get_weights(), np.empty(0, np.float32)
    for entry in train_keras(model, member, train, labels, task.own_seed):
        validation = predict_keras(model, held_out, bucket)
        loss = float(log_loss(held_out_labels, validation, labels=[0, 1]))
        accuracy = float(np.mean(is_positive(validation) == held_out_labels))
        history.append({**entry, "val_loss": loss, "val_accuracy": accuracy})
        if loss < best_loss:
            best_loss, best_epoch, best_weights, best_validation = loss, len(history), model.get_weights(), validation
        elif len(history) - best_epoch >= settings.patience:
            break
    model.set_weights(best_weights)
    return FitResult(
        validation=predictions(data.keys[~inside], best_validation),
        unseen={
            part: predictions(data.unseen_keys[part], predict_keras(model, data.unseen_ids[part][member.text], bucket))
            for part in UNSEEN
        },
        weights=weights_by_number(best_weights),
        history=history,
        cost=keras_cost(model, len(train), history),
    )


def _learning_rate(settings: FitSettings, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Falling, the last steps are small: they even out what steps on tweets of one width each pull to and fro."""
    if settings.schedule == "constant":
        return settings.learning_rate
    return keras.optimizers.schedules.PolynomialDecay(settings.learning_rate, steps, end_learning_rate=0.0)


def _fit_sklearn(data: TrainingData, task: FoldFit) -> FitResult:
    member = task.member
    pipeline = SKLEARN[member.architecture](**member.arguments)
    pipeline.named_steps["logistic"].set_params(random_state=task.own_seed)
    ids = data.train_ids[member.text]
    train, held_out = np.flatnonzero(data.folds != task.fold), np.flatnonzero(data.folds == task.fold)
    began = time.perf_counter()
    with threadpool_limits(1):  # liblinear's sums depend on the number of BLAS threads
        pipeline.fit(ids.take(train), data.labels[train])
    seconds = time.perf_counter() - began
    weights = weights_of(pipeline)
    return FitResult(
        validation=predictions(data.keys[held_out], _predict_sklearn(pipeline, ids.take(held_out))),
        unseen={
            part: predictions(data.unseen_keys[part], _predict_sklearn(pipeline, data.unseen_ids[part][member.text]))
            for part in UNSEEN
        },
        weights=weights,
        cost={
            "parameters": len(weights["terms"]) + 1,
            "trainable_parameters": len(weights["terms"]) + 1,
            "seconds": seconds,
            "tweets_per_second": len(train) / seconds,
        },
    )


def _predict_sklearn(pipeline: Pipeline, ids: Ids) -> np.ndarray:
    if not len(ids):  # there may be no test tweets, and scikit-learn refuses a table without rows
        return np.empty(0, np.float32)
    return pipeline.predict_proba(ids)[:, 1].astype(np.float32)
