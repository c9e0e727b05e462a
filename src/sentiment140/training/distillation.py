"""One small model taught to say what the ensemble says: what scores tweets by the million.

Source: Bucila, Caruana and Niculescu-Mizil, Model Compression, 2006; Hinton, Vinyals and Dean, Distilling the Knowledge
in a Neural Network, 2015.
"""

from dataclasses import dataclass

import keras
import numpy as np

from ..experiment import Member
from ..memory import give_back_memory, peak_memory_mib
from ..text.vectors import random_matrix
from ..text.vocabulary import Ids
from ..text.word2vec import fit_word2vec
from .unit import UnitResult, build_keras, keras_cost, predict_keras, train_keras, weights_by_number


@dataclass(frozen=True)
class Lessons:
    """What the student learns from.

    Attributes:
        words: in its vocabulary.
        tweets: to train on.
        targets: the ensemble's probability of each, out of fold.
        test: tweets to predict.
        seed: of all that is random.
    """

    words: int
    tweets: Ids
    targets: np.ndarray
    test: Ids
    seed: int


def fit_student(lessons: Lessons, student: Member) -> UnitResult:
    """Trains the student on all tweets, each with the ensemble's probability out of fold in place of its label.

    Of every tweet's label it has heard by way of other folds' models: only tweets that no stage has seen can score it.

    Args:
        lessons: what it learns from.
        student: a Keras member whose vectors are fitted or random.
    """
    assert student.vectors is not None
    keras.utils.clear_session()
    keras.utils.set_random_seed(lessons.seed)
    matrix = random_matrix(lessons.words, student.vectors.dimension, lessons.seed)
    if student.vectors.fitted:
        matrix = fit_word2vec(lessons.tweets, matrix, lessons.seed)
    model, bucket = build_keras(student, matrix), student.text.bucket
    history = list(train_keras(model, student, lessons.tweets, lessons.targets, lessons.seed))
    result = UnitResult(
        validation=np.empty(0, np.float32),
        test=predict_keras(model, lessons.test, bucket),
        weights=weights_by_number(model.get_weights()),
        history=history,
        cost=keras_cost(model, lessons.tweets, bucket, history) | {"peak_memory_mib": peak_memory_mib()},
    )
    give_back_memory()
    return result
