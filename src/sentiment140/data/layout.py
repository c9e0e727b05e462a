"""Recognize the tweets in a file: its columns by header, by position or by what the user says, and its labels."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import shorten

from sentiment140.data.label_values import ambiguity, canonical, is_label, scheme_of
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.separated import LONGEST_TEXT, Row
from sentiment140.data.sources import COLUMNS
from sentiment140.data.text_names import TEXT_COLUMNS
from sentiment140.errors import unknown_name
from sentiment140.labels import NEUTRAL

COLUMN_NAMES = {
    "target": ("target", "sentiment", "polarity", "label"),
    "id": ("id", "ids", "tweet_id", "item_id"),
    "date": ("date", "created_at", "timestamp"),
    "flag": ("flag", "query"),
    "user": ("user", "username"),
    "text": (*TEXT_COLUMNS, "tweet_text", "full_text", "sentiment_text"),
}
"""The names that each of Sentiment140's columns may have in a header, in order of preference.

Case and every character besides letters and digits are ignored: "Tweet ID" is "tweet_id".
"""
REQUIRED = ("target", "text")
"""The columns without which a file cannot be trained on."""

NO_MAPPING = ColumnMapping()
_NUMBERS = [str(number) for number in range(len(COLUMNS))]  # the header that pandas writes if the columns have no names
_ID_DIGITS = 18  # any number with so many digits fits into int64
_LARGEST_ID = 2**63 - 1  # of int64; Twitter's ids have 19 digits today, those of 2009 have 10
_RECOGNIZED_SHARE = 0.9  # of the first rows of a file; more malformed ones than in a file that the user names
# "Mon Apr 06 22:19:45 PDT 2009", 2009-04-06 ..., 4/6/2009 ..., or nothing
_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d|\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d\d|$")


class LayoutError(Exception):
    """The file does not have the wanted columns. The message says what is wrong, without the name of the file."""


@dataclass(frozen=True)
class Layout:
    """Where a file has Sentiment140's columns.

    Attributes:
        positions: the position of each column in `sources.COLUMNS`; -1 for one that the file lacks.
        names: the name of each column in the file; empty without a header.
        width: number of columns in the file.
        has_header: whether the first row holds the names of the columns.
    """

    positions: tuple[int, ...]
    names: tuple[str, ...]
    width: int
    has_header: bool

    @cached_property
    def is_published(self) -> bool:
        """Whether the columns are those of the published file, in the same order."""
        return self.positions == tuple(range(self.width))

    @property
    def missing(self) -> list[str]:
        """The columns that the file lacks."""
        return [column for column, position in zip(COLUMNS, self.positions, strict=True) if position < 0]

    def fields(self, row: list[str]) -> list[str]:
        """Return the fields of a row in the order of `COLUMNS`; empty for a column that the file lacks."""
        if self.is_published:
            return row
        return [row[position] if position >= 0 else "" for position in self.positions]

    def __str__(self) -> str:
        if self.is_published and not self.names:
            return "the published columns"
        if not self.names:
            places = zip(COLUMNS, self.positions, strict=True)
            return ", ".join(f"{column} in column {place + 1}" for column, place in places if place >= 0)
        named = zip(COLUMNS, self.names, strict=True)
        return ", ".join(column if name == column else f"{column}={name}" for column, name in named if name)


@dataclass(frozen=True)
class TextLayout:
    """Where a file of test tweets has its ids and texts, and perhaps labels; its first row is a header.

    Attributes:
        id: the position of the ids; -1 if the file has none, and no other column could hold them.
        text: the position of the texts.
        target: the position of the labels; -1 if the file has none.
        width: number of columns in the file.
    """

    id: int
    text: int
    target: int
    width: int


def layout_of(first: Sequence[str], mapping: ColumnMapping = NO_MAPPING, *, named: bool = False) -> Layout:
    """Find Sentiment140's columns by the first row of a file.

    A row is a header if two or more of its fields are names of columns and the first is no label, or if it does not
    have six fields. The columns of a file with a header may have any order, others may stand between them, and all but
    label and text may be missing. A file without a header has the published order, or one that the user states.

    Args:
        first: the first row.
        mapping: the columns that the user named.
        named: whether the row is a header in any case.

    Raises:
        LayoutError: the row is a header that lacks the label or the text, lacks a column that the user named, or names
            one twice.

    Examples:
        >>> layout_of(["", "Text", "sentiment", "ids", "date", "query", "user"]).positions
        (2, 3, 4, 5, 6, 1)
        >>> layout_of(["tweet", "polarity"]).positions
        (1, -1, -1, -1, -1, 0)
        >>> layout_of(["0", "1467810369", "Mon Apr 06", "NO_QUERY", "ann", "so sad"]).has_header
        False
    """
    given, names = dict(mapping.columns), _normalized(first)
    if given and all(map(str.isdecimal, given.values())) and not set(given.values()) <= set(first):
        return _by_position(given, len(first))
    numbered = len(names) - len(_NUMBERS)
    if not given and numbered in (0, 1) and names[numbered:] == _NUMBERS:
        return Layout(tuple(range(numbered, len(names))), (), len(names), has_header=True)
    known = sum(name in _COLUMN_OF for name in names)
    if not given and not named and (is_label(first[0]) or (known < 2 and len(first) == len(COLUMNS))):
        return Layout(tuple(range(len(COLUMNS))), (), len(COLUMNS), has_header=False)
    positions = _positions(first, REQUIRED, given)
    return Layout(positions, tuple(first[place] if place >= 0 else "" for place in positions), len(first), True)


def layout_of_test(
    first: Sequence[str], mapping: ColumnMapping = NO_MAPPING, *, named: bool = False
) -> Layout | TextLayout:
    """Find the columns of a file of test tweets: Sentiment140's six with labels, or those with a text and an id.

    A file without ids is read if all its columns are recognized: none could be the ids that a submission needs.

    Raises:
        LayoutError: the file has neither.
    """
    given = {column: name for column, name in mapping.columns if name in first}
    try:
        layout = layout_of(first, ColumnMapping(tuple(given.items())), named=named)
    except LayoutError:
        pass  # no label: it needs none
    else:
        if not layout.missing and (layout.has_header or len(first) == layout.width):
            return layout
    others = [name for name in first if name not in given.values()]
    has_others = any(name not in _COLUMN_OF for name in _normalized(others))
    positions = _positions(first, ("id", "text") if has_others else ("text",), given)
    target, tweet_id, _, _, _, text = positions
    return TextLayout(tweet_id, text, target, len(first))


def _by_position(given: Mapping[str, str], width: int) -> Layout:
    """Return the layout of a file without a header, by the numbers of its columns."""
    if missing := [column for column in REQUIRED if column not in given]:
        raise LayoutError(f"no number of the column {' and '.join(missing)}")
    if wrong := [name for name in given.values() if not 1 <= int(name) <= width]:
        raise LayoutError(f"no column {wrong[0]} in the first line, which has {width}")
    return Layout(tuple(int(given.get(column, 0)) - 1 for column in COLUMNS), (), width, has_header=False)


def _normalized(first: Sequence[str]) -> list[str]:
    return ["".join(filter(str.isalnum, name.lower())) for name in first]


_COLUMN_OF = {name: column for column, names in COLUMN_NAMES.items() for name in _normalized(names)}


def _positions(first: Sequence[str], wanted: Sequence[str], given: Mapping[str, str]) -> tuple[int, ...]:
    """Return the position of each of Sentiment140's columns in a header; -1 for one that it lacks."""
    names = _normalized(first)
    text = shorten(",".join(first), 80, placeholder=" ...")
    shown = f' "{text}"' if text and text.isprintable() else ""
    positions, taken = dict.fromkeys(COLUMNS, -1), [name.strip() for name in first]
    for column, name in given.items():
        if name not in taken:
            raise LayoutError(unknown_name("column", name, filter(None, taken)))
        if taken.count(name) > 1:
            raise LayoutError(f"column {name} occurs {taken.count(name)} times in the first line{shown}")
        positions[column] = taken.index(name)
    free = [name if place not in positions.values() else "" for place, name in enumerate(names)]
    for column in COLUMNS:
        name = next((name for name in _normalized(COLUMN_NAMES[column]) if name in free), "")
        if not name or positions[column] >= 0:
            continue
        if free.count(name) > 1:
            raise LayoutError(f"column {name} occurs {free.count(name)} times in the first line{shown}")
        positions[column] = free.index(name)
    if missing := [column for column in wanted if positions[column] < 0]:
        *others, last = missing
        raise LayoutError(f"no column {', '.join(others)}{' or ' if others else ''}{last} in the first line{shown}")
    return tuple(positions.values())


