"""One small model taught to say what the ensemble says: what scores tweets by the million.

Source: Bucila, Caruana and Niculescu-Mizil, Model Compression, 2006; Hinton, Vinyals and Dean, Distilling the Knowledge
in a Neural Network, 2015.
"""

import keras
import numpy as np

from ..experiment import Member
from ..memory import peak_memory_mib
from ..text.vectors import random_matrix
from ..text.vocabulary import Ids
from ..text.word2vec import fit_word2vec
from .unit import UnitResult, build_keras, keras_cost, predict_keras, train_keras, weights_by_number


def fit_student(student: Member, words: int, tweets: Ids, targets: np.ndarray, test: Ids, seed: int) -> UnitResult:
    """Trains the student on all tweets, each with the ensemble's probability out of fold in place of its label.

    Of every tweet's label it has heard by way of other folds' models: only tweets that no stage has seen can score it.

    Args:
        student: a Keras member whose vectors are fitted or random.
        words: in its vocabulary.
        tweets: to train on.
        targets: the ensemble's probability of each, out of fold.
        test: tweets to predict.
        seed: of all that is random.
    """
    assert student.vectors is not None
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    matrix = random_matrix(words, student.vectors.dimension, seed)
    if student.vectors.fitted:
        matrix = fit_word2vec(tweets, matrix, seed)
    model = build_keras(student, matrix)
    history = list(train_keras(model, student, tweets, targets, seed))
    return UnitResult(
        validation=np.empty(0, np.float32),
        test=predict_keras(model, test, student.text.bucket),
        weights=weights_by_number(model.get_weights()),
        history=history,
        cost=keras_cost(model, tweets, student.text.bucket, history) | {"peak_memory_mib": peak_memory_mib()},
    )
