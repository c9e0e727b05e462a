"""Fits one (member, fold): pure, it knows no run folder, no other fold and not who called it."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline

from ..experiment import FitSettings, Member, TextSettings, VectorSettings
from ..memory import give_back_memory, memory_errors, peak_memory_mib
from ..models.architectures import KERAS
from ..models.arithmetic import matmul_flops_per_second, training_flops
from ..models.embedding import embedding_layer
from ..models.linear import SKLEARN, weights_of
from ..text.vocabulary import Ids
from .batches import bucketed_batches, count_batches
from .optimizer import LazyAdam

PREDICTION_BATCH = 4096
_SMALLEST_BATCH = 32


@dataclass(frozen=True)
class TrainingData:
    """What all units read.

    Attributes:
        labels: int8 [tweets], 0 or 1.
        folds: int8 [tweets].
        train_ids: the tweets under each text settings.
        test_ids: the test tweets likewise, then those set aside.
        matrices: the vectors that a member's embedding starts from, by (text settings, source).
        fitted: those fitted on all folds but one instead, by (text settings, source, fold).
    """

    labels: np.ndarray
    folds: np.ndarray
    train_ids: dict[TextSettings, Ids]
    test_ids: dict[TextSettings, Ids]
    matrices: dict[tuple[TextSettings, str], np.ndarray]
    fitted: dict[tuple[TextSettings, str, int], np.ndarray] = field(default_factory=dict)

    def matrix(self, text: TextSettings, vectors: VectorSettings, fold: int) -> np.ndarray:
        """float32 [words, dimension]: what a member's embedding starts from when this fold is held out."""
        if vectors.fitted:
            return self.fitted[text, vectors.source, fold]
        return self.matrices[text, vectors.source]


@dataclass(frozen=True)
class Unit:
    """One (member, fold), and the seed it draws from."""

    member: Member
    fold: int
    seed: int

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.member.name}-fold{self.fold}"

    @property
    def own_seed(self) -> int:
        """A seed of its own, the same in whatever order the units are fitted."""
        return int.from_bytes(hashlib.sha256(f"{self.seed} {self.name}".encode()).digest()[:4], "big")


@dataclass(frozen=True)
class UnitResult:
    """What fitting a unit gives.

    Attributes:
        validation: float32, probabilities of the fold's tweets, in their order.
        test: float32 [test tweets and those set aside].
        weights: arrays from which the model can be built again.
        history: one entry an epoch, for Keras members.
        cost: parameters, seconds, tweets a second, peak memory of the process; for Keras members also the seconds that
            their estimated arithmetic alone would take at this core's speed of matrix products.
    """

    validation: np.ndarray
    test: np.ndarray
    weights: dict[str, np.ndarray]
    history: list[dict[str, float]] = field(default_factory=list)
    cost: dict[str, Any] = field(default_factory=dict)


def fit_unit(data: TrainingData, unit: Unit) -> UnitResult:
    """Fits a member on all folds but one and predicts that one, the test tweets and those set aside."""
    fit = _fit_keras if unit.member.architecture in KERAS else _fit_sklearn
    result = fit(data, unit)
    result.cost["peak_memory_mib"] = peak_memory_mib()
    give_back_memory()
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


def keras_cost(model: keras.Model, tweets: Ids, bucket: int, history: list[dict[str, float]]) -> dict[str, Any]:
    """What training a model on these tweets took, and what its arithmetic alone would."""
    seconds = sum(entry["seconds"] for entry in history)
    widths, counts = np.unique(tweets.widths(bucket), return_counts=True)
    flops = len(history) * sum(training_flops(model, int(w)) * int(n) for w, n in zip(widths, counts, strict=True))
    return {
        "parameters": int(model.count_params()),
        "trainable_parameters": int(sum(np.prod(weight.shape) for weight in model.trainable_weights)),
        "seconds": seconds,
        "arithmetic_seconds": flops / matmul_flops_per_second(),
        "tweets_per_second": len(tweets) * len(history) / seconds,
    }


def weights_by_number(weights: list[np.ndarray]) -> dict[str, np.ndarray]:
    """A model's weights as they are kept: in the order of Keras."""
    return {f"{number:03d}": array for number, array in enumerate(weights)}


def _fit_keras(data: TrainingData, unit: Unit) -> UnitResult:
    """Stops `patience` epochs after the fold's log loss was lowest and keeps that epoch."""
    member, settings = unit.member, unit.member.fit
    assert settings is not None
    assert member.vectors is not None
    keras.utils.clear_session()
    keras.utils.set_random_seed(unit.own_seed)
    model = build_keras(member, data.matrix(member.text, member.vectors, unit.fold))
    ids, bucket = data.train_ids[member.text], member.text.bucket
    inside = data.folds != unit.fold
    train, labels = ids.take(np.flatnonzero(inside)), data.labels[inside]
    held_out, held_out_labels = ids.take(np.flatnonzero(~inside)), data.labels[~inside]

    history: list[dict[str, float]] = []
    best_loss, best_epoch, best_weights, best_validation = np.inf, 0, model.get_weights(), np.empty(0, np.float32)
    for entry in train_keras(model, member, train, labels, unit.own_seed):
        validation = predict_keras(model, held_out, bucket)
        loss = float(log_loss(held_out_labels, validation, labels=[0, 1]))
        accuracy = float(np.mean((validation >= 0.5) == held_out_labels))
        history.append({**entry, "val_loss": loss, "val_accuracy": accuracy})
        if loss < best_loss:
            best_loss, best_epoch, best_weights, best_validation = loss, len(history), model.get_weights(), validation
        elif len(history) - best_epoch >= settings.patience:
            break
    model.set_weights(best_weights)
    return UnitResult(
        validation=best_validation,
        test=predict_keras(model, data.test_ids[member.text], bucket),
        weights=weights_by_number(best_weights),
        history=history,
        cost=keras_cost(model, train, bucket, history),
    )


def _learning_rate(settings: FitSettings, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Falling, the last steps are small: they even out what steps on tweets of one width each pull to and fro."""
    if settings.schedule == "constant":
        return settings.learning_rate
    return keras.optimizers.schedules.PolynomialDecay(settings.learning_rate, steps, end_learning_rate=0.0)


def _fit_sklearn(data: TrainingData, unit: Unit) -> UnitResult:
    member = unit.member
    pipeline = SKLEARN[member.architecture](**member.arguments)
    pipeline.named_steps["logistic"].set_params(random_state=unit.own_seed)
    ids = data.train_ids[member.text]
    train, held_out = np.flatnonzero(data.folds != unit.fold), np.flatnonzero(data.folds == unit.fold)
    began = time.perf_counter()
    pipeline.fit(ids.take(train), data.labels[train])
    seconds = time.perf_counter() - began
    weights = weights_of(pipeline)
    return UnitResult(
        validation=_predict_sklearn(pipeline, ids.take(held_out)),
        test=_predict_sklearn(pipeline, data.test_ids[member.text]),
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
