"""Fit one member on one fold. A pure function: it reads and writes no files and does not depend on other fits."""

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
from sentiment140.models.linear import SKLEARN, extract_weights
from sentiment140.models.neural import KERAS
from sentiment140.progress.events import Meter
from sentiment140.runs.memory import memory_errors, peak_memory_mib, trim_memory
from sentiment140.text.vocabulary import Ids
from sentiment140.training.batches import bucketed_batches, count_batches
from sentiment140.training.optimizer import LazyAdam

PREDICTION_BATCH = 4096  # tweets
_SMALLEST_BATCH = 32  # tweets
_LONGEST_TRAINED = 40  # tokens
PREDICTION_COST = 0.3  # to predict a tweet takes about this share of the time of a training step on it


@dataclass(frozen=True)
class FoldFit:
    """The task of fitting one member on all folds but one.

    Attributes:
        member: which model is fitted.
        fold: the validation fold, which the member is not fitted on.
        seed: the seed of the experiment.
    """

    member: Member
    fold: int
    seed: int

    @property
    def name(self) -> str:
        """The name of the folder of this fit in the run."""
        return self.member.fold_name(self.fold)

    @property
    def derived_seed(self) -> int:
        """A different seed for each fit, which does not depend on the order of the fits."""
        return int.from_bytes(hashlib.sha256(f"{self.seed} {self.name}".encode()).digest()[:4], "big")


@dataclass(frozen=True)
class FitResult:
    """The result of a fold fit.

    Attributes:
        validation: PREDICTION [tweets], the predictions of the validation fold.
        unseen: PREDICTION [tweets], the predictions for each of `UNSEEN`.
        weights: arrays from which the fitted model can be restored.
        history: for Keras members, one entry per epoch with losses, accuracies, seconds and the learning rate.
        cost: the number of parameters, seconds, tweets per second, and the process's peak memory in MiB.
    """

    validation: np.ndarray
    unseen: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    history: list[dict[str, float]] = field(default_factory=list)
    cost: dict[str, Any] = field(default_factory=dict)


def fit_fold(data: TrainingData, task: FoldFit) -> FitResult:
    """Fit a member on all folds but one, then predict that fold, the test tweets and the held-out tweets.

    Args:
        data: the tweets, labels, folds and vectors.
        task: the member and the fold.
    """
    fit = _fit_keras if task.member.architecture in KERAS else _fit_sklearn
    result = fit(data, task)
    result.cost["peak_memory_mib"] = peak_memory_mib()
    trim_memory()
    return result


def build_keras(member: Member, matrix: np.ndarray) -> keras.Model:
    """Build the uncompiled model of a Keras member.

    Args:
        member: a member with a Keras architecture.
        matrix: float32 [words, dimension], the initial vectors of the embedding.
    """
    assert member.vectors is not None
    return KERAS[member.architecture](embedding_layer(matrix, member.vectors.trainable), **member.arguments)


def predict_keras(
    model: keras.Model, ids: Ids, bucket: int, meter: Meter | None = None, what: str = "predicts"
) -> np.ndarray:
    """Predict the probability of positive for each tweet, padded by its own length.

    Args:
        model: from `build_keras`.
        ids: the tweets.
        bucket: in tokens; padded widths are multiples of it.
        meter: adds up the work, in training steps on a tweet.
        what: what the meter says.

    Returns:
        float32 [tweets].
    """
    probability = np.empty(len(ids), np.float32)
    for rows, batch in ids.padded_batches(bucket, PREDICTION_BATCH):
        probability[rows] = model.predict_on_batch(batch)[:, 0]
        if meter is not None:
            meter.add(PREDICTION_COST * len(batch), what)
    return probability


