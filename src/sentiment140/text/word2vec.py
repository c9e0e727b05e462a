"""Word vectors from the tweets themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from gensim.models import Word2Vec

from sentiment140.text.vectors import scaled
from sentiment140.text.vocabulary import Ids

WINDOW, NEGATIVES, SAMPLE = 5, 5, 1e-4
_WORDS_WANTED, _EPOCHS = 40_000_000, (4, 15)  # on few tweets more epochs, or the vectors stay near where they began
_FIRST_WORD = 2  # after the padding and the unknown word


def fit_word2vec(ids: Ids, start: np.ndarray, seed: int) -> np.ndarray:
    """Skip-gram vectors with negative sampling (Mikolov et al. 2013) of the words of these tweets. Looks at no label.

    One thread: the same tweets and seed give the same vectors.

    Args:
        ids: the tweets that may be looked at.
        start: float32 [words, dimension]; what words that these tweets do not hold keep.
        seed: of all that is random.

    Returns:
        float32 [words, dimension], scaled like a matrix that was read.
    """
    if not (ids.flat >= _FIRST_WORD).any():
        return start
    words = _Words(ids, [str(number) for number in range(len(start))])
    model = Word2Vec(
        words,
        vector_size=start.shape[1],
        window=WINDOW,
        negative=NEGATIVES,
        sample=SAMPLE,
        epochs=int(np.clip(_WORDS_WANTED // len(ids.flat), *_EPOCHS)),
        min_count=1,
        sg=1,
        seed=seed,
        workers=1,
    )
    matrix = start.copy()
    matrix[[int(word) for word in model.wv.index_to_key]] = scaled(model.wv.vectors)
    return matrix


@dataclass(frozen=True)
class _Words:
    """The tweets as gensim reads them, as often as it likes: lists of words, here their ids as text."""

    ids: Ids
    names: list[str]

    def __iter__(self) -> Iterator[list[str]]:
        for part in self.ids.chunks():
            flat, bounds = part.flat.tolist(), part.offsets.tolist()
            for begin, end in pairwise(bounds):
                yield [self.names[number] for number in flat[begin:end] if number >= _FIRST_WORD]
