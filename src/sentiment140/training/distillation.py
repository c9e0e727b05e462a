"""Train the student: one small network that reproduces the ensemble's probabilities and scores tweets much faster.

Source: Bucila, Caruana and Niculescu-Mizil, Model Compression, 2006; Hinton, Vinyals and Dean, Distilling the Knowledge
in a Neural Network, 2015.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np

from sentiment140.data.arrays import predictions
from sentiment140.experiment import Member
from sentiment140.progress.events import Meter
from sentiment140.runs.memory import peak_memory_mib, trim_memory
from sentiment140.text.tokenize import Tokens
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Ids, Vocabulary
from sentiment140.text.word2vec import fit_word2vec
from sentiment140.training.fit import (
    PREDICTION_COST,
    FitResult,
    build_keras,
    numbered_weights,
    predict_keras,
    train_keras,
    training_cost,
)

WORD2VEC_COST = 1.0  # to fit the vectors takes about as long as this number of epochs


@dataclass(frozen=True)
class DistillationData:
    """The training data of the student, and the tweets that it predicts.

    Attributes:
        words: number of words in the student's vocabulary.
        tweets: the training tweets.
        targets: float [tweets], the ensemble's out-of-fold probability of each training tweet.
        unseen: (keys, ids) of the tweets to predict, for each of `data.arrays.UNSEEN`.
        seed: seed of everything random.
    """

    words: int
    tweets: Ids
    targets: np.ndarray
    unseen: dict[str, tuple[np.ndarray, Ids]]
    seed: int


def fit_student(data: DistillationData, student: Member) -> FitResult:
    """Train the student on all training tweets, with the ensemble's out-of-fold probabilities as soft targets.

    The label of every training tweet influences the student through the models of the other folds. So only tweets that
    no stage of the run has seen can be used to score the student.

    Args:
        data: the training data, and the tweets to predict.
        student: a Keras member with word2vec or random vectors.

    Returns:
        The predictions of the unseen tweets, the weights, the history and the cost. `validation` is empty.
    """
    assert student.vectors is not None
    keras.utils.clear_session()
    keras.utils.set_random_seed(data.seed)
    assert student.fit is not None
    tweets, unseen = len(data.tweets), sum(len(keys) for keys, _ in data.unseen.values())
    passes = student.fit.epochs + (WORD2VEC_COST if student.vectors.fitted else 0)
    meter = Meter(passes * tweets + PREDICTION_COST * unseen)
    matrix = random_matrix(data.words, student.vectors.dimension, data.seed)
    if student.vectors.fitted:
        matrix = fit_word2vec(
            data.tweets, matrix, data.seed, lambda share: meter.add(share * WORD2VEC_COST * tweets, "word2vec")
        )
    model = build_keras(student, matrix)
    history = list(train_keras(model, student, data.tweets, data.targets, data.seed, meter))
    result = FitResult(
        validation=predictions(np.empty(0), np.empty(0)),
        unseen={
            part: predictions(keys, predict_keras(model, ids, student.text.bucket, meter))
            for part, (keys, ids) in data.unseen.items()
        },
        weights=numbered_weights(model.get_weights()),
        history=history,
        cost=training_cost(model, len(data.tweets), history) | {"peak_memory_mib": peak_memory_mib()},
    )
    trim_memory()
    return result


def distillation_data(
    tokens: Tokens, vocabulary: Vocabulary, targets: np.ndarray, unseen: Mapping[str, np.ndarray], seed: int
) -> DistillationData:
    """Prepare the data that the student is trained on and the tweets that it predicts.

    Args:
        tokens: the training tweets, followed by the unseen tweets in the order of `unseen`.
        vocabulary: the student's vocabulary.
        targets: float [training tweets], the ensemble's out-of-fold probabilities.
        unseen: int64 [tweets], the keys of the unseen tweets, for each of `data.arrays.UNSEEN`.
        seed: seed of everything random.
    """
    ids, start = vocabulary.encode(tokens), len(targets)
    unseen_ids = {}
    for part, keys in unseen.items():
        unseen_ids[part] = (keys, ids.take(np.arange(start, start + len(keys))))
        start += len(keys)
    return DistillationData(len(vocabulary), ids.take(np.arange(len(targets))), targets, unseen_ids, seed)
