"""Parquet: types of the columns, metadata, compression and row groups are kept. Needs pyarrow."""

import gzip
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import shorten
from typing import Any, BinaryIO, ClassVar

from sentiment140.errors import UserError
from sentiment140.labels import CLASSES
from sentiment140.serving.formats.table import CHUNK_ROWS, Chunk, Columns, Options, Table, new_names, text_of
from sentiment140.serving.formats.text_column import find_by_name

# A row group is in memory as it is written. pyarrow writes none with more rows unless it is asked to.
_LONGEST_GROUP = 2**20  # rows
_SAMPLE_ROWS = 20


class Parquet(Table):
    """Parquet. Memory grows with the largest row group, not with the file."""

    endings: ClassVar[tuple[str, ...]] = (".parquet",)
    takes: ClassVar[frozenset[str]] = frozenset({"column", "replace_columns"})

    def __init__(self, raw: BinaryIO, source: str, options: Options) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise UserError("Parquet files need pyarrow", source, "run: pip install pyarrow") from error
        self._arrow, self._source, self._options = pyarrow, source, options
        try:
            self._file = pyarrow.parquet.ParquetFile(_seekable(raw, owner=self))
        except (pyarrow.ArrowException, OSError) as error:
            raise UserError("not a Parquet file", source, "name the format of the file with --format") from error
        self.rows = self._file.metadata.num_rows
        self._schema = self._file.schema_arrow
        names = self._schema.names
        self._position = find_by_name(names, options.column, source, self._sample()).position
        self.column = names[self._position]

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks, as `Table.chunks` does. The rows are (number of a row group to write, batch)."""
        group = 0
        try:
            for read in range(self._file.metadata.num_row_groups):
                rows = 0
                for batch in self._file.iter_batches(CHUNK_ROWS, row_groups=[read]):
                    if rows + batch.num_rows > _LONGEST_GROUP:
                        group, rows = group + 1, 0
                    rows += batch.num_rows
                    texts = [text_of(value, self._source) for value in batch.column(self._position).to_pylist()]
                    yield (group, batch), texts
                group += 1
        except (self._arrow.ArrowException, OSError) as error:
            what = f"the file is damaged ({shorten(str(error), 200, placeholder=' ...')})"
            raise UserError(what, self._source, "create the file again") from error

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, as `Table.write` does."""
        arrow, schema = self._arrow, self._schema
        unused = new_names(names, schema.names, replace=self._options.replace_columns)
        types = dict.fromkeys(["probability", *CLASSES[3]], arrow.float32())
        types |= {"known_words": arrow.int64(), "truncated": arrow.bool_()}
        for name, new in zip(names, unused, strict=True):
            field = arrow.field(new, types.get(name, arrow.string()))
            schema = schema.set(schema.names.index(new), field) if new in schema.names else schema.append(field)
        positions = [schema.names.index(new) for new in unused]
        with arrow.parquet.ParquetWriter(sink, schema, **self._layout(schema)) as writer:
            for _, chunks in groupby(scored, key=lambda pair: pair[0][0]):
                batches = []
                for (_, batch), columns in chunks:
                    arrays = batch.columns
                    for name, position in zip(names, positions, strict=True):
                        arrays[position : position + 1] = [arrow.array(columns[name], schema.field(position).type)]
                    batches.append(arrow.RecordBatch.from_arrays(arrays, schema=schema))
                table = arrow.Table.from_batches(batches, schema=schema)
                writer.write_table(table, row_group_size=max(1, table.num_rows))

    def _layout(self, schema: Any) -> dict[str, Any]:
        """How the file is stored, as arguments of pyarrow's writer. The new columns are compressed as the texts are."""
        metadata = self._file.metadata
        layout: dict[str, Any] = {"version": metadata.format_version}
        if not metadata.num_row_groups:
            return layout
        first = metadata.row_group(0)
        columns = [first.column(position) for position in range(first.num_columns)]
        codecs = {column.path_in_schema: _codec(column.compression) for column in columns}
        default = codecs.get(self.column, next(iter(codecs.values()), "snappy"))
        layout["compression"] = {**dict.fromkeys(schema.names, default), **codecs}
        layout["use_deprecated_int96_timestamps"] = any(column.physical_type == "INT96" for column in columns)
        if first.sorting_columns:
            layout["sorting_columns"] = first.sorting_columns
        return layout

    def _sample(self) -> list[list[Any]]:
        """Read the first rows, to suggest a column. A damaged file is reported when it is scored."""
        try:
            batch = next(self._file.iter_batches(_SAMPLE_ROWS), None)
        except (self._arrow.ArrowException, OSError):
            return []
        if batch is None:
            return []
        texts = [index for index, field in enumerate(batch.schema) if _is_text(field.type)]
        rows: list[list[Any]] = [[None] * batch.num_columns for _ in range(batch.num_rows)]
        for index in texts:
            for row, value in zip(rows, batch.column(index).to_pylist(), strict=True):
                row[index] = value
        return rows


def _is_text(kind: Any) -> bool:
    return str(kind) in {"string", "large_string", "string_view"}


def _codec(name: str) -> str:
    return "none" if name == "UNCOMPRESSED" else name.lower()


def _seekable(raw: BinaryIO, owner: object) -> BinaryIO:
    """Return a stream that can seek, as Parquet needs: `raw` itself, or its content in a temporary file of `owner`."""
    if raw.seekable() and not isinstance(raw, gzip.GzipFile):
        return raw
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its owner, which deletes it
    weakref.finalize(owner, file.close)
    shutil.copyfileobj(raw, file)
    file.seek(0)
    return file
