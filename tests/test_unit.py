import dataclasses

import numpy as np
import pytest

from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.models.arithmetic import training_flops
from sentiment140.text.tokenise import tokenise
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training import unit
from sentiment140.training.unit import TrainingData, Unit, build_keras, fit_unit, predict_keras

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=16)
KERAS_MEMBER = Member(
    "small",
    "conv_lstm",
    {"filters": 4, "kernel_size": 3, "pool_size": 2, "units": 4},
    TEXT,
    VectorSettings("random.8d", trainable=True),
    FitSettings(epochs=3, minimum_steps=8),
)
SKLEARN_MEMBER = Member("linear", "tfidf_logistic", {"minimum_tweets": 1}, TEXT)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 300).astype(np.int8)
    words = [("good", "fine", "happy") if label else ("bad", "sad", "awful") for label in labels]
    texts = [f"it was {random.choice(chosen)} {' '.join(['really'] * random.integers(0, 12))}" for chosen in words]
    tokens, test = tokenise(texts), tokenise(["it was happy", "it was awful", ""])
    vocabulary = Vocabulary.build(tokens, TEXT)
    return TrainingData(
        labels=labels,
        folds=random.integers(0, 3, 300).astype(np.int8),
        train_ids={TEXT: vocabulary.encode(tokens)},
        test_ids={TEXT: vocabulary.encode(test)},
        matrices={(TEXT, "random.8d"): random_matrix(len(vocabulary), 8, 0)},
    )


@pytest.mark.parametrize("member", [KERAS_MEMBER, SKLEARN_MEMBER], ids=lambda member: member.name)
def test_a_unit_predicts_its_fold_and_the_test_tweets(data, member):
    result = fit_unit(data, Unit(member, 1, 0))
    assert result.validation.shape == ((data.folds == 1).sum(),)
    assert result.validation.dtype == result.test.dtype == np.float32
    assert result.test[0] > result.test[1]
    assert result.cost["seconds"] > 0


def test_the_arithmetic_is_that_of_every_epoch_at_each_tweets_own_width(data, monkeypatch):
    monkeypatch.setattr(unit, "matmul_flops_per_second", lambda: 1e6)
    result = fit_unit(data, Unit(KERAS_MEMBER, 0, 0))
    model = build_keras(KERAS_MEMBER, result.weights["000"])
    widths = data.train_ids[TEXT].take(np.flatnonzero(data.folds != 0)).widths(TEXT.bucket)
    assert len(set(widths)) > 1
    flops = len(result.history) * sum(training_flops(model, int(width)) for width in widths)
    assert result.cost["arithmetic_seconds"] == pytest.approx(flops / 1e6)


@pytest.mark.parametrize("member", [KERAS_MEMBER, SKLEARN_MEMBER], ids=lambda member: member.name)
def test_the_same_unit_gives_the_same_numbers_and_another_seed_others(data, member):
    first, second = (fit_unit(data, Unit(member, 0, 7)) for _ in range(2))
    assert (first.validation == second.validation).all()
    assert all((first.weights[name] == second.weights[name]).all() for name in first.weights)
    if member is KERAS_MEMBER:
        assert (fit_unit(data, Unit(member, 0, 8)).validation != first.validation).any()


@pytest.mark.parametrize("member", [KERAS_MEMBER, SKLEARN_MEMBER], ids=lambda member: member.name)
def test_the_labels_of_the_fold_do_not_move_its_predictions(data, member):
    """But through early stopping, which is why the rule is stated beside the score: so one epoch here."""
    if member.fit is not None:
        member = dataclasses.replace(member, fit=dataclasses.replace(member.fit, epochs=1))
    flipped = np.where(data.folds == 2, 1 - data.labels, data.labels).astype(np.int8)
    honest = fit_unit(data, Unit(member, 2, 0))
    other = fit_unit(dataclasses.replace(data, labels=flipped), Unit(member, 2, 0))
    assert (honest.validation == other.validation).all()


def test_the_kept_weights_are_those_of_the_best_epoch(data):
    settings = dataclasses.replace(KERAS_MEMBER.fit, epochs=12, patience=2, learning_rate=0.3, schedule="constant")
    member = dataclasses.replace(KERAS_MEMBER, fit=settings)
    result = fit_unit(data, Unit(member, 0, 0))
    losses = [entry["val_loss"] for entry in result.history]
    assert len(losses) == 12 or len(losses) - 1 - int(np.argmin(losses)) == 2
    model = build_keras(member, result.weights["000"])
    model.set_weights(list(result.weights.values()))
    held_out = data.train_ids[TEXT].take(np.flatnonzero(data.folds == 0))
    assert np.allclose(predict_keras(model, held_out, TEXT.bucket), result.validation, atol=1e-6)


@pytest.mark.parametrize(
    ("schedule", "rates"), [("linear", [0.01, 0.02 / 3, 0.01 / 3]), ("constant", [0.01, 0.01, 0.01])]
)
def test_the_learning_rate_falls_to_0_over_all_epochs_or_stays(data, schedule, rates):
    settings = dataclasses.replace(KERAS_MEMBER.fit, epochs=3, patience=3, learning_rate=0.01, schedule=schedule)
    result = fit_unit(data, Unit(dataclasses.replace(KERAS_MEMBER, fit=settings), 0, 0))
    assert [entry["learning_rate"] for entry in result.history] == pytest.approx(rates)


def test_frozen_vectors_stay_and_trained_ones_move(data):
    matrix = data.matrices[TEXT, "random.8d"]
    for trainable in (False, True):
        member = dataclasses.replace(KERAS_MEMBER, vectors=VectorSettings("random.8d", trainable))
        result = fit_unit(data, Unit(member, 0, 0))
        assert (result.weights["000"] == matrix).all() != trainable
        assert result.cost["parameters"] - result.cost["trainable_parameters"] == (0 if trainable else matrix.size)


def test_a_tweets_probability_does_not_depend_on_its_neighbours(data):
    result = fit_unit(data, Unit(KERAS_MEMBER, 0, 0))
    model = build_keras(KERAS_MEMBER, result.weights["000"])
    model.set_weights(list(result.weights.values()))
    ids = data.train_ids[TEXT]
    together = predict_keras(model, ids, TEXT.bucket)
    alone = [predict_keras(model, ids.take(np.array([row])), TEXT.bucket)[0] for row in range(20)]
    assert np.abs(together[:20] - alone).max() < 1e-6
