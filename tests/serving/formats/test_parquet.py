"""Parquet: how a file is stored stays as it was."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment140.serving.formats import CHUNK_ROWS, Columns, Options
from sentiment140.serving.formats import parquet as module
from sentiment140.serving.formats.parquet import Parquet


def scored(table: pa.Table, options: Options, **storage) -> pq.ParquetFile:
    pq.write_table(table, file := io.BytesIO(), **storage)
    file.seek(0)
    opened = Parquet(file, "a.parquet", options)
    new: Iterable[tuple[Any, Columns]] = (
        (rows, {"sentiment": ["x"] * len(texts), "probability": np.full(len(texts), 0.5, np.float32)})
        for rows, texts in opened.chunks()
    )
    opened.write(sink := io.BytesIO(), ["sentiment", "probability"], new)
    return pq.ParquetFile(sink)


def a_table(rows: int) -> pa.Table:
    columns = {
        "text": ["good"] * rows,
        "when": pa.array([10**15] * rows, pa.timestamp("us", "UTC")),
        "small": pa.array([1] * rows, pa.uint8()),
        "tags": pa.array([["a", "b"]] * rows, pa.list_(pa.string())),
        "kind": pa.array(["a"] * rows).dictionary_encode(),
    }
    return pa.table(columns).replace_schema_metadata({"source": "survey"})


@pytest.mark.parametrize("compression", ["zstd", "gzip", "none", "snappy"])
def test_compression_row_groups_types_and_metadata_are_kept(compression):
    rows = CHUNK_ROWS + 1000
    table = a_table(rows)
    after = scored(table, Options(), compression=compression, row_group_size=rows - 500)
    assert after.read().select(table.schema.names).equals(table)
    assert after.schema_arrow.metadata == {b"source": b"survey"}
    groups = [after.metadata.row_group(index) for index in range(after.metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [rows - 500, 500]
    found = {groups[0].column(index).compression for index in range(groups[0].num_columns)}
    assert found == {"UNCOMPRESSED" if compression == "none" else compression.upper()}


def test_each_column_keeps_its_compression_and_the_new_ones_have_that_of_the_texts():
    table = pa.table({"n": [1], "text": ["good"]})
    group = scored(table, Options(), compression={"n": "none", "text": "zstd"}).metadata.row_group(0)
    assert [group.column(index).compression for index in range(4)] == ["UNCOMPRESSED", "ZSTD", "ZSTD", "ZSTD"]


def test_a_row_group_that_does_not_fit_into_memory_is_split(monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_GROUP", 2 * CHUNK_ROWS)
    after = scored(pa.table({"text": ["good"] * (3 * CHUNK_ROWS)}), Options())
    assert [after.metadata.row_group(index).num_rows for index in range(2)] == [2 * CHUNK_ROWS, CHUNK_ROWS]


def test_a_column_is_replaced_only_on_demand():
    table = pa.table({"sentiment": [1], "text": ["good"]})
    assert scored(table, Options()).schema_arrow.names == ["sentiment", "text", "sentiment_", "probability"]
    replaced = scored(table, Options(replace_columns=True)).read()
    assert replaced.to_pydict() == {"sentiment": ["x"], "text": ["good"], "probability": [0.5]}


def test_timestamps_of_96_bits_stay_so():
    table = pa.table({"text": ["good"], "when": pa.array([10**18], pa.timestamp("ns"))})
    after = scored(table, Options(), use_deprecated_int96_timestamps=True)
    assert after.metadata.row_group(0).column(1).physical_type == "INT96"
    assert after.read().select(["text", "when"]).equals(table)


def test_an_empty_file_stays_one():
    assert scored(pa.table({"text": pa.array([], pa.string())}), Options()).metadata.num_rows == 0
