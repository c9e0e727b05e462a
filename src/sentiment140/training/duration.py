"""How long fits take, roughly: what the progress shows until the first fits tell how fast this machine is."""

from collections.abc import Iterable

import numpy as np

from sentiment140.data.arrays import TrainingData
from sentiment140.experiment import Member
from sentiment140.progress.forecast import Work
from sentiment140.training.fit import PREDICTION_COST, FoldFit
from sentiment140.training.word_vectors import VectorFit

# Microseconds of one core per tweet, for a network per epoch; measured with the presets on a machine of 2025.
_MICROSECONDS = {"conv_bilstm": 330, "conv_lstm": 135, "cnn": 90, "dnn": 40, "nb_logistic": 28, "tfidf_logistic": 20}
_NETWORK = 250  # another network
_WORD_VECTORS = 100  # for all epochs of word2vec
_WIDTHS = 10  # of the tweets, in buckets; few are longer
_COMPILATION = 3000  # to compile a network for a width of tweets takes about as long as to train it on as many tweets


def expected_work(fits: Iterable[FoldFit | VectorFit], data: TrainingData) -> list[Work]:
    """List the work of fits, with the seconds that they are expected to take.

    Args:
        fits: fits of members, and of word vectors.
        data: the tweets and the folds.
    """
    train = {fold: int(np.count_nonzero(data.folds != fold)) for fold in np.unique(data.folds)}
    found = []
    for fit in fits:
        tweets = train[fit.fold]
        if isinstance(fit, VectorFit):
            found.append(Work(fit.name, fit.name.rpartition("-")[0], 0.1 + 1e-6 * tweets * _WORD_VECTORS))
        else:
            predicted = PREDICTION_COST * (len(data.folds) - tweets)
            found.append(Work(fit.name, fit.member.name, expected_seconds(fit.member, tweets + predicted)))
    return found


def expected_seconds(member: Member, tweets: float) -> float:
    """Return the seconds that a fit is expected to take.

    Args:
        member: its settings.
        tweets: the number of training tweets; a tweet that is only predicted counts less.

    Examples:
        >>> round(expected_seconds(Member("a", "tfidf_logistic"), tweets=1_000_000))
        20
    """
    if member.fit:
        widths = min(_WIDTHS, member.text.max_length / member.text.bucket)
        tweets = member.fit.epochs * tweets + _COMPILATION * widths
    return 0.1 + 1e-6 * tweets * _MICROSECONDS.get(member.architecture, _NETWORK)
