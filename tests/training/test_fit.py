import dataclasses

import numpy as np
import pytest

from sentiment140.data.arrays import HOLDOUT, TEST, TrainingData, join
from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.fit import FitResult, FoldFit, build_keras, fit_fold, predict_keras

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=16)
VECTORS = "random.8d"
KERAS_MEMBER = Member(
    "small",
    "conv_lstm",
    {"filters": 4, "kernel_size": 3, "pool_size": 2, "units": 4},
    TEXT,
    VectorSettings(VECTORS, trainable=True),
    FitSettings(epochs=3, patience=3, minimum_steps=8, learning_rate=0.01),
)
SKLEARN_MEMBER = Member("linear", "tfidf_logistic", {"minimum_tweets": 1}, TEXT)
# Traced in a quarter of the time, for tests that do not depend on the architecture.
ONE_WIDTH = dataclasses.replace(TEXT, bucket=16)
QUICK_MEMBER = dataclasses.replace(
    KERAS_MEMBER, architecture="cnn", arguments={"filters": 4, "kernel_sizes": (3,)}, text=ONE_WIDTH
)

every_member = pytest.mark.parametrize("member", [KERAS_MEMBER, SKLEARN_MEMBER], ids=lambda member: member.name)


def with_fit(member, **settings) -> Member:
    return dataclasses.replace(member, fit=dataclasses.replace(member.fit, **settings))


@pytest.fixture(scope="module")
def data() -> TrainingData:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 300).astype(np.int8)
    words = [("good", "fine", "happy") if label else ("bad", "sad", "awful") for label in labels]
    texts = [f"it was {random.choice(chosen)} {' '.join(['really'] * random.integers(0, 12))}" for chosen in words]
    tokens = tokenize(texts)
    vocabulary = Vocabulary.build(tokens, TEXT)
    unseen = {TEST: ["it was happy", "it was awful", ""], HOLDOUT: ["it was sad", "it was fine"]}
    return TrainingData(
        keys=random.permutation(1000)[:300],
        labels=labels,
        folds=random.integers(0, 3, 300).astype(np.int8),
        train_ids=dict.fromkeys((TEXT, ONE_WIDTH), vocabulary.encode(tokens)),
        unseen_keys={TEST: np.array([9, 7, 8]), HOLDOUT: np.array([5, 3])},
        unseen_ids={
            part: dict.fromkeys((TEXT, ONE_WIDTH), vocabulary.encode(tokenize(some))) for part, some in unseen.items()
        },
        matrices=dict.fromkeys(((TEXT, VECTORS), (ONE_WIDTH, VECTORS)), random_matrix(len(vocabulary), 8, 0)),
    )


@pytest.fixture(scope="module")
def results(data) -> dict[str, FitResult]:
    """Fits without fold 1: one of a Keras member and one of a scikit-learn member."""
    return {member.name: fit_fold(data, FoldFit(member, 1, 7)) for member in (KERAS_MEMBER, SKLEARN_MEMBER)}


@pytest.fixture(scope="module")
def overfitted(data) -> tuple[Member, FitResult]:
    """A member with a high, constant learning rate, and its fit without fold 0."""
    member = with_fit(QUICK_MEMBER, epochs=12, patience=2, learning_rate=0.3, schedule="constant")
    return member, fit_fold(data, FoldFit(member, 0, 0))


@every_member
def test_a_fit_predicts_its_fold_and_the_unseen_tweets_with_their_keys(data, results, member):
    result = results[member.name]
    is_validation = data.folds == 1
    assert result.validation["key"].tolist() == data.keys[is_validation].tolist()
    assert result.validation["probability"].dtype == np.float32
    of_positive, of_negative = (
        result.validation["probability"][data.labels[is_validation] == label] for label in (1, 0)
    )
    assert of_positive.mean() > of_negative.mean()
    happy, awful, _ = join(result.unseen[TEST], np.array([9, 7, 8]))
    assert happy > awful
    sad, fine = join(result.unseen[HOLDOUT], np.array([5, 3]))
    assert fine > sad
    assert result.cost["seconds"] > 0


@every_member
def test_the_same_seed_gives_the_same_weights_and_predictions(data, results, member):
    first, second = results[member.name], fit_fold(data, FoldFit(member, 1, 7))
    assert (first.validation == second.validation).all()
    assert all((first.weights[name] == second.weights[name]).all() for name in first.weights)


@pytest.mark.parametrize("member", [QUICK_MEMBER, SKLEARN_MEMBER], ids=lambda member: member.name)
def test_the_labels_of_a_fold_do_not_influence_its_predictions(data, member):
    """Early stopping is the one exception, so this test trains for one epoch."""
    if member.fit is not None:
        member = with_fit(member, epochs=1)
    flipped = np.where(data.folds == 2, 1 - data.labels, data.labels).astype(np.int8)
    honest = fit_fold(data, FoldFit(member, 2, 0))
    other = fit_fold(dataclasses.replace(data, labels=flipped), FoldFit(member, 2, 0))
    assert (honest.validation == other.validation).all()


def test_a_fit_keeps_the_weights_of_the_best_epoch(data, overfitted):
    member, result = overfitted
    losses = [entry["val_loss"] for entry in result.history]
    assert len(losses) == 12 or len(losses) - 1 - int(np.argmin(losses)) == 2
    model = build_keras(member, result.weights["000"])
    model.set_weights(list(result.weights.values()))
    held_out = data.train_ids[TEXT].take(np.flatnonzero(data.folds == 0))
    assert np.allclose(predict_keras(model, held_out, ONE_WIDTH.bucket), result.validation["probability"], atol=1e-6)


def test_a_linear_schedule_lowers_the_learning_rate_to_0_over_all_epochs(results):
    rates = [entry["learning_rate"] for entry in results["small"].history]
    assert rates == pytest.approx([0.01, 0.02 / 3, 0.01 / 3])


def test_a_constant_schedule_keeps_the_learning_rate(overfitted):
    rates = [entry["learning_rate"] for entry in overfitted[1].history]
    assert len(rates) > 2
    assert rates == pytest.approx([0.3] * len(rates))


def test_frozen_vectors_do_not_change_and_another_seed_gives_other_predictions(data):
    matrix = data.matrices[TEXT, VECTORS]
    member = dataclasses.replace(with_fit(QUICK_MEMBER, epochs=1), vectors=VectorSettings(VECTORS))
    first, second = (fit_fold(data, FoldFit(member, 0, seed)) for seed in (0, 1))
    assert (first.weights["000"] == matrix).all()
    assert first.cost["parameters"] - first.cost["trainable_parameters"] == matrix.size
    assert (first.validation["probability"] != second.validation["probability"]).any()


def test_training_changes_trainable_vectors(data, results):
    assert (results["small"].weights["000"] != data.matrices[TEXT, VECTORS]).any()
    assert results["small"].cost["parameters"] == results["small"].cost["trainable_parameters"]


def test_a_tweets_probability_does_not_depend_on_its_neighbors(data, results):
    model = build_keras(KERAS_MEMBER, results["small"].weights["000"])
    model.set_weights(list(results["small"].weights.values()))
    ids = data.train_ids[TEXT]
    together = predict_keras(model, ids, TEXT.bucket)
    alone = [predict_keras(model, ids.take(np.array([row])), TEXT.bucket)[0] for row in range(20)]
    assert np.abs(together[:20] - alone).max() < 1e-6
