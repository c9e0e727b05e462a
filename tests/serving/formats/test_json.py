"""JSON Lines and JSON arrays."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.errors import UserError
from sentiment140.serving.formats import Options
from sentiment140.serving.formats import json_array as module
from sentiment140.serving.formats.json_array import JsonArray
from sentiment140.serving.formats.json_lines import JsonLines


def scored(content: bytes, table_class=JsonArray, **options) -> tuple[list[str], bytes, list[str]]:
    """(the texts of a file, the file written with a key `sentiment` of x, the remarks)."""
    table = table_class(io.BytesIO(content), "a.json", Options(**options))
    chunks = list(table.chunks())
    table.write(sink := io.BytesIO(), ["sentiment"], [(rows, {"sentiment": ["x"] * len(rows)}) for rows, _ in chunks])
    return [text for _, texts in chunks for text in texts], sink.getvalue(), table.remarks()


def test_the_objects_of_an_array_are_kept_as_they_were_written():
    content = b'[ {"text":"good","n":1.50},\n {"n": 12345678901234567890123, "text": "b\\u0061d" } ]\n'
    texts, written, _ = scored(content)
    assert texts == ["good", "bad"]
    assert written == (
        b'[\n{"text":"good","n":1.50, "sentiment": "x"},\n'
        b'{"n": 12345678901234567890123, "text": "b\\u0061d", "sentiment": "x"}\n]\n'
    )


@pytest.mark.parametrize("table_class", [JsonArray, JsonLines])
@pytest.mark.parametrize("orient", ["columns", "index", "split", "table"])
def test_a_table_of_pandas_that_is_no_records_is_named(table_class, orient):
    table = pd.DataFrame({"text": ["so good", "so bad"], "n": [1, 2]})
    with pytest.raises(UserError, match=rf'pandas with orient="{orient}", a\.json, .*orient="records"'):
        scored(table.to_json(orient=orient).encode(), table_class)
    texts, _, _ = scored(table.to_json(orient="records", lines=table_class is JsonLines).encode(), table_class)
    assert texts == ["so good", "so bad"]


def test_objects_with_objects_inside_are_no_table_of_pandas():
    assert scored(b'{"user": {"name": "ann"}, "columns": 2, "text": "so good"}')[0] == ["so good"]


def test_an_array_that_is_called_json_lines_is_named():
    with pytest.raises(UserError, match=r"JSON array, a\.json, add --format json"):
        scored(b'[{"text": "so good"}]', JsonLines)


def test_an_array_of_texts_becomes_one_of_objects():
    texts, written, _ = scored('["so good", "caf\\u00e9 ❤"]'.encode())
    assert texts == ["so good", "café ❤"]
    assert [list(value.values()) for value in json.loads(written)] == [["so good", "x"], ["café ❤", "x"]]


@pytest.mark.parametrize("content", [b'{"text": "a b"}\n{"text": "c"}\n', b'{\n "text":\n"a b"}\n{"text": "c"}'])
def test_a_file_of_objects_without_an_array_is_read_too(content):
    texts, written, _ = scored(content)
    assert texts == ["a b", "c"]
    assert written.endswith(b'{"text": "c", "sentiment": "x"}\n')
    assert not written.startswith(b"[")


def test_an_empty_array_stays_one():
    assert scored(b" [ ] ")[1] == b"[]\n"


@settings(deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"text": st.text(), "other": st.recursive(st.integers() | st.text(), st.lists)})),
    st.sampled_from([None, 1]),
)
def test_any_array_is_read_whatever_the_size_of_the_pieces(objects, indent):
    content = json.dumps(objects, indent=indent).encode()
    for size in (1, 7, 2**20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_READ_SIZE", size)
            texts, written, _ = scored(content)
        assert texts == [value["text"] for value in objects]
        assert json.loads(written) == [{**value, "sentiment": "x"} for value in objects]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b'[{"text": "a"}, 5]', r"value 2 is not an object or a text \(5\)"),
        (b'[{"text": "a"}', 'expected "," after value 1, found the end'),
        (b'[{"text": "a"} {"text": "b"}]', 'expected "," after value 1, found "{"'),
        (b'[{"text": "a}]', "value 1 is not valid JSON"),
        (b'[{"text": "a"}] x', "text after the end of the array"),
        (b"[" * 100_000, "value 1 is not valid JSON"),
        (b'{"data": [{"text": "a"}]}', r"no column with a usual name for tweets \(columns: data\)"),
        (b'[{"text": ["a"]}]', r"expected a text, found a list \(\['a'\]\)"),
    ],
)
def test_a_file_that_is_no_array_of_tweets_is_reported(content, message):
    with pytest.raises(UserError, match=message):
        scored(content)


def test_missing_texts_are_empty():
    assert scored(b'[{"text": "a"}, {"text": null}, {"n": 1}, {"text": NaN}]')[0] == ["a", "", "", ""]


def test_a_key_is_replaced_only_on_demand():
    content = b'{"sentiment": "old", "text": "a"}\n'
    assert scored(content, JsonLines)[1] == b'{"sentiment": "old", "text": "a", "sentiment_": "x"}\n'
    assert scored(content, JsonLines, replace_columns=True)[1] == b'{"sentiment": "x", "text": "a"}\n'


def test_bad_lines_of_json_lines_are_skipped_on_demand():
    content = b'{"text": "a"}\n{oops\n[1]\n{"text": "b"}\n'
    with pytest.raises(UserError, match=r"line 2 is not valid JSON .*--on-bad-line skip"):
        scored(content, JsonLines)
    texts, _, remarks = scored(content, JsonLines, on_bad_line="skip")
    assert texts == ["a", "b"]
    assert remarks[0].startswith("2 lines skipped: 2, 3 (line 2 is not valid JSON")
    with pytest.raises(UserError, match="no line can be read: line 1 is not a JSON object"):
        scored(b"[1]\n", JsonLines, on_bad_line="skip")


def test_json_in_another_encoding_is_written_in_it():
    content = '{"text": "It isn’t good"}\n'.encode("cp1252")
    texts, written, _ = scored(content, JsonLines)
    assert texts == ["It isn’t good"]
    assert written == '{"text": "It isn’t good", "sentiment": "x"}\n'.encode("cp1252")
