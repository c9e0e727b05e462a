"""The arrays that every fold fit reads, and the keyed predictions it gives."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sentiment140.experiment import TextSettings, VectorSettings
from sentiment140.text.vocabulary import Ids

TEST, HOLDOUT = "test", "holdout"  # the tweets that no fold holds
UNSEEN = (TEST, HOLDOUT)
PREDICTION = np.dtype([("key", np.int64), ("probability", np.float32)])


@dataclass(frozen=True)
class TrainingData:
    """What all fold fits read.

    Attributes:
        keys: int64 [tweets], the training tweets' ids.
        labels: int8 [tweets], 0 or 1.
        folds: int8 [tweets].
        train_ids: the tweets under each text settings.
        unseen_keys: for each of `UNSEEN` a number of its own for every tweet.
        unseen_ids: for each of `UNSEEN` the tweets under each text settings.
        matrices: the vectors that a member's embedding starts from, by (text settings, source).
        fitted: those fitted on all folds but one instead, by (text settings, source, fold).
    """

    keys: np.ndarray
    labels: np.ndarray
    folds: np.ndarray
    train_ids: dict[TextSettings, Ids]
    unseen_keys: dict[str, np.ndarray]
    unseen_ids: dict[str, dict[TextSettings, Ids]]
    matrices: dict[tuple[TextSettings, str], np.ndarray]
    fitted: dict[tuple[TextSettings, str, int], np.ndarray] = field(default_factory=dict)

    def matrix(self, text: TextSettings, vectors: VectorSettings, fold: int) -> np.ndarray:
        """float32 [words, dimension]: what a member's embedding starts from when this fold is held out."""
        if vectors.fitted:
            return self.fitted[text, vectors.source, fold]
        return self.matrices[text, vectors.source]


def predictions(keys: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """PREDICTION [tweets]: each tweet's key with its probability of positive."""
    found = np.empty(len(keys), PREDICTION)
    found["key"], found["probability"] = keys, probability
    return found


def join(found: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """float32 [keys]: the probability of each key, in the order of the keys.

    Args:
        found: PREDICTION [tweets], in any order.
        keys: int64, each of them once in `found`.

    Raises:
        ValueError: a key is missing, or one occurs twice in `found`.
    """
    index = pd.Index(found["key"])
    if not index.is_unique:
        raise ValueError(f"tweet {index[index.duplicated()][0]} was predicted twice")
    rows = index.get_indexer(np.asarray(keys))
    if (rows < 0).any():
        raise ValueError(f"tweet {np.asarray(keys)[rows < 0][0]} was not predicted")
    return found["probability"][rows]
