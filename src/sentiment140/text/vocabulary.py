"""Turn tokens into ids: remove stopwords, give frequent words an id, and pad each tweet by its own length."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sentiment140.experiment import TextSettings
from sentiment140.text.ragged import Ragged
from sentiment140.text.stopwords import STOPWORDS, without_stopwords
from sentiment140.text.tokenize import NOT_WORDS, SIGNS, UNKNOWN, Tokens

PADDING = ""
_UNKNOWN_ID = 1


@dataclass(frozen=True)
class Ids(Ragged):
    """Tweets as rows of word ids. Id 0 is the padding and never occurs in `flat`; id 1 is the unknown word.

    Every tweet has at least one id.

    Example:
        >>> tweets = Ids(np.array([5, 7, 5], np.int32), np.array([0, 2, 3]))  # [5, 7] and [5]
        >>> tweets.padded(rows=np.array([0, 1]), width=4).tolist()
        [[5, 7, 0, 0], [5, 0, 0, 0]]
    """

    def widths(self, bucket: int) -> np.ndarray:
        """Return the padded width of each tweet.

        Args:
            bucket: in tokens; widths are multiples of it.

        Returns:
            int64 [tweets], the length of each tweet rounded up to a multiple of `bucket`.
        """
        return -(-self.lengths // bucket) * bucket

    def padded(self, rows: np.ndarray, width: int) -> np.ndarray:
        """Return some of the tweets, padded with 0 on the right.

        Args:
            rows: int64 [selected], the indices of the tweets.
            width: in tokens, at least the length of the longest of these tweets.

        Returns:
            int32 [selected, width].
        """
        columns = np.arange(width)
        positions = self.offsets[rows][:, None] + columns
        is_token = columns < self.lengths[rows][:, None]
        return np.where(is_token, self.flat[np.minimum(positions, len(self.flat) - 1)], 0).astype(np.int32)

    def padded_batches(self, bucket: int, batch_size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield every tweet once, in batches of tweets that have the same padded width.

        Args:
            bucket: in tokens; widths are multiples of it.
            batch_size: maximum number of tweets in a batch.

        Yields:
            (rows int64 [n], ids int32 [n, width]): the indices of the tweets of a batch, and their padded ids.
        """
        widths = self.widths(bucket)
        for width in np.unique(widths):
            rows = np.flatnonzero(widths == width)
            for start in range(0, len(rows), batch_size):
                batch = rows[start : start + batch_size]
                yield batch, self.padded(batch, int(width))


def _ignored_signs(settings: TextSettings) -> frozenset[str]:
    return frozenset() if settings.punctuation else SIGNS


class Vocabulary:
    """The words that have an id, for one set of text settings.

    Args:
        words: the words by id; `words[0]` is the padding and `words[1]` the unknown word.
        settings: how tweets become ids.

    Example:
        >>> from sentiment140.text.tokenize import tokenize
        >>> tokens = tokenize(["good cat", "good dog"])
        >>> vocabulary = Vocabulary.build(tokens, TextSettings(minimum_count=1))
        >>> vocabulary.words
        ['', '<unknown>', 'good', 'cat', 'dog']
        >>> vocabulary.encode(tokenize(["good good bird"])).flat.tolist()
        [2, 2, 1]
    """

    def __init__(self, words: list[str], settings: TextSettings) -> None:
        self.words = words
        self.settings = settings
        self.ids = {word: word_id for word_id, word in enumerate(words)}
        self._removed = STOPWORDS[settings.stopwords] | _ignored_signs(settings)

    @classmethod
    def build(cls, tokens: Tokens, settings: TextSettings) -> "Vocabulary":
        """Build the vocabulary of the most frequent words of tweets. Uses no labels.

        Args:
            tokens: the tweets.
            settings: `vocabulary_size` and `minimum_count` limit the number of words.

        Returns:
            The words by descending frequency; words of the same frequency are in alphabetical order.
        """
        counts = np.bincount(tokens.flat, minlength=len(tokens.words))
        excluded = {UNKNOWN, *_ignored_signs(settings)}
        words = [
            (-int(count), word)
            for word, count in zip(tokens.words, counts, strict=True)
            if count >= settings.minimum_count and word not in excluded
        ]
        return cls([PADDING, UNKNOWN, *(word for _, word in sorted(words)[: settings.vocabulary_size])], settings)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, tokens: Tokens) -> Ids:
        """Turn tweets into ids: remove stopwords, then keep the first `max_length` tokens.

        Args:
            tokens: the tweets.

        Returns:
            The ids of each tweet, at least one per tweet.
        """
        ids = tokens.look_up(lambda word: self.ids.get(word, _UNKNOWN_ID), np.int32)
        is_removed = tokens.look_up(self._removed.__contains__, bool)
        flat, lengths = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
        for chunk in tokens.chunks():
            kept = without_stopwords(chunk, is_removed[chunk.flat]).cut(self.settings.max_length)
            flat.append(ids[kept.flat])
            lengths.append(kept.lengths)
        return Ids(np.concatenate(flat), np.cumsum(np.concatenate(lengths)))

    def known_words(self, tokens: Tokens) -> np.ndarray:
        """Count the words of each tweet that have an id; mentions, links, numbers and punctuation are no words.

        Args:
            tokens: the tweets.

        Returns:
            int64 [tweets].

        Example:
            >>> from sentiment140.text.tokenize import tokenize
            >>> vocabulary = Vocabulary(["", "<unknown>", "good", "<user>", "!"], TextSettings())
            >>> vocabulary.known_words(tokenize(["good good!", "@bob !", "gut"])).tolist()
            [2, 0, 0]
        """
        is_known = tokens.look_up(lambda word: word in self.ids and word not in NOT_WORDS, bool)
        return np.add.reduceat(is_known[tokens.flat], tokens.starts, dtype=np.int64)