def is_id(text: str) -> bool:
    """Return whether a text is a whole number that fits into int64.

    Examples:
        >>> is_id("9223372036854775807"), is_id("9223372036854775808"), is_id("1e9")
        (True, False, False)
    """
    return text.isdigit() and text.isascii() and (len(text) <= _ID_DIGITS or int(text) <= _LARGEST_ID)


def text_error(date: str, user: str, text: str) -> str:
    """Return why a row cannot be used, or an empty string."""
    if "\0" in text or "\0" in user or "\0" in date:
        return "NUL byte"
    if len(text) > LONGEST_TEXT:  # CSV has this limit of its own
        return f"text longer than {LONGEST_TEXT:,} characters"
    return "" if text and not text.isspace() else "empty text"


def codes_of(counts: Mapping[str, int], mapping: ColumnMapping = NO_MAPPING) -> tuple[dict[str, int], str]:
    """Find the meaning of the labels of a file.

    Args:
        counts: the number of rows by label, as written in the file.
        mapping: the labels that the user named.

    Returns:
        The code of each label that has one, as written in the file; and why others have none.
    """
    scheme = dict(mapping.labels) or scheme_of(counts)
    codes = {label: scheme[canonical(label)] for label in counts if canonical(label) in scheme}
    return codes, f"label not one of {', '.join(scheme)}"


