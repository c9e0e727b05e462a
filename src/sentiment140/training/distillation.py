"""One small model taught to say what the ensemble says: what scores tweets by the million.

Source: Bucila, Caruana and Niculescu-Mizil, Model Compression, 2006; Hinton, Vinyals and Dean, Distilling the Knowledge
in a Neural Network, 2015.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np

from sentiment140.data.arrays import predictions
from sentiment140.experiment import Member
from sentiment140.runs.memory import peak_memory_mib, trim_memory
from sentiment140.text.tokenize import Tokens
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Ids, Vocabulary
from sentiment140.text.word2vec import fit_word2vec
from sentiment140.training.fit import FitResult, build_keras, keras_cost, predict_keras, train_keras, weights_by_number


@dataclass(frozen=True)
class DistillationData:
    """What the student learns from.

    Attributes:
        words: in its vocabulary.
        tweets: to train on.
        targets: the ensemble's probability of each, out of fold.
        unseen: the keys and the ids of the tweets to predict, by part.
        seed: of all that is random.
    """

    words: int
    tweets: Ids
    targets: np.ndarray
    unseen: dict[str, tuple[np.ndarray, Ids]]
    seed: int


def fit_student(data: DistillationData, student: Member) -> FitResult:
    """Trains the student on all tweets, each with the ensemble's probability out of fold in place of its label.

    Of every tweet's label it has heard by way of other folds' models: only tweets that no stage has seen can score it.

    Args:
        data: what it learns from.
        student: a Keras member whose vectors are fitted or random.
    """
    assert student.vectors is not None
    keras.utils.clear_session()
    keras.utils.set_random_seed(data.seed)
    matrix = random_matrix(data.words, student.vectors.dimension, data.seed)
    if student.vectors.fitted:
        matrix = fit_word2vec(data.tweets, matrix, data.seed)
    model, bucket = build_keras(student, matrix), student.text.bucket
    history = list(train_keras(model, student, data.tweets, data.targets, data.seed))
    result = FitResult(
        validation=predictions(np.empty(0), np.empty(0)),
        unseen={
            part: predictions(keys, predict_keras(model, ids, bucket)) for part, (keys, ids) in data.unseen.items()
        },
        weights=weights_by_number(model.get_weights()),
        history=history,
        cost=keras_cost(model, len(data.tweets), history) | {"peak_memory_mib": peak_memory_mib()},
    )
    trim_memory()
    return result


def distillation_data(
    tokens: Tokens, vocabulary: Vocabulary, targets: np.ndarray, unseen: Mapping[str, np.ndarray], seed: int
) -> DistillationData:
    """What the student learns from and predicts.

    Args:
        tokens: of the training tweets, then of the unseen ones, part after part.
        vocabulary: the student's.
        targets: float [training tweets], the ensemble's probabilities out of fold.
        unseen: the keys of the unseen tweets, by part.
        seed: of all that is random.
    """
    ids, first = vocabulary.encode(tokens), len(targets)
    parts = {}
    for part, keys in unseen.items():
        parts[part] = (keys, ids.take(np.arange(first, first + len(keys))))
        first += len(keys)
    return DistillationData(len(vocabulary), ids.take(np.arange(len(targets))), targets, parts, seed)
