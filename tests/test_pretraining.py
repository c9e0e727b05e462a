import dataclasses

import numpy as np
import pytest

from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.tokenise import tokenise
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.pretraining import fit_vectors, vector_units
from sentiment140.training.unit import TrainingData, Unit, fit_unit

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=16)
SOURCE = "word2vec.8d"
FITTED = Member("a", "conv_lstm", {"filters": 4, "units": 4}, TEXT, VectorSettings(SOURCE), FitSettings(epochs=1))
TWEETS, HELD_OUT = 300, 1


def texts(seed):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(list("abcdefghij"), 6)) for _ in range(TWEETS)]


@pytest.fixture(scope="module")
def data():
    tokens = tokenise(texts(0))
    vocabulary = Vocabulary.build(tokens, TEXT)
    ids = vocabulary.encode(tokens)
    return TrainingData(
        labels=(np.arange(TWEETS) % 2).astype(np.int8),
        folds=(np.arange(TWEETS) % 3).astype(np.int8),
        train_ids={TEXT: ids},
        test_ids={TEXT: ids.take(np.arange(2))},
        matrices={(TEXT, SOURCE): random_matrix(len(vocabulary), 8, 0)},
    )


def of_fold(fold):
    return next(unit for unit in vector_units([Unit(FITTED, fold, 0)]))


def test_each_fold_of_like_settings_is_fitted_once_and_only_where_vectors_are_fitted():
    other = dataclasses.replace(FITTED, name="b")
    wider = dataclasses.replace(FITTED, name="c", text=dataclasses.replace(TEXT, max_length=24))
    read = dataclasses.replace(FITTED, name="d", vectors=VectorSettings("random.8d"))
    linear = Member("e", "tfidf_logistic", {}, TEXT)
    found = vector_units([Unit(m, fold, 0) for m in (FITTED, other, wider, read, linear) for fold in (0, 1)])
    assert [(unit.text, unit.fold) for unit in found] == [
        (TEXT, 0),
        (TEXT, 1),
        (wider.text, 0),
        (wider.text, 1),
    ]
    assert len({unit.name for unit in found}) == 4


def test_the_tweets_of_the_fold_do_not_move_its_vectors(data):
    """Nor its labels: `fit_word2vec` is given none."""
    tokens = tokenise(texts(0))
    vocabulary = Vocabulary.build(tokens, TEXT)
    mixed = [new if fold == HELD_OUT else old for old, new, fold in zip(texts(0), texts(1), data.folds, strict=True)]
    changed = dataclasses.replace(data, train_ids={TEXT: vocabulary.encode(tokenise(mixed))})
    assert (fit_vectors(changed, of_fold(HELD_OUT)) == fit_vectors(data, of_fold(HELD_OUT))).all()
    assert (fit_vectors(changed, of_fold(0)) != fit_vectors(data, of_fold(0))).any()


def test_a_model_starts_from_the_vectors_of_its_own_fold(data):
    fitted = {(TEXT, SOURCE, fold): fit_vectors(data, of_fold(fold)) for fold in (0, 1)}
    assert (fitted[TEXT, SOURCE, 0] != fitted[TEXT, SOURCE, 1]).any()
    for fold in (0, 1):
        result = fit_unit(dataclasses.replace(data, fitted=fitted), Unit(FITTED, fold, 0))
        assert (result.weights["000"] == fitted[TEXT, SOURCE, fold]).all()  # frozen: kept as they were
