"""Excel: workbooks (.xlsx). Needs openpyxl, which the extra `excel` installs."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice
from typing import Any, BinaryIO, ClassVar

from sentiment140.errors import UserError
from sentiment140.serving.formats.table import CHUNK_ROWS, Chunk, Columns, Options, Table, as_values, new_names, text_of
from sentiment140.serving.formats.text_column import find_in_rows

_SAMPLE_ROWS = 50


class Excel(Table):
    """The sheet of a workbook that Excel shows first. The other sheets, formats and formulas are kept.

    The workbook is in memory as a whole, about 50 times the size of the file. Excel has at most 1,048,576 rows.
    """

    endings: ClassVar[tuple[str, ...]] = (".xlsx",)
    takes: ClassVar[frozenset[str]] = frozenset({"column", "header", "replace_columns"})

    def __init__(self, raw: BinaryIO, source: str, options: Options) -> None:
        try:
            from openpyxl import load_workbook
        except ImportError as error:
            remedy = 'run: pip install openpyxl (or the extra: pip install ".[excel]"), or save it as CSV'
            raise UserError("Excel files need openpyxl", source, remedy) from error
        self._source, self._options = source, options
        content = io.BytesIO(raw.read())  # openpyxl seeks in it
        try:
            self._book = load_workbook(content)
            self._sheet: Any = self._book.active
            height, width = self._sheet.max_row, self._sheet.max_column
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, OSError, EOFError) as error:
            remedy = "save it as .xlsx in Excel, or name its format with --format"
            raise UserError("not an Excel workbook", source, remedy) from error
        top = next((number for number, row in enumerate(self._rows(1, height), 1) if _is_filled(row)), None)
        if top is None:
            raise UserError("the sheet is empty", source, "move the tweets to the first sheet")
        head = [[_shown(value) for value in row] for row in self._rows(top, min(height, top + _SAMPLE_ROWS))]
        self._top = top
        found = find_in_rows(head[0], head[1:], options, source)
        self._position, self._has_header, self._width = found.position, found.has_header, width
        self._header = head[0] if found.has_header else []
        self.column = found.label
        self._values = self._sheet  # of a formula, the value that Excel computed is scored
        column = next(self._sheet.iter_cols(self._position + 1, self._position + 1), ())
        if any(cell.data_type == "f" for cell in column):
            self._values = load_workbook(content, data_only=True)[self._sheet.title]
        self._first, self._last = top + found.has_header, height
        self.rows = sum(map(_is_filled, self._rows(self._first, height)))

    def chunks(self) -> Iterator[Chunk]:
        """Read the sheet in chunks, as `Table.chunks` does. The rows are the numbers of the rows of the sheet.

        An empty row is not a tweet, as in the case of a blank line of a CSV file.
        """
        numbers = range(self._first, self._last + 1)
        filled = map(_is_filled, self._rows(self._first, self._last))
        values = self._values.iter_rows(self._first, self._last, values_only=True)
        rows = compress(zip(numbers, values, strict=True), filled)
        while chunk := list(islice(rows, CHUNK_ROWS)):
            texts = [text_of(_value(row[self._position]), self._source) for _, row in chunk]
            yield [number for number, _ in chunk], texts

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write the workbook with the new columns in its sheet, as `Table.write` does."""
        columns_of = self._columns(new_names(names, self._header, replace=self._options.replace_columns))
        for numbers, columns in scored:
            for name, column in zip(names, columns_of, strict=True):
                for number, value in zip(numbers, as_values(columns[name]), strict=True):
                    self._set(number, column, value)
        self._book.save(_Unseekable(sink))

    def remarks(self) -> list[str]:
        """Return how many formulas lost the value that was computed before, which openpyxl does not write."""
        cells = (cell for sheet in self._book.worksheets for row in sheet.iter_rows() for cell in row)
        if not (count := sum(cell.data_type == "f" for cell in cells)):
            return []
        formulas = "1 formula has" if count == 1 else f"{count:,} formulas have"
        return [f"{formulas} no value until Excel or LibreOffice opens the output and saves it"]

    def _columns(self, names: Sequence[str]) -> list[int]:
        """Return the numbers of the new columns, and write their names into the header."""
        columns, after = [], self._width
        for name in names:
            if name in self._header:
                columns.append(self._header.index(name) + 1)
                continue
            after += 1
            columns.append(after)
            if self._has_header:
                self._set(self._top, after, name)
        return columns

    def _set(self, row: int, column: int, value: Any) -> None:
        cell = self._sheet.cell(row, column)
        if isinstance(value, str):
            from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

            value = ILLEGAL_CHARACTERS_RE.sub(" ", value)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with = is no formula

    def _rows(self, first: int, last: int) -> Iterator[tuple[Any, ...]]:
        return iter(self._sheet.iter_rows(first, last, values_only=True))


def _value(value: Any) -> Any:
    """Convert the value of a cell: a date or the like is its text."""
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _is_filled(row: Sequence[Any]) -> bool:
    return any(value is not None and value != "" for value in row)


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


class _Unseekable:
    """A stream to which a zip archive is written from front to back, even to a pipe or a gzip file."""

    def __init__(self, sink: BinaryIO) -> None:
        self.write, self.flush = sink.write, sink.flush
