"""Read the rows of a file of tweets, whatever its format: CSV in any usual encoding and delimiter, JSON Lines, Parquet.

The published file is UTF-8 of which some bytes were lost. It is read as latin-1, which keeps every byte, so that
the text part can repair it.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeVar

from sentiment140.data.encodings import detect_by_lines, detect_utf_16, lines_beyond_ascii, marked_encoding
from sentiment140.data.files import DataFile
from sentiment140.data.json_tables import refuse_json_table
from sentiment140.data.separated import (
    DELIMITERS,
    LONGEST_LINE,
    Row,
    detect_delimiter,
    is_quoted,
    rows_of,
    stated_delimiter,
)
from sentiment140.data.sources import ENCODING
from sentiment140.errors import UserError
from sentiment140.runs.files import lines_of

if TYPE_CHECKING:
    import pyarrow.parquet

T = TypeVar("T")

_HEAD = 2**16  # bytes that decide the format: 500 tweets
_HEAD_ROWS = 500  # of a Parquet file
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"  # the first bytes of such files


@dataclass(frozen=True)
class FileFormat:
    """How a file is read.

    Attributes:
        format: the format; "CSV" for any text with a delimiter.
        encoding: the name of the codec.
        errors: what happens to bytes that the codec cannot decode, as for `open`.
        delimiter: the delimiter of CSV.
        is_quoted: whether fields of CSV may be in quotes.
        states_delimiter: whether the first line of CSV is "sep=" and the delimiter.

    Examples:
        >>> str(FileFormat("CSV", "utf-16", "replace", ";"))
        'CSV, utf-16, semicolons'
    """

    format: Literal["CSV", "JSON Lines", "Parquet"]
    encoding: str = "utf-8-sig"
    errors: str = "strict"
    delimiter: str = ","
    is_quoted: bool = True
    states_delimiter: bool = False

    def __str__(self) -> str:
        if self.format == "Parquet":
            return self.format
        encoding = f"{self.format}, {self.encoding.removesuffix('-sig')}"
        return f"{encoding}, {DELIMITERS[self.delimiter]}" if self.format == "CSV" else encoding

    @property
    def has_names(self) -> bool:
        """Whether the first row always holds the names of the columns."""
        return self.format != "CSV"


def parse(file: DataFile, parser: Callable[[Iterator[Row], FileFormat], T], *, strict: bool = False) -> T:
    """Decode a file and parse its rows.

    A file is UTF-8 if all its bytes are valid UTF-8; UTF-8, UTF-16 or UTF-32 if it begins with a byte order mark; else
    latin-1, or what `detect_by_lines` finds. It is parsed as UTF-8 first, and once more if that fails, so that it need
    not be decoded just to find the encoding.

    Args:
        file: the file.
        parser: a function of the rows and of how they are read. It may be called twice.
        strict: whether a quote in the wrong place, or one that is never closed, is an error.

    Returns:
        What `parser` returned.

    Raises:
        UserError: the file cannot be read.
    """
    form = head_rows(file)[1]
    if form.format == "Parquet":
        return parser(_parquet_rows(file), form)
    try:
        return _parse_text(file, parser, form, strict)
    except UnicodeDecodeError:
        form = replace(form, encoding=_other_encoding(file), errors="replace")
        return _parse_text(file, parser, form, strict)


def _parse_text(file: DataFile, parser: Callable[[Iterator[Row], FileFormat], T], form: FileFormat, strict: bool) -> T:
    with file.open() as stream:
        text = io.TextIOWrapper(stream, form.encoding, form.errors, newline="")
        return parser(_text_rows(text, form, strict), form)


def head_rows(file: DataFile) -> tuple[list[Row], FileFormat]:
    """Read the first rows of a file, and find its format by them.

    Returns:
        The rows of the first 64 KB, without one that is cut off; and how the file is read. Its encoding is a guess.

    Raises:
        UserError: the file cannot be read, or is an Excel file.
    """
    with file.open() as stream:
        head = stream.read(_HEAD)
    if head.startswith(_PARQUET):
        return list(islice(_parquet_rows(file), _HEAD_ROWS)), FileFormat("Parquet")
    if head.startswith(_ZIP):
        raise UserError("the file is no text: a zip or an Excel file", str(file), _convert("pd.read_excel"))
    encoding, errors = _encoding_of(head)
    text = head.decode(encoding, "replace")
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        # one object with the whole table would be read as one tweet
        refuse_json_table(text, str(file))
        form = FileFormat("JSON Lines", encoding, errors)
    elif text.lstrip().startswith("[{"):
        raise UserError("the file is a JSON array", str(file), _convert("pd.read_json"))
    else:
        stated, first = stated_delimiter(text.removeprefix("\ufeff"))
        rest = text.removeprefix("\ufeff").removeprefix(first)
        whole = rest if len(head) < _HEAD else rest.rpartition("\n")[0] or rest
        delimiter = stated or detect_delimiter(whole)
        form = FileFormat("CSV", encoding, errors, delimiter, is_quoted(rest, delimiter), bool(stated))
    rows = list(_text_rows(io.StringIO(text, newline=""), form))
    return (rows[:-1] if len(head) == _HEAD and len(rows) > 1 else rows), form


def _convert(reader: str) -> str:
    """Return the command that converts a file of another format to CSV."""
    return f"convert it: python -c \"import pandas as pd; {reader}('FILE').to_csv('tweets.csv', index=False)\""


def _encoding_of(head: bytes) -> tuple[str, str]:
    """Return the encoding of the first bytes, and what happens to bytes that it cannot decode."""
    if encoding := marked_encoding(head)[0]:  # these codecs skip the mark
        return "utf-8-sig" if encoding == "utf-8" else encoding[: len("utf-16")], "replace"
    return (encoding, "replace") if (encoding := detect_utf_16(head)) else ("utf-8-sig", "strict")


def _other_encoding(file: DataFile) -> str:
    """Detect the encoding of a file that is not UTF-8, by its first lines beyond ASCII.

    If most of them are UTF-8, the file was UTF-8 and some of its bytes are damaged, as in the published file: latin-1
    keeps them.
    """
    with file.open() as stream:
        encoding = detect_by_lines(lines_beyond_ascii(stream))
    return ENCODING if encoding == "utf-8" else encoding


def _text_rows(text: TextIO, form: FileFormat, strict: bool = False) -> Iterator[Row]:
    if form.format == "JSON Lines":
        return _json_rows(text)
    rows = rows_of(text, form.delimiter, is_quoted=form.is_quoted, strict=strict)
    return islice(rows, int(form.states_delimiter), None)


def _json_rows(text: TextIO) -> Iterator[Row]:
    """Read JSON Lines: the keys of the first object, then the values of each object, as texts."""
    names: list[str] | None = None
    for number, line in enumerate(lines_of(text, LONGEST_LINE), 1):
        if line.isspace():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            yield number, [], "unreadable (not a JSON object)"
            continue
        if names is None:
            names = list(record)
            yield number, names, ""
        yield number, [_as_text(record.get(name)) for name in names], ""


def _parquet_rows(file: DataFile) -> Iterator[Row]:
    """Read Parquet: the names of the columns, then the values of each row, as texts."""
    from pyarrow import ArrowException

    try:
        table = _open_parquet(file)
        names = table.schema_arrow.names
        yield 1, names, ""
        number = 1
        for batch in table.iter_batches(batch_size=8_192):
            columns = [list(map(_as_text, column.to_pylist())) for column in batch.columns]
            for row in zip(*columns, strict=True):
                number += 1
                yield number, list(row), ""
    except (ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"the Parquet file cannot be read: {reason}", str(file), "download it again") from error


def _open_parquet(file: DataFile) -> "pyarrow.parquet.ParquetFile":
    from pyarrow.parquet import ParquetFile

    with file.open() as stream:
        packed = file.entry is not None or file.path.suffix.lower() == ".gz"
        return ParquetFile(io.BytesIO(stream.read()) if packed else file.path)


def _as_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)
