import dataclasses
import math
from itertools import chain

import numpy as np
import pytest

from sentiment140.data.arrays import HOLDOUT, TEST, UNSEEN, TrainingData, join
from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.models.linear import SKLEARN
from sentiment140.text.ngrams import ngram_codes
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Ids, Vocabulary
from sentiment140.training import fit
from sentiment140.training.fit import FitResult, FoldFit, build_keras, fit_fold, predict_keras, train_keras

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


@pytest.mark.parametrize(("patience", "epochs", "best"), [(1, 3, 2), (2, 6, 4), (3, 8, 7)])
def test_training_stops_after_epochs_without_a_lower_loss_and_the_best_epoch_is_kept(
    data, monkeypatch, patience, epochs, best
):
    losses = [0.5, 0.4, 0.45, 0.39, 0.41, 0.42, 0.1, 0.1]  # an equal loss is no lower one
    after_epoch = []

    def recorded(model, *arguments):
        for entry in train_keras(model, *arguments):
            after_epoch.append(model.get_weights())
            yield entry

    monkeypatch.setattr(fit, "train_keras", recorded)
    monkeypatch.setattr(fit, "log_loss", lambda *_, **__: losses[len(after_epoch) - 1])
    result = fit_fold(data, FoldFit(with_fit(QUICK_MEMBER, epochs=8, patience=patience), 0, 0))
    assert [entry["val_loss"] for entry in result.history] == losses[:epochs]
    expected = after_epoch[best - 1]
    assert all((kept == right).all() for kept, right in zip(result.weights.values(), expected, strict=True))
    model = build_keras(QUICK_MEMBER, expected[0])
    model.set_weights(expected)
    held_out = data.train_ids[ONE_WIDTH].take(np.flatnonzero(data.folds == 0))
    assert np.allclose(predict_keras(model, held_out, ONE_WIDTH.bucket), result.validation["probability"], atol=1e-6)


class Recorder:
    """A model that records the batches it is trained on and learns nothing."""

    def __init__(self):
        self.batches: list[list[int]] = []

    def compile(self, optimizer, *_, **__):
        self.optimizer = optimizer

    def train_on_batch(self, batch, targets):
        self.batches.append(batch[:, 0].tolist())
        return 0.5, 0.5


def epochs_of(**settings) -> list[list[list[int]]]:
    """The batches of each epoch of 300 tweets; each tweet is its number from 1."""
    model, member = Recorder(), with_fit(QUICK_MEMBER, **settings)
    tweets = Ids(np.arange(1, 301, dtype=np.int32), np.arange(301))
    found, trained = [], train_keras(model, member, tweets, np.zeros(300), 7)  # type: ignore[arg-type]
    for _ in trained:
        found.append(model.batches)
        model.batches = []
    return found


def test_every_epoch_has_every_tweet_once_in_other_batches_and_in_another_order():
    first, second, third = epochs_of(epochs=3)
    for batches in (first, second, third):
        assert sorted(chain.from_iterable(batches)) == list(range(1, 301))
    for one, other in ((first, second), (second, third), (first, third)):
        assert one != other
        assert sorted(map(sorted, one)) != sorted(map(sorted, other))


@pytest.mark.parametrize(("bucket", "widths"), [(8, {8, 40}), (120, {120})])
def test_the_first_40_tokens_of_a_long_tweet_are_trained_on(bucket, widths):
    member = dataclasses.replace(QUICK_MEMBER, text=TextSettings(max_length=240, bucket=bucket))
    tweets = Ids(np.array([*range(1, 101), *range(1, 5), *range(1, 101)], np.int32), np.array([0, 100, 104, 204]))

    shapes, largest = [], []

    class Widths(Recorder):
        def train_on_batch(self, batch, targets):
            shapes.append(batch.shape)
            largest.append(batch.max())
            return 0.5, 0.5

    list(train_keras(Widths(), member, tweets, np.zeros(3), 7))  # type: ignore[arg-type]
    assert {width for _, width in shapes} == widths
    assert max(largest) == min(100, max(40, bucket))


@pytest.mark.parametrize(
    ("batch_size", "minimum_steps", "largest"),
    [(1024, 1, 300), (100, 1, 100), (1024, 8, 37), (1024, 250, 32), (16, 250, 16)],
)
def test_few_tweets_are_trained_on_in_batches_of_at_least_32(batch_size, minimum_steps, largest):
    (batches,) = epochs_of(epochs=1, batch_size=batch_size, minimum_steps=minimum_steps)
    assert max(map(len, batches)) == largest
    assert len(batches) == -(-300 // largest)


def test_every_fit_has_its_own_seed():
    members = (KERAS_MEMBER, dataclasses.replace(KERAS_MEMBER, name="other"))
    seeds = {FoldFit(member, fold, seed).derived_seed for member in members for fold in (0, 1) for seed in (0, 1)}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**32 for seed in seeds)


@pytest.mark.parametrize("architecture", SKLEARN)
def test_ngrams_and_their_idf_are_those_of_the_training_tweets(architecture):
    """Each fold has a word that occurs in no other fold, and "day" is more frequent in some folds."""
    folds = np.arange(90) % 3
    days = (folds > np.arange(90) // 45).astype(int)
    texts = [f"{'bad good'.split()[row % 2]} fold{'abc'[folds[row]]}{' day' * days[row]}" for row in range(90)]
    tokens = tokenize(texts)
    ids = Vocabulary.build(tokens, TEXT).encode(tokens)
    data = TrainingData(
        keys=np.arange(90),
        labels=(np.arange(90) % 2).astype(np.int8),
        folds=folds.astype(np.int8),
        train_ids={TEXT: ids},
        unseen_keys=dict.fromkeys(UNSEEN, np.arange(0)),
        unseen_ids={part: {TEXT: ids.take(np.arange(0))} for part in UNSEEN},
        matrices={},
    )
    member = Member("linear", architecture, {"minimum_tweets": 1, "ngrams": 2}, TEXT)
    for fold in range(3):
        rows, codes = ngram_codes(ids.take(np.flatnonzero(folds != fold)), 2)
        in_tweets = {code: len(set(rows[codes == code])) for code in np.unique(codes).tolist()}
        weights = fit_fold(data, FoldFit(member, fold, 0)).weights
        assert weights["terms"].tolist() == list(in_tweets)
        assert weights["idf"] == pytest.approx([1 + math.log(61 / (1 + count)) for count in in_tweets.values()])


def test_a_linear_schedule_lowers_the_learning_rate_to_0_over_all_epochs(results):
    rates = [entry["learning_rate"] for entry in results["small"].history]
    assert rates == pytest.approx([0.01, 0.02 / 3, 0.01 / 3])


def test_a_constant_schedule_keeps_the_learning_rate(data):
    member = with_fit(QUICK_MEMBER, epochs=2, learning_rate=0.3, schedule="constant")
    rates = [entry["learning_rate"] for entry in fit_fold(data, FoldFit(member, 0, 0)).history]
    assert rates == pytest.approx([0.3, 0.3])


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
