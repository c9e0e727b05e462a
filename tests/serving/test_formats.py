"""Every file format: files that pandas or csv writes are scored, and read again by the same library."""

import csv
import gzip
import importlib.util
import io
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment140.errors import UserError
from sentiment140.serving.formats import CHUNK_ROWS, FORMATS, Options
from sentiment140.serving.score_file import score_file
from sentiment140.serving.score_lines import arriving_lines
from sentiment140.serving.scoring import Scoring

WRITERS = {
    "csv": lambda table, path: table.to_csv(path, index=False),
    "tsv": lambda table, path: table.to_csv(path, index=False, sep="\t"),
    "jsonl": lambda table, path: table.to_json(path, orient="records", lines=True, force_ascii=False),
    "json": lambda table, path: table.to_json(path, orient="records", force_ascii=False),
    "parquet": lambda table, path: table.to_parquet(path, index=False),
    "xlsx": lambda table, path: table.to_excel(path, index=False),
}
READERS: dict[str, Any] = {
    "csv": lambda path: pd.read_csv(path, keep_default_na=False, dtype=str),
    "tsv": lambda path: pd.read_csv(path, keep_default_na=False, dtype=str, sep="\t"),
    "jsonl": lambda path: pd.read_json(path, orient="records", lines=True, dtype=False),
    "json": lambda path: pd.read_json(path, orient="records", dtype=False),
    "parquet": pd.read_parquet,
    "xlsx": lambda path: pd.read_excel(path, dtype=str),
}
OPTIONS = {"tsv": Options(quoting="minimal")}  # pandas writes TSV with the quotes of CSV
TABLES = [name for name in FORMATS if name != "txt"]  # a text file has no columns
if importlib.util.find_spec("openpyxl") is None:  # the extra `excel`
    TABLES.remove("xlsx")
every_format = pytest.mark.parametrize("name", TABLES)
TWEETS = pd.DataFrame(
    {"n": [1, 2, 3], "tweet": ["so good", 'a "b", c\td', "ein Café 🎉"], "sentiment": ["a", "b", "c"]}
)


def score(predictor, path, **options):
    """(the scored file, the number of tweets) for a file of tweets."""
    target = path.with_name(f"scored-{path.name}")
    options = {"scoring": Scoring(), "options": OPTIONS.get(path.name.split(".")[1], Options()), **options}
    count = score_file(predictor.folder, str(path), target, io.BytesIO(), **options)
    return target, count


@every_format
def test_columns_are_kept_in_order_and_the_new_ones_get_unused_names(predictor, tmp_path, name):
    WRITERS[name](TWEETS, path := tmp_path / f"in.{name}")
    target, count = score(predictor, path)
    table = READERS[name](target)
    assert count == 3
    assert list(table.columns) == ["n", "tweet", "sentiment", "sentiment_", "probability"]
    assert table[["n", "tweet", "sentiment"]].astype(str).equals(TWEETS.astype(str))
    assert table["probability"].astype(float).tolist() == pytest.approx(
        predictor.probability(TWEETS["tweet"]), abs=1e-6
    )
    assert set(table["sentiment_"]) <= {"positive", "negative"}


@every_format
def test_a_file_of_several_chunks_keeps_all_rows_in_order(predictor, tmp_path, name):
    rows = 2 * CHUNK_ROWS + 5
    table = pd.DataFrame({"text": [f"good day {n % 7}" for n in range(rows)], "n": range(rows)})
    WRITERS[name](table, path := tmp_path / f"in.{name}")
    target, count = score(predictor, path, workers=3)
    assert count == rows
    assert READERS[name](target)["n"].astype(int).tolist() == list(range(rows))


@every_format
def test_a_gzip_file_is_read_and_written_and_a_truncated_one_is_refused(predictor, tmp_path, name):
    WRITERS[name](TWEETS, plain := tmp_path / f"in.{name}")
    path = tmp_path / f"in.{name}.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    target, _ = score(predictor, path)
    (unpacked := tmp_path / f"out.{name}").write_bytes(gzip.decompress(target.read_bytes()))
    assert READERS[name](unpacked)["tweet"].tolist() == TWEETS["tweet"].tolist()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"gzip file is incomplete|not a Parquet file"):
        score(predictor, path)


