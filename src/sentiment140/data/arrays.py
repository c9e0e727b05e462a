"""The arrays that every fold fit is trained on, and its predictions, which are joined by key."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sentiment140.experiment import TextSettings, VectorSettings
from sentiment140.text.vocabulary import Ids

TEST, HOLDOUT = "test", "holdout"  # the two sets of tweets outside the folds
UNSEEN = (TEST, HOLDOUT)
PREDICTION = np.dtype([("key", np.int64), ("probability", np.float32)])


@dataclass(frozen=True)
class TrainingData:
    """The arrays that all fold fits share.

    Attributes:
        keys: int64 [tweets], the ids of the training tweets.
        labels: int8 [tweets], 0 negative or 1 positive.
        folds: int8 [tweets], the fold of each training tweet.
        train_ids: the word ids of the training tweets, by text settings.
        unseen_keys: int64 [tweets of the part], a unique key for each tweet, for both parts in `UNSEEN`.
        unseen_ids: the word ids of the tweets of each part in `UNSEEN`, by text settings.
        matrices: float32 [words, dimension], the initial weights of embeddings, by (text settings, vector source).
        fitted: float32 [words, dimension], the initial weights that are fitted on the training tweets without one
            fold, by (text settings, vector source, fold that is held out).
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
        """Return the initial weights of a member's embedding.

        Args:
            text: the member's text settings.
            vectors: the member's vectors.
            fold: the fold that is held out.

        Returns:
            float32 [words, dimension].
        """
        matrices = [
            self.fitted[text, part, fold] if part in vectors.fitted else self.matrices[text, part]
            for part in vectors.parts
        ]
        return np.concatenate(matrices, axis=1) if len(matrices) > 1 else matrices[0]


def predictions(keys: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Combine keys and probabilities in one array, so that they cannot get out of order.

    Args:
        keys: int64 [tweets].
        probability: float32 [tweets], the probability that the tweet is positive.

    Returns:
        PREDICTION [tweets]: a structured array with the fields `key` and `probability`.

    Raises:
        ValueError: the arrays have different lengths.
    """
    if len(keys) != len(probability):  # a single one would be spread over all keys
        raise ValueError(f"{len(keys)} keys, but {len(probability)} probabilities")
    found = np.empty(len(keys), PREDICTION)
    found["key"], found["probability"] = keys, probability
    return found


def join(found: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the probabilities of some tweets, in the order of their keys.

    Args:
        found: PREDICTION [tweets], predictions in any order.
        keys: int64 [keys], the keys of the wanted tweets.

    Returns:
        float32 [keys]: the probability of each key.

    Raises:
        ValueError: a key has no prediction, or some tweet has two.

    Examples:
        >>> found = predictions(np.array([7, 3]), np.array([0.25, 0.5]))
        >>> join(found, np.array([3, 7])).tolist()
        [0.5, 0.25]
    """
    index = pd.Index(found["key"])
    if not index.is_unique:
        raise ValueError(f"tweet {index[index.duplicated()][0]} was predicted twice")
    rows = index.get_indexer(np.asarray(keys))
    if (rows < 0).any():
        raise ValueError(f"tweet {np.asarray(keys)[rows < 0][0]} was not predicted")
    return found["probability"][rows]
