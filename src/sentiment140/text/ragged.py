"""Rows of different lengths in one flat array: how tweets lie in memory as tokens and as ids."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

_CHUNK = 100_000  # rows worked on at a time


@dataclass(frozen=True)
class Ragged:
    """Rows of numbers, one after the other in one array.

    Attributes:
        flat: int32 [numbers], all rows one after the other.
        offsets: int64 [rows + 1], where in `flat` each row begins; the last is the length of `flat`.
    """

    flat: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """int64 [rows]: numbers in each row."""
        return np.diff(self.offsets)

    @property
    def starts(self) -> np.ndarray:
        """int64 [rows]: where in `flat` each row begins, as `np.ufunc.reduceat` wants it."""
        return self.offsets[:-1]

    def take(self, rows: np.ndarray) -> Self:
        """The given rows, in the given order."""
        taken = np.concatenate(([0], np.cumsum(self.lengths[rows], dtype=np.int64)))
        flat = np.empty(taken[-1], self.flat.dtype)
        for start in range(
            0, len(rows), _CHUNK
        ):  # the positions of all rows at once would take more memory than they do
            chunk, ends = rows[start : start + _CHUNK], taken[start : start + _CHUNK + 1]
            positions = np.arange(ends[0], ends[-1]) + np.repeat(self.offsets[chunk] - ends[:-1], np.diff(ends))
            flat[ends[0] : ends[-1]] = self.flat[positions]
        return replace(self, flat=flat, offsets=taken)

    def where(self, kept: np.ndarray) -> Self:
        """The rows with only those numbers for which `kept`, bool [numbers], is true; a row may end up empty."""
        return replace(self, flat=self.flat[kept], offsets=np.concatenate(([0], np.cumsum(kept)))[self.offsets])

    def fill_empty(self, number: int) -> Self:
        """The rows with `number` in each that was empty."""
        empty = self.lengths == 0
        flat = np.insert(self.flat, self.starts[empty], number)
        return replace(self, flat=flat, offsets=self.offsets + np.concatenate(([0], np.cumsum(empty))))

    def chunks(self) -> Iterator[Self]:
        """The rows in order, 100,000 at a time, for work that takes more memory than they do."""
        for start in range(0, len(self), _CHUNK):
            offsets = self.offsets[start : start + _CHUNK + 1]
            yield replace(self, flat=self.flat[offsets[0] : offsets[-1]], offsets=offsets - offsets[0])
