"""Word vectors fitted on each fold's training part, before the models that start from them."""

import hashlib
from dataclasses import dataclass

import numpy as np

from sentiment140.data.arrays import TrainingData
from sentiment140.experiment import TextSettings
from sentiment140.text.word2vec import fit_word2vec
from sentiment140.training.fit import FoldFit


@dataclass(frozen=True)
class VectorFit:
    """The vectors of one fold, which all members of like settings start from."""

    text: TextSettings
    source: str
    fold: int
    seed: int

    @property
    def name(self) -> str:
        """What its folder is called."""
        digest = hashlib.sha256(repr(self.text).encode()).hexdigest()[:8]
        return f"{self.source}-{digest}-fold{self.fold}"


def vector_fits(fold_fits: list[FoldFit]) -> list[VectorFit]:
    """What must be fitted before these fold fits, each once."""
    wanted = [
        VectorFit(fit.member.text, fit.member.vectors.source, fit.fold, fit.seed)
        for fit in fold_fits
        if fit.member.vectors is not None and fit.member.vectors.fitted
    ]
    return list(dict.fromkeys(wanted))


def fit_vectors(data: TrainingData, fit: VectorFit) -> np.ndarray:
    """float32 [words, dimension]: fitted on all folds but one, so that no tweet is scored by vectors that saw it."""
    ids = data.train_ids[fit.text].take(np.flatnonzero(data.folds != fit.fold))
    return fit_word2vec(ids, data.matrices[fit.text, fit.source], fit.seed)
