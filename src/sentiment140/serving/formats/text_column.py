"""Find the column with the tweets, and whether the first row of a file holds the names of the columns."""

import csv
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from textwrap import shorten
from typing import Any

from sentiment140.data.text_names import plain_name, usual_column
from sentiment140.errors import UserError, unknown_name
from sentiment140.serving.formats.table import Options

log = logging.getLogger(__name__)

_COLUMNS_SHOWN = 20  # in an error message
_COLUMN_FLAG = "name the right one with --column NAME"
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*$|\d{1,4}[-/]\d\d?[-/]\d{1,4}")  # or a date
_JSON_ARRAY = re.compile(r'\[\s*(\{\s*("|$)|"[^"]*"\s*[],])')
_PHRASE = 3  # words; names of so many are capitalized, such as Customer Review Text
_LONG = 4  # words; the name of a column has fewer


@dataclass(frozen=True)
class TextColumn:
    """Where the tweets are.

    Attributes:
        position: the index of the column.
        label: its name, for the user.
        has_header: whether the first row holds the names of the columns.
    """

    position: int
    label: str
    has_header: bool = True


def find_in_rows(first: Sequence[str], sample: Sequence[Sequence[str]], options: Options, source: str) -> TextColumn:
    """Find the column with the tweets in a table whose first row may be a header.

    A row is a header if it has a usual name for tweets, or the name that the user asked for. A row without is a tweet
    if it looks like the rows that follow; see `looks_like_data`.

    Args:
        first: the first row.
        sample: some of the rows that follow.
        options: whether there is a header, and which column has the tweets.
        source: the name of the file, for error messages.

    Raises:
        UserError: there is no such column.
    """
    is_tweets = options.column is None and is_sentiment140(first)
    if options.header is None and not is_tweets and _is_header(first, sample, options.column, source):
        return find_by_name(first, options.column, source, sample, may_lack_names=True)
    if is_tweets:
        return TextColumn(5, "the sixth column, as in Sentiment140's files", has_header=False)
    if options.column is None:
        position = likeliest_column([first, *sample], len(first)) or 0
    elif _is_number_of(options.column, first):
        position = int(options.column) - 1
    else:
        what = f'no column "{options.column}": the file has no header'
        raise UserError(what, source, f"give --column the number of the column, 1 to {len(first)}")
    if options.header is None:
        log.info("%s: no column names, the first line is a tweet (if it has names: --column NAME)", source)
    return TextColumn(position, f"column {position + 1} of {len(first)} (--column NUMBER for another)", False)


def _is_header(first: Sequence[str], sample: Sequence[Sequence[str]], column: str | None, source: str) -> bool:
    """Whether the first row has the names of the columns; see `find_in_rows`.

    Raises:
        UserError: the user asked for a column by its number, and nothing tells whether the first row has names.
    """
    is_data = looks_like_data(first, sample)
    if column is not None:
        if match_column(first, column) is not None or not _is_number_of(column, first):
            return True
        if is_data or _is_phrase(first[int(column) - 1]):
            return False
        what = f'no column "{column}", and the first line may hold names ({_listed(first)})'
        raise UserError(what, source, "if it is a tweet add --no-header, or else --column NAME")
    found = usual_column(first)
    if found is None:
        return not is_data
    if " " in first[found].strip():
        # "17,my tweet" over "18,another one" is no header, and "my status message" is a tweet rather than a name.
        if is_data or _is_phrase(first[found]):
            return False
        hint = "is the name of the column (if it is a tweet: --no-header)"
        log.info('%s: "%s" %s', source, " ".join(first[found].split()), hint)
    return True


def find_by_name(
    names: Sequence[str],
    column: str | None,
    source: str,
    sample: Sequence[Sequence[Any]] = (),
    *,
    may_lack_names: bool = False,
) -> TextColumn:
    """Find the column with the tweets by its name.

    Args:
        names: the column names.
        column: the name that the user asked for; None for a usual one.
        source: the name of the file, for error messages.
        sample: some rows, to suggest the column with the longest texts if none has a usual name.
        may_lack_names: whether the names may be the first tweet, in a format whose files need no header.

    Raises:
        UserError: there is no such column.
    """
    position = usual_column(names) if column is None else match_column(names, column)
    if position is not None:
        return TextColumn(position, names[position])
    one_line = [" ".join(name.split())[:60] for name in names]
    shown = one_line[:_COLUMNS_SHOWN]
    # A control character or a surrogate is from a binary file.
    if any(character < " " or "\udc80" <= character <= "\udcff" for character in "".join(shown)):
        raise UserError("the column names are not text", source, "name the encoding with --encoding, or the --format")
    if column is not None:
        similar = get_close_matches(column, one_line, n=1)  # perhaps not among the columns that are shown
        raise UserError(unknown_name("column", column, {*similar, *shown}), source)
    likeliest = likeliest_column(sample, len(names))
    remedy = _COLUMN_FLAG if likeliest is None else f'name it with --column, likely: --column "{one_line[likeliest]}"'
    if may_lack_names and (likeliest is None or " " in one_line[likeliest].strip()):
        # A name with a space may be a tweet. Who names it as a column would lose it.
        remedy = "if the first line is a tweet add --no-header, or else --column NAME"
    raise UserError(f"no column with a usual name for tweets (columns: {_listed(shown)})", source, remedy)


