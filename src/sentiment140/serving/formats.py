"""File formats that can be scored: CSV, TSV, JSON Lines and Parquet.

A file is read in chunks and written in the same format with columns appended. Each format is a class with the methods
of `Table`. To add a format, write its class and add it to `FORMATS`, and its file endings to `ENDINGS`.
"""

import codecs
import csv
import gzip
import io
import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from textwrap import shorten
from typing import Any, BinaryIO, Protocol

import numpy as np

from sentiment140.data.layout import TEXT_COLUMNS
from sentiment140.errors import UserError, unknown_name
from sentiment140.runs.files import lines_of

CHUNK_ROWS = 8_192
_LONGEST_FIELD = 2**24  # characters of a CSV field, or bytes of a JSON line
_COLUMNS_SHOWN = 20  # in an error message
_SEPARATORS = {"\t": "tsv", ",": "csv"}
_JSON_LINES = 'write one object per line, such as {"text": "I love it"}'
_COLUMN_FLAG = "name the right one with --column NAME"

Chunk = tuple[Any, list[str]]  # rows in the form of the format, and their texts
Columns = Mapping[str, np.ndarray | list[str]]  # by name: float32 [rows], or one text per row


class Table(Protocol):
    """An open file of tweets. A format is a class with these attributes and methods.

    A format is created with the open file, its name for error messages, and the name of the column with the tweets
    (None for the first of `TEXT_COLUMNS` that the file has).

    Attributes:
        column: the name of the column with the tweets.
        rows: the number of rows if the file states it, else None.
    """

    column: str
    rows: int | None

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks of at most `CHUNK_ROWS` rows.

        Yields:
            (rows, texts): rows in the form that `write` of this class takes, and the text of each row; a missing text
            is "".

        Raises:
            UserError: a row cannot be read.
        """

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, with columns appended.

        Args:
            sink: the file to write to.
            names: the names of the new columns; underscores are appended to a name that the file already has.
            scored: pairs (rows, columns): the rows of a chunk, and the new columns for these rows.
        """


class CommaSeparated:
    """CSV. The value of every field is kept, even bytes that are not UTF-8.

    The first line must contain the column names. Only the files of Sentiment140 have no such line: they are recognized
    by their six columns.

    Examples:
        >>> table = CommaSeparated(io.BytesIO(b"n,text\\n1,I love it\\n"), "tweets.csv", None)
        >>> table.column, list(table.chunks())
        ('text', [([['1', 'I love it']], ['I love it'])])
    """

    delimiter = ","
    rows: int | None = None

    def __init__(self, raw: BinaryIO, source: str, column: str | None) -> None:
        self._source = source
        # surrogateescape: bytes that are not UTF-8 are written again as they were read
        self._lines = io.TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline="")
        self._rows = self._read()
        header = next(self._rows, None)
        if header is None:
            raise UserError("the file is empty", source, "write the column names into the first line")
        self._header: list[str] | None = header
        if column is None and _is_sentiment140(header):
            self._header, self._rows = None, chain([header], self._rows)
            self._position, self.column = 5, "the sixth column, as in Sentiment140's files"
        else:
            self._position = _text_column(header, column, source, _column_hint(header))
            self.column = header[self._position]

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks, as `Table.chunks` does."""
        while rows := list(islice(self._rows, CHUNK_ROWS)):
            yield rows, [row[self._position] for row in rows]

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, as `Table.write` does."""
        lines = io.TextIOWrapper(sink, "utf-8", "surrogateescape", newline="")
        if self._header is not None:
            header = [*self._header, *_unused_names(names, self._header)]
            self._writer(lines, [header]).writerow(header)
        for rows, columns in scored:
            new = [_as_text(columns[name]) for name in names]
            self._writer(lines, rows).writerows([*row, *values] for row, *values in zip(rows, *new, strict=True))
            lines.flush()
        lines.detach()

    def _writer(self, lines: io.TextIOWrapper, rows: list[list[str]]) -> Any:
        # QUOTE_MINIMAL does not quote a field for a carriage return, because the line terminator is "\n". Readers would
        # end the row there.
        quoting: Any = csv.QUOTE_ALL if "\r" in "".join(chain.from_iterable(rows)) else csv.QUOTE_MINIMAL
        return csv.writer(lines, delimiter=self.delimiter, lineterminator="\n", quoting=quoting)

    def _read(self) -> Iterator[list[str]]:
        csv.field_size_limit(_LONGEST_FIELD)
        width, lines = 0, lines_of(self._lines, _LONGEST_FIELD)
        reader = csv.reader(
            lines, delimiter=self.delimiter, strict=True
        )  # without strict, a quote that is never closed would swallow the rest of the file
        try:
            for row in reader:
                if not row:  # a blank line
                    continue
                width = width or len(row)
                if len(row) != width:
                    what = f"line {reader.line_num} has {len(row)} columns, but the first line has {width}"
                    raise UserError(what, self._source, "quote texts that contain the separator")
                yield row
        except csv.Error as error:
            what = f"line {reader.line_num} cannot be parsed ({error})"
            raise UserError(what, self._source, "check the quotes in this line") from error


