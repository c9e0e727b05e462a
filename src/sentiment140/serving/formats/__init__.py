"""File formats that can be scored. There is one module for each family of formats.

A file is read in chunks and written in the same format with columns appended. To add a format, write a class like those
here, a subclass of `Table`, and add it to `FORMATS`.
"""

from sentiment140.serving.formats.excel import Excel
from sentiment140.serving.formats.json_array import JsonArray
from sentiment140.serving.formats.json_lines import JsonLines
from sentiment140.serving.formats.parquet import Parquet
from sentiment140.serving.formats.plain_text import PlainText
from sentiment140.serving.formats.separated import CommaSeparated, TabSeparated
from sentiment140.serving.formats.table import CHUNK_ROWS, ON_BAD_LINE, QUOTING, Columns, Options, Table

__all__ = ["CHUNK_ROWS", "ENDINGS", "FORMATS", "ON_BAD_LINE", "QUOTING", "Columns", "Options", "Table"]

FORMATS: dict[str, type[Table]] = {
    "csv": CommaSeparated,
    "tsv": TabSeparated,
    "jsonl": JsonLines,
    "json": JsonArray,
    "parquet": Parquet,
    "xlsx": Excel,
    "txt": PlainText,
}

ENDINGS = {ending: name for name, table in FORMATS.items() for ending in table.endings}
"""The format of each file ending; `.gz` is removed from the name first."""
