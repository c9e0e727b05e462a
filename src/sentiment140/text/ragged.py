"""Rows of different lengths in one flat array: the tokens and the ids of tweets are stored this way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

_CHUNK_ROWS = 100_000  # rows that are processed at once


@dataclass(frozen=True)
class Ragged:
    """Integer rows of different lengths, stored one after the other in one array.

    Attributes:
        flat: int32 [values], the values of all rows, row after row.
        offsets: int64 [rows + 1], where each row starts in `flat`; the last offset is the length of `flat`.

    Example:
        >>> rows = Ragged(np.array([4, 5, 6], np.int32), np.array([0, 1, 3]))  # [4] and [5, 6]
        >>> rows.lengths.tolist()
        [1, 2]
        >>> rows.take(np.array([1])).flat.tolist()
        [5, 6]
    """

    flat: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """int64 [rows]: the number of values in each row."""
        return np.diff(self.offsets)

    @property
    def starts(self) -> np.ndarray:
        """int64 [rows]: where each row starts in `flat`, as `np.ufunc.reduceat` expects it."""
        return self.offsets[:-1]

    def take(self, rows: np.ndarray) -> Self:
        """Select rows.

        Args:
            rows: int64 [selected], the indices of the rows in the order wanted; a row may occur more than once.

        Returns:
            The selected rows in this order, as a copy.
        """
        offsets = np.concatenate(([0], np.cumsum(self.lengths[rows], dtype=np.int64)))
        flat = np.empty(offsets[-1], self.flat.dtype)
        # Chunk by chunk, because the int64 positions of all values take more memory than the int32 values themselves.
        for start in range(0, len(rows), _CHUNK_ROWS):
            chunk, bounds = rows[start : start + _CHUNK_ROWS], offsets[start : start + _CHUNK_ROWS + 1]
            positions = np.arange(bounds[0], bounds[-1]) + np.repeat(self.offsets[chunk] - bounds[:-1], np.diff(bounds))
            flat[bounds[0] : bounds[-1]] = self.flat[positions]
        return replace(self, flat=flat, offsets=offsets)

    def where(self, kept: np.ndarray) -> Self:
        """Keep only some of the values.

        Args:
            kept: bool [values], true for each value of `flat` that is kept.

        Returns:
            As many rows as before; a row may be empty.
        """
        return replace(self, flat=self.flat[kept], offsets=np.concatenate(([0], np.cumsum(kept)))[self.offsets])

    def cut(self, length: int) -> Self:
        """Keep the first `length` values of each row."""
        if self.lengths.max(initial=0) <= length:
            return self
        return self.where(np.arange(len(self.flat)) - np.repeat(self.starts, self.lengths) < length)

    def fill_empty(self, value: int) -> Self:
        """Put one value into each empty row and leave the other rows as they are."""
        is_empty = self.lengths == 0
        flat = np.insert(self.flat, self.starts[is_empty], value)
        return replace(self, flat=flat, offsets=self.offsets + np.concatenate(([0], np.cumsum(is_empty))))

    def chunks(self) -> Iterator[Self]:
        """Yield the rows in order, 100,000 at a time, for operations that need more memory than the rows."""
        for start in range(0, len(self), _CHUNK_ROWS):
            offsets = self.offsets[start : start + _CHUNK_ROWS + 1]
            yield replace(self, flat=self.flat[offsets[0] : offsets[-1]], offsets=offsets - offsets[0])
