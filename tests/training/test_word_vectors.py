import dataclasses

import numpy as np
import pytest

from sentiment140.data.arrays import UNSEEN, TrainingData
from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.fit import FoldFit, fit_fold
from sentiment140.training.word_vectors import fit_vectors, vector_fits

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=16)
SOURCE = "word2vec.8d"
FITTED = Member("a", "cnn", {"filters": 4, "kernel_sizes": (3,)}, TEXT, VectorSettings(SOURCE), FitSettings(epochs=1))
TWEETS, HELD_OUT_FOLD = 300, 1


def texts(seed):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(list("abcdefghij"), 6)) for _ in range(TWEETS)]


@pytest.fixture(scope="module")
def data():
    tokens = tokenize(texts(0))
    vocabulary = Vocabulary.build(tokens, TEXT)
    ids = vocabulary.encode(tokens)
    return TrainingData(
        keys=np.arange(TWEETS),
        labels=(np.arange(TWEETS) % 2).astype(np.int8),
        folds=(np.arange(TWEETS) % 3).astype(np.int8),
        train_ids={TEXT: ids},
        unseen_keys=dict.fromkeys(UNSEEN, np.arange(2)),
        unseen_ids={part: {TEXT: ids.take(np.arange(2))} for part in UNSEEN},
        matrices={(TEXT, SOURCE): random_matrix(len(vocabulary), 8, 0)},
    )


def vector_fit(fold):
    return next(fit for fit in vector_fits([FoldFit(FITTED, fold, 0)]))


def test_vectors_are_fitted_once_per_fold_and_text_settings_and_only_if_a_member_uses_them():
    other = dataclasses.replace(FITTED, name="b")
    wider = dataclasses.replace(FITTED, name="c", text=dataclasses.replace(TEXT, max_length=24))
    read = dataclasses.replace(FITTED, name="d", vectors=VectorSettings("random.8d"))
    linear = Member("e", "tfidf_logistic", {}, TEXT)
    both = dataclasses.replace(FITTED, name="f", vectors=VectorSettings(f"random.8d+{SOURCE}"))
    found = vector_fits([FoldFit(m, fold, 0) for m in (both, FITTED, other, wider, read, linear) for fold in (0, 1)])
    assert {fit.source for fit in found} == {SOURCE}
    assert [(fit.text, fit.fold) for fit in found] == [
        (TEXT, 0),
        (TEXT, 1),
        (wider.text, 0),
        (wider.text, 1),
    ]
    assert len({fit.name for fit in found}) == 4


def test_the_tweets_of_a_fold_do_not_influence_its_vectors(data):
    """Nor can their labels, because `fit_word2vec` gets no labels."""
    tokens = tokenize(texts(0))
    vocabulary = Vocabulary.build(tokens, TEXT)
    mixed = [
        new if fold == HELD_OUT_FOLD else old for old, new, fold in zip(texts(0), texts(1), data.folds, strict=True)
    ]
    changed = dataclasses.replace(data, train_ids={TEXT: vocabulary.encode(tokenize(mixed))})
    assert (fit_vectors(changed, vector_fit(HELD_OUT_FOLD)) == fit_vectors(data, vector_fit(HELD_OUT_FOLD))).all()
    assert (fit_vectors(changed, vector_fit(0)) != fit_vectors(data, vector_fit(0))).any()


def test_a_model_starts_from_the_vectors_of_its_own_fold(data):
    fitted = {(TEXT, SOURCE, fold): fit_vectors(data, vector_fit(fold)) for fold in (0, 1)}
    assert (fitted[TEXT, SOURCE, 0] != fitted[TEXT, SOURCE, 1]).any()
    for fold in (0, 1):
        result = fit_fold(dataclasses.replace(data, fitted=fitted), FoldFit(FITTED, fold, 0))
        assert (result.weights["000"] == fitted[TEXT, SOURCE, fold]).all()  # frozen, so unchanged
