"""Tokens to ids: stopwords out, words by frequency, tweets padded by their own length."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sentiment140.experiment import TextSettings
from sentiment140.text.ragged import Ragged
from sentiment140.text.stopwords import STOPWORDS, without_stopwords
from sentiment140.text.tokenize import SIGNS, UNKNOWN, Tokens

PADDING = ""


@dataclass(frozen=True)
class Ids(Ragged):
    """Tweets as rows of word ids: 0 is padding and never occurs in `flat`, 1 the unknown word; no tweet is empty."""

    def widths(self, bucket: int) -> np.ndarray:
        """int64 [tweets]: the padded width of each, its own length rounded up to a multiple of `bucket`."""
        return -(-self.lengths // bucket) * bucket

    def padded(self, rows: np.ndarray, width: int) -> np.ndarray:
        """int32 [rows, width]: these tweets, padded with 0 on the right."""
        columns = np.arange(width)
        positions = self.offsets[rows][:, None] + columns
        inside = columns < self.lengths[rows][:, None]
        return np.where(inside, self.flat[np.minimum(positions, len(self.flat) - 1)], 0).astype(np.int32)

    def padded_batches(self, bucket: int, batch_size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Every tweet once: (rows int64 [n], ids int32 [n, width]), tweets of one width together."""
        widths = self.widths(bucket)
        for width in np.unique(widths):
            rows = np.flatnonzero(widths == width)
            for start in range(0, len(rows), batch_size):
                batch = rows[start : start + batch_size]
                yield batch, self.padded(batch, int(width))


def _unread(settings: TextSettings) -> frozenset[str]:
    return frozenset() if settings.punctuation else SIGNS


class Vocabulary:
    """The words with an id of their own, under one set of text settings.

    Args:
        words: by id; `words[0]` is the padding, `words[1]` the unknown word.
        settings: how tweets become ids.
    """

    def __init__(self, words: list[str], settings: TextSettings) -> None:
        self.words = words
        self.settings = settings
        self.ids = {word: number for number, word in enumerate(words)}
        self._left_out = STOPWORDS[settings.stopwords] | _unread(settings)

    @classmethod
    def build(cls, tokens: Tokens, settings: TextSettings) -> "Vocabulary":
        """The commonest words of these tweets, equal counts in alphabetical order. Looks at no label."""
        counts = np.bincount(tokens.flat, minlength=len(tokens.words))
        no_words = {UNKNOWN, *_unread(settings)}
        words = [
            (-int(count), word)
            for word, count in zip(tokens.words, counts, strict=True)
            if count >= settings.minimum_count and word not in no_words
        ]
        return cls([PADDING, UNKNOWN, *(word for _, word in sorted(words)[: settings.vocabulary_size])], settings)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, tokens: Tokens) -> Ids:
        """The ids of each tweet's first `max_length` tokens that are no stopwords; no tweet ends up empty."""
        ids = np.array([self.ids.get(word, 1) for word in tokens.words], np.int32)
        is_left_out = np.array([word in self._left_out for word in tokens.words], bool)
        flat, lengths = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
        for chunk in tokens.chunks():
            kept = without_stopwords(chunk, is_left_out[chunk.flat])
            position = np.arange(len(kept.flat)) - np.repeat(kept.starts, kept.lengths)
            kept = kept.where(position < self.settings.max_length)
            flat.append(ids[kept.flat])
            lengths.append(kept.lengths)
        return Ids(np.concatenate(flat), np.cumsum(np.concatenate(lengths)))
