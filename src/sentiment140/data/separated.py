"""Text files with a delimiter: which one it is, whether fields are in quotes, and their rows."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from sentiment140.data.text_names import usual_column
from sentiment140.runs.files import lines_of

Row = tuple[int, list[str], str]
"""Number of its last line, fields, and the error that makes the row unreadable or an empty string."""

DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
"""The delimiters that are detected, and what they are called."""
LONGEST_LINE = 2**20  # characters
LONGEST_TEXT = 2**17
"""Maximum number of characters of a text for training, and of those that scoring reads of a text. A tweet had at most
140, so a longer field is an unclosed quote. Tokenizing takes up to 250 bytes per character."""
_SAMPLE_ROWS = 500
_REGULAR_SHARE = 0.9  # of the first rows that must have as many fields as the first one, for a delimiter to be taken
_QUOTED_FIELD = re.compile(r'"(?:[^"]|"")*"(?=[\t\r\n]|$)')
_STATED = re.compile(r'"?sep=([^\w\s"]|\t)"?(\r\n?|\n|$)', re.IGNORECASE)


def stated_delimiter(head: str) -> tuple[str, str]:
    """Return the delimiter that the first line of a file states, as Excel reads and writes it, and this line.

    Examples:
        >>> stated_delimiter("sep=;\\nid;text\\n"), stated_delimiter("id;text\\n")
        ((';', 'sep=;\\n'), ('', ''))
    """
    found = _STATED.match(head)
    return (found[1], found[0]) if found else ("", "")


def is_quoted(head: str, delimiter: str) -> bool:
    """Whether the fields of a file may be in quotes.

    In a file with tabs, quotes are characters like any other, as a text that starts with one would swallow the
    following rows; unless the first field of the file is in quotes as a whole.

    Examples:
        >>> is_quoted("id,text", ","), is_quoted('id\\ttext', "\\t"), is_quoted('"id"\\t"text"', "\\t")
        (True, False, True)
    """
    return delimiter != "\t" or _QUOTED_FIELD.match(head.lstrip("\ufeff\r\n")) is not None


def detect_delimiter(head: str, usual: str = ",", *, quoting: bool | None = None) -> str:
    """Find the delimiter by the beginning of a file.

    It is the usual one if it separates a column with a usual name for tweets. Else it is the one that separates such a
    column, or else the most columns, equally many in nine tenths of the rows.

    Args:
        head: the beginning of the file, without a line that is cut off.
        usual: the delimiter that is preferred.
        quoting: whether fields may be in quotes; None to find out, as by `is_quoted`.

    Examples:
        >>> detect_delimiter("id;text\\n1;so sad, really\\n")
        ';'
    """
    best, highest = usual, (False, 1)
    for delimiter in {usual: "", **DELIMITERS}:
        quoted = is_quoted(head, delimiter) if quoting is None else quoting
        sample = islice(rows_of(io.StringIO(head, newline=""), delimiter, is_quoted=quoted), _SAMPLE_ROWS)
        rows = [row for _, row, _ in sample]  # empty if it cannot be read
        first = rows[0] if rows else []
        width, place = len(first), usual_column(first)
        is_named = place is not None and not any(other in first[place] for other in DELIMITERS)
        if is_named and delimiter == usual:
            return usual
        is_regular = sum(len(row) == width for row in rows) >= _REGULAR_SHARE * len(rows)
        rank = (is_named and width > 1, width if is_named or is_regular else 0)
        if rank > highest:
            best, highest = delimiter, rank
    return best


def rows_of(text: TextIO, delimiter: str = ",", *, is_quoted: bool = True, strict: bool = False) -> Iterator[Row]:
    """Read the rows of a CSV file; blank lines are skipped.

    Args:
        text: the decoded file.
        delimiter: the character between two fields.
        is_quoted: whether fields may be in quotes.
        strict: whether a quote in the wrong place, or one that is never closed, is an error.
    """
    csv.field_size_limit(LONGEST_TEXT)
    lines = lines_of(text, LONGEST_LINE)
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