class TabSeparated(CommaSeparated):
    """TSV, with the quoting rules of CSV."""

    delimiter = "\t"


class JsonLines:
    """JSON Lines: one object per line. Each line is kept as it was written; the new keys are appended to it.

    Examples:
        >>> table = JsonLines(io.BytesIO(b'{"text": "I love it"}\\n'), "tweets.jsonl", None)
        >>> sink = io.BytesIO()
        >>> table.write(sink, ["sentiment"], [(rows, {"sentiment": ["positive"]}) for rows, texts in table.chunks()])
        >>> sink.getvalue()
        b'{"text": "I love it", "sentiment": "positive"}\\n'
    """

    rows: int | None = None

    def __init__(self, raw: BinaryIO, source: str, column: str | None) -> None:
        self._raw, self._source = raw, source
        objects = self._read()
        first = next(objects, None)
        if first is None:
            raise UserError("the file is empty", source, _JSON_LINES)
        self._objects = chain([first], objects)
        keys = list(first[1])
        self.column = keys[_text_column(keys, column, source)]

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks, as `Table.chunks` does."""
        while objects := list(islice(self._objects, CHUNK_ROWS)):
            yield objects, [_text(values.get(self.column), self._source) for _, values in objects]

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, as `Table.write` does."""
        for objects, columns in scored:
            for (line, values), *new in zip(objects, *(_as_json_values(columns[name]) for name in names), strict=True):
                added = json.dumps(dict(zip(_unused_names(names, list(values)), new, strict=True)), ensure_ascii=False)
                separator = ", " if values else ""
                ending = f"{separator}{added[1:]}\n".encode("utf-8", "surrogateescape")
                sink.write(line.rstrip()[:-1].rstrip() + ending)

    def _read(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        for number, line in enumerate(lines_of(self._raw, _LONGEST_FIELD), 1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if not line.strip():
                continue
            try:
                values = json.loads(line.decode("utf-8", "surrogateescape"))
            except (ValueError, RecursionError) as error:
                raise UserError(f"line {number} is not valid JSON ({error})", self._source, _JSON_LINES) from error
            if not isinstance(values, dict):
                raise UserError(f"line {number} is not a JSON object", self._source, _JSON_LINES)
            yield line, values


class Parquet:
    """Parquet. The types of the columns and the metadata are kept. Needs pyarrow."""

    def __init__(self, raw: BinaryIO, source: str, column: str | None) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise UserError("Parquet files need pyarrow", source, "run: pip install pyarrow") from error
        self._arrow, self._source = pyarrow, source
        try:
            self._file = pyarrow.parquet.ParquetFile(_seekable(raw, owner=self))
        except (pyarrow.ArrowException, OSError) as error:
            raise UserError("not a Parquet file", source, "name the format of the file with --format") from error
        self.rows: int | None = self._file.metadata.num_rows
        self._schema = self._file.schema_arrow
        self._position = _text_column(self._schema.names, column, source)
        self.column = self._schema.names[self._position]

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks, as `Table.chunks` does."""
        try:
            for batch in self._file.iter_batches(CHUNK_ROWS):
                yield batch, [_text(value, self._source) for value in batch.column(self._position).to_pylist()]
        except (self._arrow.ArrowException, OSError) as error:
            what = f"the file is damaged ({shorten(str(error), 200, placeholder=' ...')})"
            raise UserError(what, self._source, "create the file again") from error

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, as `Table.write` does."""
        arrow, schema = self._arrow, self._schema
        for name, unused in zip(names, _unused_names(names, schema.names), strict=True):
            schema = schema.append(arrow.field(unused, arrow.float32() if name == "probability" else arrow.string()))
        with arrow.parquet.ParquetWriter(sink, schema) as writer:
            for batch, columns in scored:
                new = [arrow.array(columns[name]) for name in names]
                writer.write_batch(arrow.RecordBatch.from_arrays([*batch.columns, *new], schema=schema))


def _is_sentiment140(row: Sequence[str]) -> bool:
    """Whether a row has the columns of Sentiment140: label, id, date, query, user and text."""
    return len(row) == 6 and row[0] in {"0", "2", "4"} and row[1].isdigit() and not row[2].isdigit()


def _column_hint(header: Sequence[str]) -> str:
    """What to do if none of these CSV columns has the tweets: perhaps the separator is another one."""
    if len(header) == 1:
        actual = next((name for separator, name in _SEPARATORS.items() if separator in header[0]), None)
        if actual is not None:
            return f"the file seems to be {actual.upper()}: add --format {actual}"
        if ";" in header[0]:
            return "separate the columns by commas instead of semicolons"
    return _COLUMN_FLAG


def _text_column(names: Sequence[str], column: str | None, source: str, remedy: str = _COLUMN_FLAG) -> int:
    """Find the column with the tweets.

    Args:
        names: the column names.
        column: the name that the user asked for; None for the first of `TEXT_COLUMNS` that is in `names`.
        source: the name of the file, for error messages.
        remedy: what to do if no column is found.

    Returns:
        The index of the column.

    Raises:
        UserError: there is no such column.
    """
    if column is not None and column in names:
        return names.index(column)
    if column is None:
        lowercase = [name.strip().lower() for name in names]
        for candidate in TEXT_COLUMNS:
            if candidate in lowercase:
                return lowercase.index(candidate)
    one_line = [" ".join(name.split())[:60] for name in names]
    shown = one_line[:_COLUMNS_SHOWN]
    # A NUL is from UTF-16. A surrogate is a byte that is not UTF-8.
    if any(character == "\0" or "\udc80" <= character <= "\udcff" for character in "".join(shown)):
        raise UserError("the column names are not UTF-8 text", source, "save the file as UTF-8")
    if column is not None:
        similar = get_close_matches(column, one_line, n=1)  # perhaps not among the columns that are shown
        raise UserError(unknown_name("column", column, {*similar, *shown}), source)
    if any(name.strip().isdigit() for name in names):
        remedy = "the first line seems to be a tweet: add a line with the column names before it"
    listed = shorten(", ".join(shown), 200, placeholder=" ...")
    raise UserError(f"no column with a usual name for tweets (columns: {listed})", source, remedy)


def _unused_names(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Append underscores to each name until no column has it.

    Examples:
        >>> _unused_names(["sentiment", "probability"], taken=["text", "sentiment"])
        ['sentiment_', 'probability']
    """
    unused: list[str] = []
    for name in names:
        while name in taken or name in unused:
            name += "_"
        unused.append(name)
    return unused


def _text(value: Any, source: str) -> str:
    """Convert a value of the text column to a string: "" for a missing value, digits for a number."""
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    what = f"expected a text, found a {type(value).__name__} ({str(value)[:40]})"
    raise UserError(what, source, "choose another column with --column NAME")


def _as_json_values(column: np.ndarray | list[str]) -> list[Any]:
    return column if isinstance(column, list) else np.round(column.astype(float), 6).tolist()


def _as_text(column: np.ndarray | list[str]) -> list[str]:
    return column if isinstance(column, list) else [f"{value:.6f}" for value in column.tolist()]


def _seekable(raw: BinaryIO, owner: object) -> BinaryIO:
    """Return a stream that can seek, as Parquet needs: `raw` itself, or its content in a temporary file of `owner`."""
    if raw.seekable() and not isinstance(raw, gzip.GzipFile):
        return raw
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its owner, which deletes it
    weakref.finalize(owner, file.close)
    shutil.copyfileobj(raw, file)
    file.seek(0)
    return file


FORMATS: dict[str, Callable[[BinaryIO, str, str | None], Table]] = {
    "csv": CommaSeparated,
    "tsv": TabSeparated,
    "jsonl": JsonLines,
    "parquet": Parquet,
}

ENDINGS = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
"""The format of each file ending; `.gz` is removed from the name first."""
