"""The files of tweets that can be scored: each read in pieces and written again as it was, with columns appended.

A format is a class: made from an open file, it knows the column with the tweets, gives its rows in pieces with their
texts, and writes such rows with what was found. To add one, write its class and add it to `FORMATS` and
`ENDINGS`.
"""

import codecs
import csv
import gzip
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from textwrap import shorten
from typing import Any, BinaryIO, Protocol

import numpy as np

from sentiment140.errors import UserError
from sentiment140.runs.files import lines_of

TEXT_COLUMNS = ("text", "tweet", "content", "message", "body", "sentence", "review", "comment")
PIECE = 8_192
_LONGEST_FIELD = 2**24
_SEPARATORS = {"\t": "tsv", ",": "csv"}

Piece = tuple[Any, list[str]]
Columns = Mapping[str, np.ndarray | list[str]]


class Table(Protocol):
    """A file of tweets.

    Attributes:
        column: the name of the column with the tweets.
        rows: how many there are, where the file says so.
    """

    column: str
    rows: int | None

    def pieces(self) -> Iterator[Piece]:
        """(rows in the format's own form, their texts), some rows at a time; a missing text is an empty one.

        Raises:
            UserError: a row that cannot be read.
        """

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Writes a file of the same form.

        Args:
            sink: where to.
            names: of the columns to append; one that is taken gets an underscore.
            scored: rows as `pieces` gave them, with the columns to append: float32 or texts by name.
        """


class CommaSeparated:
    """CSV. Every field is kept as it is, bytes that are not UTF-8 included.

    The first line names the columns. Sentiment140's own files have no such line: they are known by their six columns.
    """

    delimiter = ","
    rows: int | None = None

    def __init__(self, raw: BinaryIO, source: str, column: str | None) -> None:
        self._source = source
        # surrogates carry bytes that are not UTF-8 through unharmed
        self._lines = io.TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline="")
        self._rows = self._checked()
        header = next(self._rows, None)
        if header is None:
            raise UserError("the file is empty", source, "a first line with the names of the columns is expected")
        self._header: list[str] | None = header
        if column is None and _is_sentiment140(header):
            self._header, self._rows = None, chain([header], self._rows)
            self._position, self.column = 5, "the sixth column, as in Sentiment140's files"
        else:
            self._position = _text_column(header, column, source, _way_to_columns(header))
            self.column = header[self._position]

    def pieces(self) -> Iterator[Piece]:
        """As `Table`."""
        while rows := list(islice(self._rows, PIECE)):
            yield rows, [row[self._position] for row in rows]

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """As `Table`."""
        lines = io.TextIOWrapper(sink, "utf-8", "surrogateescape", newline="")
        if self._header is not None:
            header = [*self._header, *_free(names, self._header)]
            self._writer(lines, [header]).writerow(header)
        for rows, columns in scored:
            new = [_in_words(columns[name]) for name in names]
            self._writer(lines, rows).writerows([*row, *values] for row, *values in zip(rows, *new, strict=True))
            lines.flush()
        lines.detach()

    def _writer(self, lines: io.TextIOWrapper, rows: list[list[str]]) -> Any:
        # Python's quotes no other line end than its own: a carriage return in a field would end the row.
        risky = "\r" in "".join(chain.from_iterable(rows))
        settings: dict[str, Any] = {"quoting": csv.QUOTE_ALL if risky else csv.QUOTE_MINIMAL}
        return csv.writer(lines, delimiter=self.delimiter, lineterminator="\n", **settings)

    def _checked(self) -> Iterator[list[str]]:
        csv.field_size_limit(_LONGEST_FIELD)
        width, lines = 0, lines_of(self._lines, _LONGEST_FIELD)
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)  # else an open quote swallows the rest
        try:
            for row in reader:
                if not row:  # a blank line is no row
                    continue
                width = width or len(row)
                if len(row) != width:
                    what = f"line {reader.line_num} has {len(row)} columns, the header {width}"
                    raise UserError(what, self._source, "quote texts that hold the separator")
                yield row
        except csv.Error as error:
            what = f"line {reader.line_num} cannot be read ({error})"
            raise UserError(what, self._source, "check its quotes") from error


class TabSeparated(CommaSeparated):
    """TSV, quoted like CSV."""

    delimiter = "\t"


class JsonLines:
    """An object a line. What stands in a line stays as it was written; the new keys follow the last one."""

    rows: int | None = None

    def __init__(self, raw: BinaryIO, source: str, column: str | None) -> None:
        self._raw, self._source = raw, source
        objects = self._read()
        first = next(objects, None)
        if first is None:
            raise UserError("the file is empty", source, "an object a line is expected")
        self._objects = chain([first], objects)
        keys = list(first[1])
        self.column = keys[_text_column(keys, column, source, "name it with --column")]

    def pieces(self) -> Iterator[Piece]:
        """As `Table`."""
        while objects := list(islice(self._objects, PIECE)):
            yield objects, [_text(values.get(self.column), self._source) for _, values in objects]

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """As `Table`."""
        for objects, columns in scored:
            for (line, values), *new in zip(objects, *(_plain(columns[name]) for name in names), strict=True):
                added = json.dumps(dict(zip(_free(names, list(values)), new, strict=True)), ensure_ascii=False)
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
                raise UserError(f"line {number} is no JSON ({error})", self._source, "one object a line") from error
            if not isinstance(values, dict):
                raise UserError(f"line {number} is no object", self._source, 'lines like {"text": "..."} are expected')
            yield line, values


class Parquet:
    """Parquet, the types of its columns and its metadata kept."""

    def __init__(self, raw: BinaryIO, source: str, column: str | None) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise UserError("reading Parquet needs pyarrow", source, "pip install pyarrow") from error
        self._arrow, self._source = pyarrow, source
        try:
            self._file = pyarrow.parquet.ParquetFile(_seekable(raw))
        except (pyarrow.ArrowException, OSError) as error:
            raise UserError("not a Parquet file", source, "check --input and --format") from error
        self.rows: int | None = self._file.metadata.num_rows
        self._schema = self._file.schema_arrow
        self._position = _text_column(self._schema.names, column, source, "name it with --column")
        self.column = self._schema.names[self._position]

    def pieces(self) -> Iterator[Piece]:
        """As `Table`."""
        try:
            for batch in self._file.iter_batches(PIECE):
                yield batch, [_text(value, self._source) for value in batch.column(self._position).to_pylist()]
        except (self._arrow.ArrowException, OSError) as error:
            raise UserError(f"damaged ({error})", self._source, "make the file again") from error

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """As `Table`."""
        arrow, schema = self._arrow, self._schema
        for name, free in zip(names, _free(names, schema.names), strict=True):
            schema = schema.append(arrow.field(free, arrow.float32() if name == "probability" else arrow.string()))
        with arrow.parquet.ParquetWriter(sink, schema) as writer:
            for batch, columns in scored:
                new = [arrow.array(columns[name]) for name in names]
                writer.write_batch(arrow.RecordBatch.from_arrays([*batch.columns, *new], schema=schema))


def _is_sentiment140(row: Sequence[str]) -> bool:
    """Whether it is a row of label, id, date, query, user and text."""
    return len(row) == 6 and row[0] in {"0", "2", "4"} and row[1].isdigit() and not row[2].isdigit()


def _way_to_columns(header: Sequence[str]) -> str:
    """What helps when the column with the tweets is not among these."""
    if len(header) > 1:
        return "name it with --column"
    other = next((name for sign, name in _SEPARATORS.items() if sign in header[0]), None)
    if other is not None:
        return f"the file seems to be another format: --format {other}"
    return "separate the columns by commas" if ";" in header[0] else "name it with --column"


def _text_column(names: Sequence[str], column: str | None, source: str, remedy: str) -> int:
    """The place of the column with the tweets: the one asked for, or the first of `TEXT_COLUMNS` that is there."""
    if column is not None:
        if column in names:
            return names.index(column)
        what, remedy = f'no column "{column}"', "name one of these"
    else:
        plain = [name.strip().lower() for name in names]
        for candidate in TEXT_COLUMNS:
            if candidate in plain:
                return plain.index(candidate)
        what = "no column that is known to hold texts"
        if any(name.strip().isdigit() for name in names):
            remedy = "its first line seems to be a tweet: put one with the columns' names before it"
    shown = ", ".join(names[:20])
    if "\0" in shown or any("\udc80" <= sign <= "\udcff" for sign in shown):  # bytes that are not UTF-8
        raise UserError("the names of the columns are no text", source, "save it as UTF-8")
    raise UserError(f"{what} (columns: {shorten(shown, 200, placeholder=' ...')})", source, remedy)


def _free(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """The names, each with as many underscores as it takes to be free."""
    free = []
    for name in names:
        while name in taken or name in free:
            name += "_"
        free.append(name)
    return free


def _text(value: Any, source: str) -> str:
    """A value of the tweets' column as text: a missing one is empty, a number as it is written."""
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    raise UserError(f"a {type(value).__name__} where a text is expected: {str(value)[:40]}", source, "check --column")


def _plain(column: np.ndarray | list[str]) -> list[Any]:
    return column if isinstance(column, list) else np.round(column.astype(float), 6).tolist()


def _in_words(column: np.ndarray | list[str]) -> list[str]:
    return column if isinstance(column, list) else [f"{value:.6f}" for value in column.tolist()]


def _seekable(raw: BinaryIO) -> BinaryIO:
    """The stream itself, or what is in it in a file without a name: Parquet is read from its end."""
    if raw.seekable() and not isinstance(raw, gzip.GzipFile):
        return raw
    file = tempfile.TemporaryFile()  # noqa: SIM115 - gone when the process ends
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
"""The ending of a file's name, without .gz, and the format it stands for."""