def check_head(rows: Sequence[Row], mapping: ColumnMapping = NO_MAPPING, *, named: bool = False) -> tuple[Layout, bool]:
    """Check that the first rows of a file are tweets.

    At least nine tenths of the rows must be well-formed. Without a header, their dates must look like dates, so that no
    table of other things in six columns is mistaken for tweets.

    Returns:
        The layout, and whether some of these tweets are neutral.

    Raises:
        LayoutError: they are not.
    """
    layout = layout_of(rows[0][1] or [""], mapping, named=named) if rows else None
    rows = rows[1:] if layout and layout.has_header else rows
    if layout is None or not rows:
        raise LayoutError("no tweets in it")
    errors: list[str] = []
    labels: Counter[str] = Counter()
    has_id = layout.positions[1] >= 0
    for line, row, error in rows:
        if not error and len(row) != layout.width:
            error = f"not {layout.width} columns"
        if not error:
            target, tweet_id, date, _, user, text = layout.fields(row)
            error = "id not an integer" if has_id and not is_id(tweet_id) else text_error(date, user, text)
            if not error and not layout.has_header and not mapping.columns and not _DATE.match(date):
                error = "third column not a date"
        if error:
            errors.append(f"line {line}: {error}")
        else:
            labels[target] += 1
    codes, _ = codes_of(labels, mapping)
    if labels and sum(labels[label] for label in codes) < _RECOGNIZED_SHARE * labels.total():
        raise LayoutError(ambiguity(labels))
    if len(errors) > (1 - _RECOGNIZED_SHARE) * len(rows):
        raise LayoutError(errors[0])
    return layout, NEUTRAL in codes.values()
