"""Compares ragged arrays with lists of lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.text.ragged import Ragged
from sentiment140.text.tokenize import Tokens
from sentiment140.text.vocabulary import Ids

ROWS = st.lists(st.lists(st.integers(0, 50), max_size=6), max_size=12)


def ragged_of(rows: list[list[int]]) -> Ragged:
    flat = np.array([number for row in rows for number in row], np.int32)
    return Ragged(flat, np.cumsum([0, *map(len, rows)], dtype=np.int64))


def lists_of(rows: Ragged) -> list[list[int]]:
    """Checks dtypes and offsets, then returns the rows as lists."""
    assert rows.flat.dtype == np.int32
    assert rows.offsets.dtype == np.int64
    assert rows.offsets[0] == 0
    assert rows.offsets[-1] == len(rows.flat)
    return [rows.flat[start:end].tolist() for start, end in zip(rows.offsets[:-1], rows.offsets[1:], strict=True)]


@given(ROWS)
def test_lengths_and_starts_match_the_rows(rows):
    found = ragged_of(rows)
    assert len(found) == len(rows)
    assert found.lengths.tolist() == [len(row) for row in rows]
    assert found.starts.tolist() == [sum(map(len, rows[:row])) for row in range(len(rows))]


@given(ROWS, st.integers(0, 7))
def test_cut_keeps_the_first_values_of_each_row(rows, length):
    assert lists_of(ragged_of(rows).cut(length)) == [row[:length] for row in rows]


@given(ROWS, st.data(), st.integers(1, 5))
def test_take_returns_rows_in_the_requested_order(rows, data, chunk_size):
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=20)) if rows else []
    ragged = ragged_of(rows)
    with pytest.MonkeyPatch.context() as patch:
        for size in (chunk_size, 100_000):
            patch.setattr("sentiment140.text.ragged._CHUNK_ROWS", size)
            assert lists_of(ragged.take(np.array(chosen, np.int64))) == [rows[row] for row in chosen]
    assert lists_of(ragged) == rows, "the original is unchanged"


@given(ROWS, st.data())
def test_where_keeps_the_selected_values_and_every_row(rows, data):
    kept = [data.draw(st.lists(st.booleans(), min_size=len(row), max_size=len(row))) for row in rows]
    mask = np.array([is_kept for row in kept for is_kept in row], bool)
    expected = [
        [number for number, is_kept in zip(*both, strict=True) if is_kept] for both in zip(rows, kept, strict=True)
    ]
    assert lists_of(ragged_of(rows).where(mask)) == expected


@given(ROWS, st.integers(0, 50))
def test_fill_empty_fills_empty_rows_and_changes_no_others(rows, number):
    assert lists_of(ragged_of(rows).fill_empty(number)) == [row or [number] for row in rows]


@given(ROWS, st.integers(1, 5))
def test_chunks_contain_all_rows_in_order(rows, chunk_size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sentiment140.text.ragged._CHUNK_ROWS", chunk_size)
        chunks = list(ragged_of(rows).chunks())
    assert [row for chunk in chunks for row in lists_of(chunk)] == rows
    assert [len(chunk) for chunk in chunks[:-1]] == [chunk_size] * len(chunks[:-1])
    assert all(0 < len(chunk) <= chunk_size for chunk in chunks)


@pytest.mark.parametrize(
    "rows",
    [
        Tokens(np.array([1, 2, 1], np.int32), np.array([0, 1, 3], np.int64), ["<unknown>", "a", "b"]),
        Ids(np.array([1, 2, 1], np.int32), np.array([0, 1, 3], np.int64)),
    ],
    ids=["tokens", "ids"],
)
def test_operations_on_tokens_return_tokens_and_on_ids_return_ids(rows):
    changed = [
        *(rows.take(np.array([1])), rows.where(np.array([True, False, True])), rows.fill_empty(0)),
        *rows.chunks(),
    ]
    assert {type(found) for found in changed} == {type(rows)}
    if isinstance(rows, Tokens):
        assert all(found.words is rows.words for found in changed)