def _listed(names: Sequence[str]) -> str:
    return shorten(", ".join(names), 200, placeholder=" ...")


def _is_number_of(column: str, first: Sequence[str]) -> bool:
    return column.isdecimal() and 1 <= int(column) <= len(first)


def _is_phrase(field: str) -> bool:
    """Whether a field is a tweet rather than the name of a column: three words or more that are not capitalized."""
    words = field.split()
    return len(words) >= _PHRASE and not all(word[0].isupper() for word in words)


def match_column(names: Sequence[str], column: str) -> int | None:
    """Return the index of a column by its name, or by its name without case and punctuation if only one has it."""
    if column in names:
        return names.index(column)
    plain = [plain_name(name) for name in names]
    wanted = plain_name(column)
    return plain.index(wanted) if wanted and plain.count(wanted) == 1 else None


def likeliest_column(rows: Sequence[Sequence[Any]], width: int) -> int | None:
    """Return the index of the column with the longest texts; None if no column has letters.

    Words in lowercase come first, as names and dates have none, then texts of several words.

    Examples:
        >>> likeliest_column([["1", "I love it", "http://a.bc/defghijklmnop"], ["2", "so bad", ""]], width=3)
        1
    """
    lengths = [_length([row[position] for row in rows if position < len(row)]) for position in range(width)]
    return lengths.index(max(lengths)) if any(map(any, lengths)) else None


def _length(values: Sequence[Any]) -> tuple[int, int, int]:
    """The characters of the values: in lowercase words of texts of several words, in such texts, and all letters."""
    texts = [value for value in values if isinstance(value, str)]
    several = [words for words in map(str.split, texts) if len(words) > 1]
    lowercase = sum(len(word) for words in several for word in words if word[0].islower())
    letters = sum(character.isalpha() for text in texts for character in text)
    return lowercase, sum(len(word) for words in several for word in words), letters


def looks_like_data(first: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row looks like a row of the table and not like its header.

    It does if a column has numbers or dates in it too, if it repeats in a column what stands below, such as a label, or
    if the only column has several words. 0, 1, 2 ... are the names that pandas writes.

    Examples:
        >>> looks_like_data(["17", "I love it"], [["18", "not my day"]])
        True
        >>> looks_like_data(["n", "opinion"], [["18", "not my day"]])
        False
    """
    if list(first) == [str(number) for number in range(len(first))]:
        return False
    if len(first) == 1 and len(first[0].split()) >= _LONG:
        return True
    columns = [[row[position] for row in sample if position < len(row)] for position in range(len(first))]
    for field, below in zip(first, columns, strict=True):
        if _NUMBER.match(field.strip()) and all(_NUMBER.match(value.strip()) for value in below if value.strip()):
            return True
        if field.strip() and sum(value == field for value in below) > len(below) / 10:
            return True
    return False


def is_sentiment140(row: Sequence[str]) -> bool:
    """Whether a row has the columns of Sentiment140: label, id, date, query, user and text."""
    return len(row) == 6 and row[0] in {"0", "2", "4"} and row[1].isdigit() and not row[2].isdigit()


def table_hint(line: str) -> str | None:
    """Return the format of a table by its first line, "csv", "tsv", "json" or "jsonl"; None if the line is a tweet.

    Examples:
        >>> table_hint("id,text"), table_hint("id\\ttext"), table_hint('{"text": "so"}'), table_hint("a text, a tweet")
        ('csv', 'tsv', 'jsonl', None)
        >>> table_hint('[{"text": "so"},'), table_hint('"0","7","Mon Apr 06","NO_QUERY","ann","so sad"')
        ('json', 'csv')
    """
    line = line.strip()
    if line.startswith('{"') and line.endswith("}"):
        return "jsonl"
    if _JSON_ARRAY.match(line):
        return "json"
    with suppress(csv.Error):
        if is_sentiment140(next(csv.reader([line]), [])):
            return "csv"
    for delimiter, name in (("\t", "tsv"), (",", "csv"), (";", "csv"), ("|", "csv")):
        names = [field.strip().strip('"') for field in line.split(delimiter)]
        if len(names) > 1 and usual_column(names) is not None and all(_is_name(field) for field in names):
            return name
    return None


def _is_name(field: str) -> bool:
    return re.fullmatch(r"[\w.-]*( ?[\w.-]+)?", field) is not None
