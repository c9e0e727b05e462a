"""What every format has in common: how it is read, how it is written, and what a value is as a text."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, BinaryIO, ClassVar, Self, TypeVar

import numpy as np

from sentiment140.errors import UserError

CHUNK_ROWS = 8_192
_CHUNK_CHARACTERS = 2**22  # a chunk of longer rows has fewer, so that it never fills the memory
LONGEST_FIELD = 2**24  # characters of a CSV field or of a line
QUOTING = ("minimal", "none")
ON_BAD_LINE = ("error", "skip")

Row = TypeVar("Row")
Chunk = tuple[Any, list[str]]  # rows in the form of the format, and their texts
Columns = Mapping[str, np.ndarray | list[str]]  # by name: numbers or truth values [rows], or one text per row


@dataclass(frozen=True)
class Options:
    """How a file is read.

    Attributes:
        column: the name of the column with the tweets, or its number from 1 if the file has no header; None to find it.
        encoding: the name of a codec; None to detect it.
        delimiter: the character between the columns; None to detect it.
        quoting: "minimal" if a text with a delimiter or a line break is quoted, "none" if a quote is a character like
            any other; None for "none" in files separated by tabs and "minimal" in others.
        header: False if the first line is a tweet; None to find out.
        on_bad_line: "error" to refuse a file with a line that cannot be read, "skip" to omit such lines.
        replace_columns: whether a column that has the name of a new one is replaced.
    """

    column: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quoting: str | None = None
    header: bool | None = None
    on_bad_line: str = "error"
    replace_columns: bool = False

    def given(self) -> set[str]:
        """The names of the options that are not the default."""
        return {field.name for field in fields(self) if getattr(self, field.name) != field.default}

    def restricted(self, names: Iterable[str]) -> Self:
        """Keep the options of these names, and set the others to the default.

        Examples:
            >>> Options(column="text", delimiter=";").restricted({"column"})
            Options(column='text', encoding=None, delimiter=None, quoting=None, header=None, on_bad_line='error', \
replace_columns=False)
        """
        return type(self)(**{name: getattr(self, name) for name in self.given() & set(names)})


class Table(ABC):
    """An open file of tweets. A format is a subclass.

    Args:
        raw: the open file.
        source: its name for error messages.
        options: how it is read. Options that are not in `takes` have the default.

    Attributes:
        endings: the endings of file names of this format.
        takes: the names of the `Options` that have a meaning for this format.
        column: the name of the column with the tweets, for the user.
        rows: the number of rows if the file states it, else None.
    """

    endings: ClassVar[tuple[str, ...]]
    takes: ClassVar[frozenset[str]]
    column: str
    rows: int | None = None

    @abstractmethod
    def __init__(self, raw: BinaryIO, source: str, options: Options) -> None: ...

    @abstractmethod
    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks of at most `CHUNK_ROWS` rows; see `chunked`.

        Yields:
            (rows, texts): rows in the form that `write` of this class takes, and the text of each row; a missing text
            is "".

        Raises:
            UserError: a row cannot be read.
        """

    @abstractmethod
    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, with columns appended.

        Args:
            sink: the file to write to.
            names: the names of the new columns; see `new_names` for those that the file already has.
            scored: pairs (rows, columns): the rows of a chunk, and the new columns for these rows.
        """

    def remarks(self) -> list[str]:
        """Return what the user should know after the file was read, one line each."""
        return []


def chunked(rows: Iterable[Row], length: Callable[[Row], int]) -> Iterator[list[Row]]:
    """Divide rows into chunks. A chunk ends at `CHUNK_ROWS` rows, or earlier if its rows are long.

    Args:
        rows: the rows of a file.
        length: returns the number of characters of a row.

    Examples:
        >>> [len(chunk) for chunk in chunked(["so good"] * 10_000, len)]
        [8192, 1808]
        >>> [len(chunk) for chunk in chunked(["word " * 500_000] * 3, len)]
        [2, 1]
    """
    chunk: list[Row] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += length(row)
        if len(chunk) == CHUNK_ROWS or characters >= _CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def new_names(names: Sequence[str], taken: Sequence[str], *, replace: bool = False) -> list[str]:
    """Append underscores to each name until no column has it, unless such a column is to be replaced.

    Examples:
        >>> new_names(["sentiment", "probability"], taken=["text", "sentiment"])
        ['sentiment_', 'probability']
        >>> new_names(["sentiment", "probability"], taken=["text", "sentiment"], replace=True)
        ['sentiment', 'probability']
    """
    if replace:
        return list(names)
    unused: list[str] = []
    for name in names:
        while name in taken or name in unused:
            name += "_"
        unused.append(name)
    return unused


def text_of(value: Any, source: str) -> str:
    """Convert a value of the text column to a string: "" for a missing value (None or NaN), digits for a number."""
    if value is None or value != value:  # NaN differs from itself
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    what = f"expected a text, found a {type(value).__name__} ({' '.join(str(value).split())[:40]})"
    raise UserError(what, source, "choose another column with --column NAME")


def as_strings(column: np.ndarray | list[str]) -> list[str]:
    """Convert a new column to strings: a probability with six digits, a truth value as "true" or "false"."""
    if isinstance(column, list):
        return column
    if column.dtype.kind == "f":
        return [f"{value:.6f}" for value in column.tolist()]
    return [str(value).lower() for value in column.tolist()]


def as_values(column: np.ndarray | list[str]) -> list[Any]:
    """Convert a new column to values of Python, a probability with six digits."""
    if isinstance(column, list):
        return column
    return np.round(column.astype(float), 6).tolist() if column.dtype.kind == "f" else column.tolist()
