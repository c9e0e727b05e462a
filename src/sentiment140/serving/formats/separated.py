"""CSV and TSV: columns separated by a character, one row per line, texts quoted or not."""

import csv
import io
import logging
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any, BinaryIO, ClassVar

from sentiment140.data.separated import DELIMITERS, detect_delimiter, is_quoted, stated_delimiter
from sentiment140.errors import UserError
from sentiment140.runs.files import lines_of
from sentiment140.serving.formats.encoding import TextFile
from sentiment140.serving.formats.skipped import SkippedLines
from sentiment140.serving.formats.table import (
    LONGEST_FIELD,
    Chunk,
    Columns,
    Options,
    Table,
    as_strings,
    chunked,
    new_names,
)
from sentiment140.serving.formats.text_column import find_in_rows, table_hint

log = logging.getLogger(__name__)

_SAMPLE_ROWS = 50
_QUOTED_LINE = re.compile(r'(?:"[^"]*"|[^"\r\n])*(\r\n?|\n)')  # and its line break
_LINE = re.compile(r"[^\n]*?(\r?\n)")
# If lines are skipped, a quote that is never closed must not swallow rows up to LONGEST_FIELD, again and again.
_LONGEST_SKIPPED = 2**17  # characters


class CommaSeparated(Table):
    """CSV. The value of every field is kept, even bytes that are not valid in the encoding.

    Another delimiter than the comma is detected by the first rows. In a file with tabs, quotes are characters like any
    others, because a quote at the start of a text would otherwise swallow the rows up to the next one.

    Examples:
        >>> table = CommaSeparated(io.BytesIO(b"n,text\\n1,I love it\\n"), "tweets.csv", Options())
        >>> table.column, list(table.chunks())
        ('text', [([['1', 'I love it']], ['I love it'])])
    """

    endings: ClassVar[tuple[str, ...]] = (".csv",)
    takes: ClassVar[frozenset[str]] = frozenset(
        {"column", "encoding", "delimiter", "quoting", "header", "on_bad_line", "replace_columns"}
    )
    delimiter: ClassVar[str] = ","

    def __init__(self, raw: BinaryIO, source: str, options: Options) -> None:
        self._source, self._options = source, options
        self._file = TextFile(raw, source, options.encoding)
        if (hint := table_hint(self._file.head.lstrip().partition("\n")[0])) in ("json", "jsonl"):
            raise UserError("the file is JSON", source, f"add --format {hint}")
        stated, self._stated = stated_delimiter(self._file.head)
        head = self._file.head.removeprefix(self._stated)
        self._head = head if self._file.whole else head.rpartition("\n")[0]
        self._delimiter = options.delimiter or stated or self._detected_delimiter()
        self._is_quoted = options.quoting == "minimal" if options.quoting else is_quoted(head, self._delimiter)
        self._skipped = SkippedLines(source) if options.on_bad_line == "skip" else None
        line = (_QUOTED_LINE if self._is_quoted else _LINE).match(head)
        self._line_break = line[1] if line else "\n"
        if not self._is_quoted:
            self._file.lines.reconfigure(newline="\n")  # only this ends a line; a carriage return is part of a text
        if self._stated:
            self._file.lines.readline()
        self._rows = self._read()
        first = next(self._rows, None)
        if first is None:
            raise UserError("the file is empty", source, "write the column names into the first line")
        sample = self._sample()[1:]
        found = find_in_rows(first, sample, options, source)
        self._position, self.column = found.position, found.label
        self._header = first if found.has_header else None
        if not found.has_header:
            self._rows = chain([first], self._rows)

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks, as `Table.chunks` does."""
        read = False
        for rows in chunked(self._rows, lambda row: sum(map(len, row))):
            read = True
            yield rows, self._file.readable([row[self._position] for row in rows])
        if self._skipped is not None:
            self._skipped.check(read)

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, as `Table.write` does."""
        lines = self._file.writer(sink)
        lines.write(self._stated)
        header = self._header or []
        positions = [header.index(name) if name in header else None for name in names]
        if not self._options.replace_columns:
            positions = [None] * len(names)
        if self._header is not None:
            unused = new_names(names, header, replace=self._options.replace_columns)
            self._write_rows(lines, [header], [[name] for name in unused], positions)
        for rows, columns in scored:
            self._write_rows(lines, rows, [as_strings(columns[name]) for name in names], positions)
            lines.flush()
        lines.flush()
        lines.detach()

    def remarks(self) -> list[str]:
        """Return which lines were skipped, and whether bytes are not valid in the encoding."""
        return [*self._file.remarks(), *(self._skipped.remarks() if self._skipped else [])]

    def _write_rows(
        self, lines: io.TextIOWrapper, rows: list[list[str]], new: list[list[str]], positions: list[int | None]
    ) -> None:
        if any(position is not None for position in positions):
            appended = [values for values, position in zip(new, positions, strict=True) if position is None]
            for values, position in zip(new, positions, strict=True):
                if position is not None:
                    for row, value in zip(rows, values, strict=True):
                        row[position] = value
            new = appended
        whole = ([*row, *values] for row, *values in zip(rows, *new, strict=True))
        if not self._is_quoted:
            lines.writelines(self._delimiter.join(row) + self._line_break for row in whole)
            return
        # QUOTE_MINIMAL quotes a field only for the line breaks of the file. Readers would end the row at others too.
        others, fields = {"\r", "\n"} - {*self._line_break}, "".join(chain.from_iterable(rows))
        quoting: Any = csv.QUOTE_ALL if any(other in fields for other in others) else csv.QUOTE_MINIMAL
        csv.writer(lines, delimiter=self._delimiter, lineterminator=self._line_break, quoting=quoting).writerows(whole)

    def _read(self) -> Iterator[list[str]]:
        width = 0
        for line, row, problem in self._parsed():
            number = line + (self._stated != "")
            if not problem and len(row) == (width or len(row)):
                width = len(row)
                yield row
                continue
            what = problem or f"has {len(row)} columns, but the first line has {width}"
            if self._skipped is None or width == 0:
                raise UserError(f"line {number} {what}", self._source, self._remedy(problem, width))
            self._skipped.add(number, what)

    def _parsed(self) -> Iterator[tuple[int, list[str], str]]:
        """Yield (number of the last line, fields, what is wrong or "") for each row that is not blank."""
        return self._parsed_quoted() if self._is_quoted else self._parsed_unquoted()

    def _parsed_unquoted(self) -> Iterator[tuple[int, list[str], str]]:
        for number, line in enumerate(lines_of(self._file.lines, LONGEST_FIELD), 1):
            if len(line) > LONGEST_FIELD:
                yield number, [], f"is longer than {LONGEST_FIELD:,} characters"
            elif row := line.removesuffix("\n").removesuffix("\r" if self._line_break == "\r\n" else ""):
                yield number, row.split(self._delimiter), ""

    def _parsed_quoted(self) -> Iterator[tuple[int, list[str], str]]:
        csv.field_size_limit(LONGEST_FIELD if self._skipped is None else _LONGEST_SKIPPED)
        lines = lines_of(self._file.lines, LONGEST_FIELD)
        replay = _Replay(lines) if self._skipped is not None else None
        # without strict, a quote that is never closed would swallow the rest of the file
        reader = csv.reader(replay or lines, delimiter=self._delimiter, strict=True)
        width = 0
        while True:
            try:
                if replay is None:
                    yield from ((reader.line_num, row, "") for row in reader if row)
                    return
                for row in reader:
                    width = width or len(row)
                    number = replay.number  # of the first line
                    replay.accept(whole=len(row) == width)
                    if row:
                        yield number, row, ""
            except csv.Error as error:
                number = replay.number if replay else reader.line_num
                if replay is not None:
                    replay.accept(whole=False)
                yield number, [], f"cannot be parsed ({error})"
            else:
                return

    def _remedy(self, problem: str, width: int) -> str:
        if width == 1 and not problem:
            return "if each line is one tweet add --delimiter tab, or else quote texts that contain the delimiter"
        if self._is_quoted and problem:
            return "check the quotes in this line, or add --quoting none or --on-bad-line skip"
        if self._is_quoted:
            return "quote texts that contain the delimiter, or add --on-bad-line skip"
        return "if texts are quoted as in CSV, add --quoting minimal, or else --on-bad-line skip"

    def _detected_delimiter(self) -> str:
        """Detect the delimiter, and report it if it is not the usual one of the format."""
        quoting = None if self._options.quoting is None else self._options.quoting == "minimal"
        found = detect_delimiter(self._head, self.delimiter, quoting=quoting)
        if found != self.delimiter:
            separator = DELIMITERS[found]
            log.info("%s: columns separated by %s (detected; --delimiter for another)", self._source, separator)
        return found

    def _sample(self) -> list[list[str]]:
        """Parse the first rows leniently."""
        if not self._is_quoted:
            lines = (line.removesuffix("\r") for line in self._head.split("\n", _SAMPLE_ROWS)[:_SAMPLE_ROWS])
            return [line.split(self._delimiter) for line in lines if line]
        csv.field_size_limit(LONGEST_FIELD)
        rows: list[list[str]] = []
        reader = csv.reader(io.StringIO(self._head, newline=""), delimiter=self._delimiter)
        with suppress(csv.Error):  # reported when the row is read
            rows.extend(row for row in islice(reader, _SAMPLE_ROWS) if row)
        return rows


class TabSeparated(CommaSeparated):
    """TSV: CSV with tabs. A quote is a character like any other."""

    endings: ClassVar[tuple[str, ...]] = (".tsv", ".tab")
    delimiter: ClassVar[str] = "\t"


class _Replay:
    """The lines of a file, from which reading can start again at the line after the first one of a bad row."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._ahead, self._row = lines, deque[str](), list[str]()
        self.number = 1  # of the first line of the row that is read now

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self._row.append(line)
        return line

    def accept(self, *, whole: bool) -> None:
        """Go on after a row that is whole, or after the first line of one that is not."""
        if whole:
            self.number += len(self._row)
        else:
            self.number += 1
            self._ahead.extendleft(reversed(self._row[1:]))
        self._row.clear()
