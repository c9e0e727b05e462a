"""Recognize the tweets in a CSV file: its encoding, its columns by position or by header, and its labels."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import shorten
from typing import TextIO, TypeVar

from sentiment140.data.files import DataFile
from sentiment140.data.sources import BINARY_LABELS, COLUMNS, ENCODING, LABELS
from sentiment140.errors import UserError
from sentiment140.runs.files import lines_of

T = TypeVar("T")

TEXT_COLUMNS = ("text", "tweet", "content", "message", "body", "sentence", "review", "comment")
"""The names that a column with tweets may have, in order of preference; case is ignored."""
COLUMN_NAMES = {
    "target": ("target", "sentiment", "polarity", "label"),
    "id": ("id", "ids", "tweet_id", "tweetid"),
    "date": ("date", "created_at", "timestamp"),
    "flag": ("flag", "query"),
    "user": ("user", "username", "user_name"),
    "text": TEXT_COLUMNS,
}
"""The names that each of Sentiment140's columns may have in a header, in order of preference; case is ignored."""

_COLUMN_OF = {name: column for column, names in COLUMN_NAMES.items() for name in names}
_NUMBERS = [str(number) for number in range(len(COLUMNS))]  # the header that pandas writes if the columns have no names
_ALL_LABELS = {*LABELS, *BINARY_LABELS}
_LABELS_WITH = {"1": BINARY_LABELS, "2": LABELS, "4": LABELS}
_LONGEST_FIELD = 2**17  # characters; a tweet had at most 140, so a longer field is an unclosed quote
_LONGEST_LINE = 2**20  # characters
_ID_DIGITS = 18  # any such number fits into int64; Twitter's ids have at most 19 digits, those of 2009 have 10
_RECOGNIZED_SHARE = 0.9  # of the first rows of a file; more malformed ones than in a file that the user names
# "Mon Apr 06 22:19:45 PDT 2009", 2009-04-06 ..., 4/6/2009 ..., or nothing
_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d|\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d\d|$")


class LayoutError(Exception):
    """The file does not have the wanted columns. The message says what is wrong, without the name of the file."""


@dataclass(frozen=True)
class Layout:
    """Where a CSV file has Sentiment140's columns.

    Attributes:
        positions: the position of each column in `sources.COLUMNS`.
        width: number of columns in the file.
        has_header: whether the first row holds the names of the columns.
    """

    positions: tuple[int, ...]
    width: int
    has_header: bool

    @cached_property
    def is_published(self) -> bool:
        """Whether the columns are those of the published file, in the same order."""
        return self.positions == tuple(range(self.width))


@dataclass(frozen=True)
class TextLayout:
    """Where a CSV file without labels has its ids and texts; its first row is a header.

    Attributes:
        id: the position of the ids.
        text: the position of the texts.
        width: number of columns in the file.
    """

    id: int
    text: int
    width: int


def parse(file: DataFile, parser: Callable[[TextIO], T]) -> T:
    """Decode a file and parse it. A file is UTF-8 if all its bytes are valid UTF-8 or it begins with a byte order mark.

    Otherwise it is latin-1, as the published file is. The file is parsed as UTF-8 first, and again as latin-1 if that
    fails, so that it need not be decoded once more to find the encoding.

    Args:
        file: the file.
        parser: a function of the open text, whose line breaks are kept as they are.

    Returns:
        What `parser` returned.

    Raises:
        UserError: the file cannot be read, or it is UTF-16.
    """
    with file.open() as stream:
        start = stream.read(3)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise UserError("the file is encoded in UTF-16", str(file), "save it as CSV in UTF-8")
    errors = "replace" if start == codecs.BOM_UTF8 else "strict"
    try:
        with file.open() as stream:
            return parser(io.TextIOWrapper(stream, "utf-8-sig", errors, newline=""))
    except UnicodeDecodeError:
        with file.open() as stream:
            return parser(io.TextIOWrapper(stream, ENCODING, newline=""))