@every_format
@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("c", r'unknown column "c" \(known: a, b\)'),
        (None, r"no column with a usual name for tweets \(columns: a, b\)"),
    ],
)
def test_a_missing_text_column_is_reported_with_the_columns_of_the_file(predictor, tmp_path, name, column, message):
    WRITERS[name](pd.DataFrame({"a": ["x"], "b": ["y"]}), path := tmp_path / f"in.{name}")
    with pytest.raises(UserError, match=message):
        score(predictor, path, options=Options(column=column))


@every_format
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\xff{", b"PAR1"])
def test_an_empty_or_invalid_file_is_a_user_error_and_writes_nothing(predictor, tmp_path, name, content):
    (path := tmp_path / f"in.{name}").write_bytes(content)
    with pytest.raises(UserError):
        score(predictor, path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@every_format
def test_explanations_are_appended_as_a_column_and_abstaining_labels_uncertain(predictor, tmp_path, name):
    WRITERS[name](TWEETS, path := tmp_path / f"in.{name}")
    target, _ = score(predictor, path, scoring=Scoring(abstain=0.5, explain=True))
    table = READERS[name](target)
    assert list(table.columns)[-2:] == ["probability", "explanation"]
    assert set(table["sentiment_"]) == {"uncertain"}


@every_format
def test_details_say_what_the_model_could_read_and_the_end_counts_it(predictor, tmp_path, name, caplog):
    texts = ["so good", "qwzx vkjq", "bad " * 300, "@bob !"]
    WRITERS[name](pd.DataFrame({"text": texts}), path := tmp_path / f"in.{name}")
    target, _ = score(predictor, path, scoring=Scoring(details=True))
    table = READERS[name](target)
    assert [int(number) > 0 for number in table["known_words"]] == [True, False, True, False]
    assert [str(truncated).lower() for truncated in table["truncated"]] == ["false", "false", "true", "false"]
    remarks = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert remarks[-2:] == [
        f"{path}: 2 of 4 texts have no known word",
        f"{path}: 1 of 4 texts is too long: the model read its beginning",
    ]


@pytest.mark.parametrize("name", ["jsonl", "parquet"])
def test_a_missing_text_is_scored_as_an_empty_text(predictor, tmp_path, name):
    table = pd.DataFrame({"text": ["good", None], "n": [1, 2]})
    WRITERS[name](table, path := tmp_path / f"in.{name}")
    probability = READERS[name](score(predictor, path)[0])["probability"]
    assert probability[1] == pytest.approx(predictor.probability([""])[0], abs=1e-6)


def test_a_header_of_numbers_is_not_mistaken_for_a_sentiment140_file(predictor, tmp_path):
    (path := tmp_path / "in.csv").write_text("0,1,2,3,4,5\n0,14678,Mon,NO_QUERY,me,so bad\n")
    assert score(predictor, path, options=Options(column="5"))[1] == 1
    with pytest.raises(UserError, match="no column with a usual name for tweets"):
        score(predictor, path)


def test_a_sentiment140_file_is_read_and_written_without_a_header(predictor, tmp_path):
    rows = [["0", "14678", "Mon", "NO_QUERY", "me", "so bad, awful"], ["4", "14679", "Tue", "NO_QUERY", "you", "good"]]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    (path := tmp_path / "in.csv").write_text(buffer.getvalue())
    target, count = score(predictor, path)
    with target.open(newline="") as file:
        found = list(csv.reader(file))
    assert count == 2
    assert [row[:6] for row in found] == rows
    assert [float(row[7]) for row in found] == pytest.approx(predictor.probability([row[5] for row in rows]), abs=1e-6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5))
def test_any_csv_fields_are_kept(predictor, tmp_path, rows):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["text", "other"], *rows])
    (path := tmp_path / "in.csv").write_bytes(buffer.getvalue().encode())
    target, count = score(predictor, path)
    with target.open(newline="", encoding="utf-8") as file:
        assert [row[:2] for row in csv.reader(file)] == [["text", "other"], *rows]
    assert count == len(rows)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_scored_or_refused_with_a_message_of_one_line(predictor, tmp_path, content):
    for name in (*TABLES, "txt"):
        (path := tmp_path / f"in.{name}").write_bytes(content)
        try:
            score(predictor, path)
        except UserError as error:
            refusal = str(error)
        else:
            refusal = ""
        assert "\n" not in refusal


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("csv", b"text\n%b\nfine\n", "line 2 cannot be parsed"),
        ("jsonl", b'{"text": "fine"}\n{"text": "%b"}\n', "line 2 is not valid JSON"),
    ],
)
def test_a_line_longer_than_16_mib_is_refused(predictor, tmp_path, name, content, message):
    path = tmp_path / f"a.{name}"
    path.write_bytes(content % (b"a" * (2**24 + 1)))
    with pytest.raises(UserError, match=message):
        score(predictor, path)


