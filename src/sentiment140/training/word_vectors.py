"""Fit word vectors on the training part of each fold, before the models that start from these vectors are fitted."""

import hashlib
from dataclasses import dataclass

import numpy as np

from sentiment140.data.arrays import TrainingData
from sentiment140.experiment import TextSettings
from sentiment140.progress.events import Meter
from sentiment140.text.word2vec import fit_word2vec
from sentiment140.training.fit import FoldFit


@dataclass(frozen=True)
class VectorFit:
    """The task of fitting the word vectors of one fold. All members with the same settings start from these vectors.

    Attributes:
        text: how the members read tweets.
        source: the name of the vectors, such as "word2vec.100d".
        fold: the fold that is not used for fitting.
        seed: seed of everything random.
    """

    text: TextSettings
    source: str
    fold: int
    seed: int

    @property
    def name(self) -> str:
        """The name of the folder of these vectors in the run."""
        digest = hashlib.sha256(repr(self.text).encode()).hexdigest()[:8]
        return f"{self.source}-{digest}-fold{self.fold}"


def vector_fits(fold_fits: list[FoldFit]) -> list[VectorFit]:
    """List the vectors that must be fitted before these fold fits, without duplicates.

    Args:
        fold_fits: all fold fits that are going to run.
    """
    wanted = [
        VectorFit(fit.member.text, source, fit.fold, fit.seed)
        for fit in fold_fits
        if fit.member.vectors is not None
        for source in fit.member.vectors.fitted
    ]
    return list(dict.fromkeys(wanted))


def fit_vectors(data: TrainingData, fit: VectorFit) -> np.ndarray:
    """Fit word vectors on all folds but one, so that no vectors have seen the tweets that they help to score.

    Args:
        data: the training tweets and the random vectors to start from.
        fit: which vectors to fit.

    Returns:
        float32 [words, dimension].
    """
    ids = data.train_ids[fit.text].take(np.flatnonzero(data.folds != fit.fold))
    meter = Meter(1.0)
    return fit_word2vec(ids, data.matrices[fit.text, fit.source], fit.seed, lambda share: meter.add(share, ""))
