"""Train word2vec vectors on the tweets themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from gensim.models import Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

from sentiment140.text.vectors import rescale
from sentiment140.text.vocabulary import Ids

WINDOW, NEGATIVES, SAMPLE = 5, 5, 1e-4
# Few tweets need more epochs, as otherwise the vectors stay close to their initialization.
_TOTAL_WORDS, _MIN_EPOCHS, _MAX_EPOCHS = 40_000_000, 4, 15
_FIRST_WORD = 2  # ids 0 and 1 are the padding and the unknown word


def fit_word2vec(
    ids: Ids, start: np.ndarray, seed: int, add_progress: Callable[[float], None] | None = None
) -> np.ndarray:
    """Fit skip-gram vectors with negative sampling (Mikolov et al. 2013) to the words of tweets. Uses no labels.

    It runs in one thread, so that the same tweets and seed give the same vectors.

    Args:
        ids: the tweets to train on.
        start: float32 [words, dimension], the vectors that words keep if they do not occur in these tweets.
        seed: seed of everything random.
        add_progress: is called after each epoch with the share of the work that this epoch was.

    Returns:
        float32 [words, dimension]; the fitted vectors have a standard deviation of 0.1, as those of a vector file have.
    """
    if not (ids.flat >= _FIRST_WORD).any():
        return start
    corpus = _Corpus(ids, [str(word_id) for word_id in range(len(start))])
    epochs = int(np.clip(_TOTAL_WORDS // len(ids.flat), _MIN_EPOCHS, _MAX_EPOCHS))
    model = Word2Vec(
        corpus,
        vector_size=start.shape[1],
        window=WINDOW,
        negative=NEGATIVES,
        sample=SAMPLE,
        epochs=epochs,
        min_count=1,
        sg=1,
        seed=seed,
        workers=1,
        callbacks=[_Epochs(epochs, add_progress)] if add_progress is not None else (),
    )
    matrix = start.copy()
    matrix[[int(word) for word in model.wv.index_to_key]] = rescale(model.wv.vectors)
    return matrix


class _Epochs(CallbackAny2Vec):
    """Calls a function after each epoch with the share of the work that it was."""

    def __init__(self, epochs: int, add_progress: Callable[[float], None]) -> None:
        self._epochs, self._add_progress = epochs, add_progress

    def on_epoch_end(self, model: object) -> None:
        self._add_progress(1 / self._epochs)


@dataclass(frozen=True)
class _Corpus:
    """The tweets as gensim expects them: an iterable of lists of words. Here each word is its id as a string.

    It can be iterated over several times, once for each epoch.

    Attributes:
        ids: the tweets.
        names: the string of each word id.
    """

    ids: Ids
    names: list[str]

    def __iter__(self) -> Iterator[list[str]]:
        for chunk in self.ids.chunks():
            flat, offsets = chunk.flat.tolist(), chunk.offsets.tolist()
            for start, end in pairwise(offsets):
                yield [self.names[word_id] for word_id in flat[start:end] if word_id >= _FIRST_WORD]