@memory_errors()
def _train_step(model: keras.Model, batch: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Train the model on one batch, and return the loss and the accuracy of this batch."""
    return np.array(model.train_on_batch(batch, targets))


def train_keras(
    model: keras.Model, member: Member, tweets: Ids, targets: np.ndarray, seed: int, meter: Meter | None = None
) -> Iterator[dict[str, float]]:
    """Train a model with LazyAdam on the log loss, and yield after each epoch.

    Of tweets longer than 40 tokens, one in a thousand, the first 40 are trained on: in batches of their own, a handful
    of tweets each, they make the network less accurate. Predictions read tweets whole.

    Args:
        model: the uncompiled model of the member.
        member: its settings control the training.
        tweets: the training tweets.
        targets: [tweets], labels or probabilities.
        seed: seed of the order of the batches.
        meter: adds up the work, in training steps on a tweet.

    Yields:
        `epoch` from 1, the mean `loss` and `accuracy` on the training tweets, `seconds`, and the `learning_rate` at the
        start of the epoch.
    """
    settings, bucket = member.fit, member.text.bucket
    assert settings is not None
    tweets = tweets.cut(max(_LONGEST_TRAINED, bucket))
    batch_size = min(settings.batch_size, max(_SMALLEST_BATCH, len(tweets) // settings.minimum_steps))
    learning_rate = _learning_rate(settings, settings.epochs * count_batches(tweets, bucket, batch_size))
    model.compile(LazyAdam(learning_rate), "binary_crossentropy", metrics=["accuracy"])
    for epoch in range(settings.epochs):
        start = time.perf_counter()
        first_rate = float(model.optimizer.learning_rate)
        sums = np.zeros(2)
        for batch, batch_targets in bucketed_batches(tweets, targets, bucket, batch_size, seed + epoch):
            sums += len(batch) * _train_step(model, batch, batch_targets)
            if meter is not None:
                meter.add(len(batch), f"epoch {epoch + 1}/{settings.epochs}")
        loss, accuracy = (sums / len(tweets)).tolist()
        seconds = time.perf_counter() - start
        yield {"epoch": epoch + 1, "loss": loss, "accuracy": accuracy, "seconds": seconds, "learning_rate": first_rate}


def training_cost(model: keras.Model, tweets: int, history: list[dict[str, float]]) -> dict[str, Any]:
    """Summarize what the training of a Keras model cost.

    Args:
        model: the trained model.
        tweets: number of training tweets per epoch.
        history: one entry per epoch, from `train_keras`.

    Returns:
        `parameters`, `trainable_parameters`, `seconds` and `tweets_per_second`.
    """
    seconds = sum(entry["seconds"] for entry in history)
    return {
        "parameters": int(model.count_params()),
        "trainable_parameters": int(sum(np.prod(weight.shape) for weight in model.trainable_weights)),
        "seconds": seconds,
        "tweets_per_second": tweets * len(history) / seconds,
    }


def numbered_weights(weights: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Name the weights of a Keras model "000", "001" and so on, in the order of `keras.Model.get_weights`.

    Example:
        >>> list(numbered_weights([np.zeros((2, 3)), np.zeros(3)]))
        ['000', '001']
    """
    return {f"{index:03d}": array for index, array in enumerate(weights)}


def _fit_keras(data: TrainingData, task: FoldFit) -> FitResult:
    """Fit with early stopping on the log loss of the validation fold, and keep the weights of the best epoch."""
    member, settings = task.member, task.member.fit
    assert settings is not None
    assert member.vectors is not None
    keras.utils.clear_session()
    keras.utils.set_random_seed(task.derived_seed)
    model = build_keras(member, data.matrix(member.text, member.vectors, task.fold))
    ids, bucket = data.train_ids[member.text], member.text.bucket
    is_train = data.folds != task.fold
    train, train_labels = ids.take(np.flatnonzero(is_train)), data.labels[is_train]
    validation, validation_labels = ids.take(np.flatnonzero(~is_train)), data.labels[~is_train]

    unseen = sum(len(data.unseen_ids[part][member.text]) for part in UNSEEN)
    meter = Meter(settings.epochs * (len(train) + PREDICTION_COST * len(validation)) + PREDICTION_COST * unseen)
    history: list[dict[str, float]] = []
    best_loss, best_epoch, best_weights, best_probability = np.inf, 0, model.get_weights(), np.empty(0, np.float32)
    for entry in train_keras(model, member, train, train_labels, task.derived_seed, meter):
        probability = predict_keras(model, validation, bucket, meter, f"epoch {entry['epoch']}/{settings.epochs}")
        loss = float(log_loss(validation_labels, probability, labels=[0, 1]))
        accuracy = float(np.mean(is_positive(probability) == validation_labels))
        history.append({**entry, "val_loss": loss, "val_accuracy": accuracy})
        if loss < best_loss:
            best_loss, best_epoch, best_weights, best_probability = loss, len(history), model.get_weights(), probability
        elif len(history) - best_epoch >= settings.patience:
            break
    model.set_weights(best_weights)
    return FitResult(
        validation=predictions(data.keys[~is_train], best_probability),
        unseen={
            part: predictions(
                data.unseen_keys[part], predict_keras(model, data.unseen_ids[part][member.text], bucket, meter)
            )
            for part in UNSEEN
        },
        weights=numbered_weights(best_weights),
        history=history,
        cost=training_cost(model, len(train), history),
    )


def _learning_rate(settings: FitSettings, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """The constant learning rate, or a schedule that decreases it to 0 over all steps of all epochs.

    Each batch has tweets of one width only, so the weights oscillate between widths; small last steps average this out.
    """
    if settings.schedule == "constant":
        return settings.learning_rate
    return keras.optimizers.schedules.PolynomialDecay(settings.learning_rate, steps, end_learning_rate=0.0)


def _fit_sklearn(data: TrainingData, task: FoldFit) -> FitResult:
    """Fit a scikit-learn pipeline in one thread."""
    member = task.member
    pipeline = SKLEARN[member.architecture](**member.arguments)
    pipeline.named_steps["logistic"].set_params(random_state=task.derived_seed)
    ids = data.train_ids[member.text]
    train, validation = np.flatnonzero(data.folds != task.fold), np.flatnonzero(data.folds == task.fold)
    start = time.perf_counter()
    with threadpool_limits(1):  # liblinear's results depend on the number of BLAS threads
        pipeline.fit(ids.take(train), data.labels[train])
    seconds = time.perf_counter() - start
    weights = extract_weights(pipeline)
    return FitResult(
        validation=predictions(data.keys[validation], _predict_sklearn(pipeline, ids.take(validation))),
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
    """float32 [tweets]: the probability of positive."""
    if not len(ids):  # there may be no test tweets, and scikit-learn raises an error for an empty matrix
        return np.empty(0, np.float32)
    return pipeline.predict_proba(ids)[:, 1].astype(np.float32)