def rows_of(text: TextIO, *, strict: bool = False) -> Iterator[tuple[int, list[str], str]]:
    """Read the rows of a CSV file; blank lines are skipped.

    Args:
        text: the decoded file.
        strict: whether a quote in the wrong place, or one that is never closed, is an error.

    Yields:
        (number of its last line, fields, error of the csv module or "") for each row.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(lines_of(text, _LONGEST_LINE), strict=strict)
    while True:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row, ""
        except csv.Error as error:  # the reader continues with the next line
            yield reader.line_num, [], f"unreadable ({error})"
        else:
            return


def layout_of(first: Sequence[str]) -> Layout:
    """Find Sentiment140's columns by the first row of a file.

    A row is a header if two or more of its fields are names of columns and the first is no label. The columns of a file
    with a header may have any order, and others may stand between them. A file without a header has the published
    order.

    Raises:
        LayoutError: the row is a header that lacks a column or names one twice.

    Examples:
        >>> layout_of(["", "Text", "sentiment", "ids", "date", "query", "user"]).positions
        (2, 3, 4, 5, 6, 1)
        >>> layout_of(["0", "1467810369", "Mon Apr 06", "NO_QUERY", "ann", "so sad"]).has_header
        False
    """
    names = _normalized(first)
    numbered = len(names) - len(_NUMBERS)
    if numbered in (0, 1) and names[numbered:] == _NUMBERS:
        return Layout(tuple(range(numbered, len(names))), len(names), has_header=True)
    if first[0] in _ALL_LABELS or sum(name in _COLUMN_OF for name in names) < 2:
        return Layout(tuple(range(len(COLUMNS))), len(COLUMNS), has_header=False)
    return Layout(_positions(first, COLUMNS), len(names), has_header=True)


def layout_of_test(first: Sequence[str]) -> Layout | TextLayout:
    """Find the columns of a file of test tweets: Sentiment140's six with labels, or `id` and `text` without.

    Raises:
        LayoutError: the file has neither.
    """
    try:
        layout = layout_of(first)
    except LayoutError:
        pass  # not all six: then two are enough
    else:
        if layout.has_header or (len(first) == layout.width and first[0] in _ALL_LABELS):
            return layout
    tweet_id, text = _positions(first, ("id", "text"))
    return TextLayout(tweet_id, text, len(first))


def _normalized(first: Sequence[str]) -> list[str]:
    return [name.strip().lower() for name in first]


def _positions(first: Sequence[str], wanted: Sequence[str]) -> tuple[int, ...]:
    names = _normalized(first)
    found = {column: next((name for name in COLUMN_NAMES[column] if name in names), "") for column in wanted}
    text = shorten(",".join(first), 80, placeholder=" ...")
    shown = f' "{text}"' if text and text.isprintable() else ""
    if missing := [column for column, name in found.items() if not name]:
        *others, last = missing
        raise LayoutError(f"no column {', '.join(others)}{' or ' if others else ''}{last} in the first line{shown}")
    if repeated := [name for name in found.values() if names.count(name) > 1]:
        raise LayoutError(f"column {repeated[0]} occurs {names.count(repeated[0])} times in the first line{shown}")
    return tuple(names.index(name) for name in found.values())


def labels_with(target: str) -> Mapping[str, int] | None:
    """Return the labels of a file by one of them; None if it is a label of several kinds of files, or of none.

    Positive is 4 in the published files, and 1 in many copies. The first label other than 0 decides.
    """
    return _LABELS_WITH.get(target)


def field_error(fields: Sequence[str], labels: Mapping[str, int]) -> str:
    """Return why the fields of a row, in the order of `COLUMNS`, are malformed, or an empty string."""
    target, tweet_id, date, _, user, text = fields
    if target not in labels:
        return f"label not one of {', '.join(labels)}"
    if not (tweet_id.isdigit() and tweet_id.isascii() and len(tweet_id) <= _ID_DIGITS):
        return "id not an integer"
    if "\0" in text or "\0" in user or "\0" in date:
        return "NUL byte"
    return "" if text and not text.isspace() else "empty text"


def check_head(rows: Sequence[tuple[int, list[str], str]]) -> bool:
    """Check that the first rows of a file are tweets in Sentiment140's columns.

    At least nine tenths of the rows must be well-formed. Without a header, their dates must look like dates, so that no
    table of other things in six columns is mistaken for tweets.

    Args:
        rows: what `rows_of` yields.

    Returns:
        Whether some of these tweets are neutral.

    Raises:
        LayoutError: they are not.
    """
    layout = layout_of(rows[0][1] or [""]) if rows else None
    rows = rows[1:] if layout and layout.has_header else rows
    if layout is None or not rows:
        raise LayoutError("no tweets in it")
    labels: Mapping[str, int] | None = None
    errors, neutral = [], False
    for line, row, csv_error in rows:
        error, fields = csv_error or f"not {layout.width} columns", []
        if not csv_error and len(row) == layout.width:
            fields = [row[position] for position in layout.positions]
            error = field_error(fields, labels or labels_with(fields[0]) or LABELS)
        if not error and not layout.has_header and not _DATE.match(fields[2]):
            error = "third column not a date"
        if error:
            errors.append(f"line {line}: {error}")
            continue
        labels = labels or labels_with(fields[0])
        neutral = neutral or fields[0] == "2"
    if len(errors) > (1 - _RECOGNIZED_SHARE) * len(rows):
        raise LayoutError(errors[0])
    return neutral
