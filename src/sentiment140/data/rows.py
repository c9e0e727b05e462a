"""Read the rows of a file of tweets, whatever its format: CSV in any usual encoding and delimiter, JSON Lines, Parquet.

The published file is UTF-8 of which some bytes were lost. It is read as latin-1, which keeps every byte, so that
the text part can repair it.
"""

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeVar

from sentiment140.data.files import DataFile
from sentiment140.data.sources import ENCODING
from sentiment140.errors import UserError
from sentiment140.runs.files import lines_of

if TYPE_CHECKING:
    import pyarrow.parquet

T = TypeVar("T")
Row = tuple[int, list[str], str]
"""Number of its last line, fields, and the error that makes the row unreadable or an empty string."""

_HEAD = 2**16  # bytes that decide the format: 500 tweets
_HEAD_ROWS = 500  # of a Parquet file
_LONGEST_FIELD = 2**17  # characters; a tweet had at most 140, so a longer field is an unclosed quote
_LONGEST_LINE = 2**20  # characters
DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
"""The delimiters that are detected, and what they are called."""
_REGULAR_SHARE = 0.9  # of the first rows that must have as many fields as the first one, for a delimiter to be taken
_EVIDENCE = 1_000  # bytes beyond ASCII that decide between latin-1 and cp1252
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_UTF_8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# UTF-32 first: its byte order mark begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks, and the encoding of the bytes that follow."""
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

    Examples:
        >>> str(FileFormat("CSV", "utf-16", "replace", ";"))
        'CSV, utf-16, semicolons'
    """

    format: Literal["CSV", "JSON Lines", "Parquet"]
    encoding: str = "utf-8-sig"
    errors: str = "strict"
    delimiter: str = ","
    is_quoted: bool = True

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
    latin-1 or cp1252. It is parsed as UTF-8 first, and once more if that fails, so that it need not be decoded just to
    find the encoding.

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
        form = replace(form, encoding=_single_byte_encoding(file), errors="replace")
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
    encoding, errors = _marked_encoding(head)
    text = head.decode(encoding, "replace")
    if text.lstrip().startswith("{"):
        form = FileFormat("JSON Lines", encoding, errors)
    elif text.lstrip().startswith("[{"):
        raise UserError("the file is a JSON array", str(file), _convert("pd.read_json"))
    else:
        delimiter, is_quoted = _delimiter(text)
        form = FileFormat("CSV", encoding, errors, delimiter, is_quoted)
    rows = list(_text_rows(io.StringIO(text, newline=""), form))
    return (rows[:-1] if len(head) == _HEAD and len(rows) > 1 else rows), form


def _convert(reader: str) -> str:
    """Return the command that converts a file of another format to CSV."""
    return f"convert it: python -c \"import pandas as pd; {reader}('FILE').to_csv('tweets.csv', index=False)\""


def _marked_encoding(head: bytes) -> tuple[str, str]:
    """Return the encoding that the first bytes state, and what happens to bytes that it cannot decode."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):  # which these codecs skip
            return "utf-8-sig" if encoding == "utf-8" else encoding[: len("utf-16")], "replace"
    if head[1:4:2] == b"\0\0" and b"\0" not in head[:4:2]:  # UTF-16 without a byte order mark
        return "utf-16-le", "replace"
    if head[:4:2] == b"\0\0" and b"\0" not in head[1:4:2]:
        return "utf-16-be", "replace"
    return "utf-8-sig", "strict"


def _single_byte_encoding(file: DataFile) -> str:
    """Choose the encoding of a file that is not UTF-8, by its first bytes beyond ASCII.

    If most of them are UTF-8 sequences, the file was UTF-8 and some of its bytes are damaged, as in the published file:
    latin-1 keeps them. Else it is cp1252, which has quotes and dashes where latin-1 has control characters.
    """
    found = valid = 0
    with file.open() as stream:
        while found < _EVIDENCE and (block := stream.read(2**20)):
            for match in _BEYOND_ASCII.finditer(block):
                found += len(match[0])
                valid += sum(map(len, _UTF_8_SEQUENCE.findall(match[0])))
    return ENCODING if valid * 2 > found else "cp1252"


def _delimiter(text: str) -> tuple[str, bool]:
    """Find the delimiter of the beginning of a file, and whether its fields may be in quotes.

    It is the one that splits the first rows into the most fields, equally many in each row. In a file with tabs, quotes
    are characters like any other, as a text that starts with one would swallow the following rows; unless
    the first row has a field in quotes.
    """
    best, most = ",", 1
    for delimiter in DELIMITERS:
        is_quoted = _has_quotes(text, delimiter)
        rows = list(_text_rows(io.StringIO(text, newline=""), FileFormat("CSV", "", "", delimiter, is_quoted)))
        widths = Counter(len(row) for _, row, error in rows if not error)
        first = len(rows[0][1]) if rows else 0
        if first > most and widths[first] >= _REGULAR_SHARE * len(rows):
            best, most = delimiter, first
    return best, _has_quotes(text, best)


def _has_quotes(text: str, delimiter: str) -> bool:
    return delimiter != "\t" or text.lstrip("\ufeff\r\n").startswith('"')


def _text_rows(text: TextIO, form: FileFormat, strict: bool = False) -> Iterator[Row]:
    if form.format == "JSON Lines":
        return _json_rows(text)
    return rows_of(text, form.delimiter, is_quoted=form.is_quoted, strict=strict)


def rows_of(text: TextIO, delimiter: str = ",", *, is_quoted: bool = True, strict: bool = False) -> Iterator[Row]:
    """Read the rows of a CSV file; blank lines are skipped.

    Args:
        text: the decoded file.
        delimiter: the character between two fields.
        is_quoted: whether fields may be in quotes.
        strict: whether a quote in the wrong place, or one that is never closed, is an error.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    lines = lines_of(text, _LONGEST_LINE)
    if is_quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=strict)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    while True:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row, ""
        except csv.Error as error:  # the reader continues with the next line
            yield reader.line_num, [], f"unreadable ({error})"
        else:
            return


def _json_rows(text: TextIO) -> Iterator[Row]:
    """Read JSON Lines: the keys of the first object, then the values of each object, as texts."""
    names: list[str] | None = None
    for number, line in enumerate(lines_of(text, _LONGEST_LINE), 1):
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
