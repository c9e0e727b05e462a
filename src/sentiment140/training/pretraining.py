"""Vectors fitted on each fold's training part, before the models that start from them."""

import hashlib
from dataclasses import dataclass

import numpy as np

from ..experiment import TextSettings, VectorSettings
from ..text.word2vec import fit_word2vec
from .unit import TrainingData, Unit


@dataclass(frozen=True)
class VectorUnit:
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


def vector_units(units: list[Unit]) -> list[VectorUnit]:
    """What must be fitted before these units, each once."""
    wanted = [(unit.member.text, unit.member.vectors, unit) for unit in units]
    return list(
        dict.fromkeys(
            VectorUnit(text, vectors.source, unit.fold, unit.seed)
            for text, vectors, unit in wanted
            if isinstance(vectors, VectorSettings) and vectors.fitted
        )
    )


def fit_vectors(data: TrainingData, unit: VectorUnit) -> np.ndarray:
    """float32 [words, dimension]: fitted on all folds but one, so that no tweet is scored by vectors that saw it."""
    ids = data.train_ids[unit.text].take(np.flatnonzero(data.folds != unit.fold))
    return fit_word2vec(ids, data.matrices[unit.text, unit.source], unit.seed)
