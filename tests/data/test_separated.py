"""Delimiters of files of tweets: which one is found, and that training and scoring find the same."""

import io

import pytest

from sentiment140.data.files import DataFile
from sentiment140.data.read import read_tweets
from sentiment140.data.read_unlabeled import read_test_tweets
from sentiment140.data.separated import detect_delimiter, is_quoted, stated_delimiter
from sentiment140.errors import UserError
from sentiment140.serving.formats import Options
from sentiment140.serving.formats.separated import CommaSeparated

TEXTS = ["so sad, really", "so glad"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_training_and_scoring_read_the_same_from_a_file_that_states_its_delimiter(tmp_path, delimiter, line_break):
    rows = [["target", "text"], ["0", '"so sad, really"'], ["4", '"so glad"']]
    if delimiter == "\t":
        rows = [[field.strip('"') for field in row] for row in rows]
    lines = [f"sep={delimiter}", *map(delimiter.join, rows), ""]
    (path := tmp_path / "a.csv").write_bytes(content := line_break.join(lines).encode())
    table, problems = read_tweets(DataFile(path))
    assert table["text"].tolist() == TEXTS
    assert problems.rows == 2
    assert read_test_tweets(DataFile(path))[0]["text"].tolist() == TEXTS
    scored = CommaSeparated(io.BytesIO(content), "a.csv", Options())
    chunks = list(scored.chunks())
    assert [texts for _, texts in chunks] == [TEXTS]
    scored.write(sink := io.BytesIO(), ["n"], [(rows, {"n": ["x", "y"]}) for rows, _ in chunks])
    assert sink.getvalue().startswith(f"sep={delimiter}{line_break}target{delimiter}text{delimiter}n".encode())


def test_the_number_of_a_bad_line_counts_the_line_that_states_the_delimiter():
    table = CommaSeparated(io.BytesIO(b"sep=;\nn;text\n1;so sad\n2;so;glad\n"), "a.csv", Options())
    with pytest.raises(UserError, match="line 4 has 3 columns"):
        list(table.chunks())


def test_what_states_no_delimiter():
    for head in ("sep\n", "sep=\n", "sep=;;\n", "sep=x\n", "id;text\nsep=;\n"):
        assert stated_delimiter(head) == ("", "")
    assert stated_delimiter('"sep=;"\r\n') == (";", '"sep=;"\r\n')


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("text\nso sad; so sad\nso glad\n", ","),  # a single column
        ("tweet\ttext\nso, sad\tfine\n", "\t"),  # not one column that is called tweet text
        ("id;text\n1;a,b\n2;c,d\n", ";"),
        ("n|s\n" + "1|a;b\n" * 30 + "1|a|b\n", "|"),  # one ragged row
        ("n;s;t\n" + "1;a\n" * 30, ","),  # too many
    ],
)
def test_the_delimiter_is_found(head, expected):
    assert detect_delimiter(head) == expected


def test_quotes_in_a_file_with_tabs():
    assert is_quoted('"id"\ttext\n', "\t")
    assert not is_quoted('"so sad", she said\t0\n', "\t")
    table = CommaSeparated(io.BytesIO(b'"id"\t"text"\n1\t"so\tsad"\n'), "a.tsv", Options())
    assert [texts for _, texts in table.chunks()] == [["so\tsad"]]
