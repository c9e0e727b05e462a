"""Tokens to ids: stopwords out, words by frequency, tweets padded by their own length."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..experiment import TextSettings
from .stopwords import STOPWORDS
from .tokenise import SIGNS, UNKNOWN, Tokens, parts_of_runs, take_runs

PADDING = ""


@dataclass(frozen=True)
class Ids:
    """Tweets as runs of word ids: 0 is padding and never occurs in `flat`, 1 the unknown word.

    Attributes:
        flat: int32 [ids], all tweets one after the other.
        offsets: int64 [tweets + 1], where in `flat` each tweet begins; no tweet is empty.
    """

    flat: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """int64 [tweets]: ids of each tweet."""
        return np.diff(self.offsets)

    def take(self, rows: np.ndarray) -> "Ids":
        """The tweets of these rows, in this order."""
        return Ids(*take_runs(self.flat, self.offsets, rows))

    def parts(self) -> Iterator["Ids"]:
        """The tweets in order, some at a time, for work that takes more memory than they do."""
        for flat, offsets in parts_of_runs(self.flat, self.offsets):
            yield Ids(flat, offsets)

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
        """The ids of each tweet. A tweet of nothing but stopwords keeps them: no tweet ends up empty."""
        numbers = np.array([self.ids.get(word, 1) for word in tokens.words], np.int32)
        is_kept = np.array([word not in self._left_out for word in tokens.words], bool)
        flat, lengths = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
        for part in tokens.parts():
            kept = self._kept(part, is_kept)
            flat.append(numbers[part.flat[kept]])
            lengths.append(np.add.reduceat(kept, part.offsets[:-1], dtype=np.int64))
        return Ids(np.concatenate(flat), np.cumsum(np.concatenate(lengths)))

    def _kept(self, tokens: Tokens, is_kept: np.ndarray) -> np.ndarray:
        """bool [tokens]: the first `max_length` of a tweet that are no stopwords, or of all where it has no others."""
        kept, starts, lengths = is_kept[tokens.flat], tokens.offsets[:-1], np.diff(tokens.offsets)
        kept |= np.repeat(np.add.reduceat(kept, starts, dtype=np.int64) == 0, lengths)
        kept_before = np.concatenate(([0], np.cumsum(kept)))
        position = kept_before[:-1] - np.repeat(kept_before[starts], lengths)
        return kept & (position < self.settings.max_length)