@pytest.mark.parametrize("name", ["csv", "tsv", "jsonl", "json", "txt"])
def test_a_chunk_of_long_rows_has_fewer_rows(tmp_path, name):
    texts = ["word " * 500_000] * 3
    if name == "txt":
        content = "\n".join(texts).encode()
    else:
        WRITERS[name](pd.DataFrame({"note": texts, "text": "so good"}), tmp_path / f"a.{name}")
        content = (tmp_path / f"a.{name}").read_bytes()
    table = FORMATS[name](io.BytesIO(content), f"a.{name}", Options())
    assert [len(chunk) for _, chunk in table.chunks()] == [2, 1]


@pytest.mark.parametrize(("count", "refused"), [(100_000, False), (100_001, True)])
def test_a_text_file_with_more_than_100_000_empty_lines_in_a_row_is_refused(count, refused):
    table = FORMATS["txt"](io.BytesIO(b"so good\n" + b"\r\n" * count + b"bad\n"), "a.txt", Options())
    if refused:
        with pytest.raises(UserError, match="lines 2 to 100002 are all empty"):
            list(table.chunks())
    else:
        assert sum(len(chunk) for _, chunk in table.chunks()) == count + 2


def test_a_line_of_standard_input_longer_than_16_mib_is_refused():
    arriving = io.BufferedReader(io.BytesIO(b"fine\n" + b"a" * (2**24 + 2**20)))
    with pytest.raises(UserError, match="a line is longer than 16,777,216 characters, in standard input"):
        list(arriving_lines(arriving))


def test_a_json_line_is_kept_as_it_was_written(predictor, tmp_path):
    lines = [
        '{"text":"good","n":1.50,"big":123456789012345678901234567890}',
        ' { "sentiment" : null , "text":"b" } ',
        "{}",
    ]
    (path := tmp_path / "in.jsonl").write_text("\n".join(lines))
    first, second, third = score(predictor, path)[0].read_text().splitlines()
    assert first.startswith(lines[0][:-1] + ', "sentiment": "')
    assert second.startswith(' { "sentiment" : null , "text":"b", "sentiment_": "')
    assert list(json.loads(third)) == ["sentiment", "probability"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 is not valid JSON"),
        ("[1]", "line 2 is not a JSON object"),
        ('"x"', "line 2 is not a JSON object"),
        ('{"text": ["a"]}', r"expected a text, found a list \(\['a'\]\)"),
        ("[" * 100_000, "line 2 is not valid JSON"),
    ],
)
def test_a_json_line_that_is_no_object_with_a_text_is_reported(predictor, tmp_path, line, message):
    (path := tmp_path / "in.jsonl").write_text('{"text": "fine"}\n' + line)
    with pytest.raises(UserError, match=message):
        score(predictor, path)


def test_parquet_column_types_are_kept(predictor, tmp_path):
    table = pd.DataFrame({"text": ["good"], "when": pd.to_datetime(["2009-06-01"]), "kind": pd.Categorical(["a"])})
    table.to_parquet(path := tmp_path / "in.parquet")
    after = pd.read_parquet(score(predictor, path)[0])
    assert after.dtypes.astype(str).to_dict() == {
        **table.dtypes.astype(str).to_dict(), "sentiment": after["sentiment"].dtype.name, "probability": "float32",
    }  # fmt: skip


def test_a_misspelled_column_gets_a_suggestion_however_many_columns_there_are(predictor, tmp_path):
    names = [*(f"n{number}" for number in range(30)), "my_tweets"]
    (path := tmp_path / "in.csv").write_text(f"{','.join(names)}\n{','.join(names)}\n")
    with pytest.raises(UserError, match=r'unknown column "my_tweet": did you mean my_tweets\?'):
        score(predictor, path, options=Options(column="my_tweet"))
