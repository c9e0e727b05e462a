"""CSV and TSV: delimiters, quotes, rows that cannot be read, and files without column names."""

import csv
import io
import logging
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.errors import UserError
from sentiment140.serving.formats import CHUNK_ROWS, Options
from sentiment140.serving.formats.separated import CommaSeparated, TabSeparated


def scored(content: bytes, table_class=CommaSeparated, **options) -> tuple[list[str], bytes, list[str]]:
    """(the texts of a file, the file written with a column `sentiment` of x, the remarks)."""
    table = table_class(io.BytesIO(content), "a.csv", Options(**options))
    chunks = list(table.chunks())
    table.write(sink := io.BytesIO(), ["sentiment"], [(rows, {"sentiment": ["x"] * len(rows)}) for rows, _ in chunks])
    return [text for _, texts in chunks for text in texts], sink.getvalue(), table.remarks()


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_delimiter_is_detected_reported_and_written_again(caplog, delimiter, name):
    content = f"id{delimiter}text\n1{delimiter}I love it, really\n"
    with caplog.at_level(logging.INFO):
        texts, written, _ = scored(content.encode())
    assert texts == ["I love it, really"]
    assert written.decode() == f"id{delimiter}text{delimiter}sentiment\n1{delimiter}I love it, really{delimiter}x\n"
    assert f"a.csv: columns separated by {name} (detected" in caplog.text


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"text\nso; bad; day\nfine;\n", ["so; bad; day", "fine;"]),  # one column: no delimiter at all
        (b"a;b,text\n1,so|bad\n", ["so|bad"]),
        (b"opinion;n\nso, bad;1\nfine;2\n", None),  # no usual name, but two columns in each row
    ],
)
def test_the_usual_delimiter_is_preferred(content, texts):
    if texts is None:
        assert scored(content, column="opinion")[0] == ["so, bad", "fine"]
    else:
        assert scored(content)[0] == texts


def test_a_delimiter_that_is_given_is_used():
    assert scored(b"a;text,b\nx;so,bad\n", delimiter=";", column="text,b")[0] == ["so,bad"]
    assert scored(b"a^text\nx^so bad\n", delimiter="^")[0] == ["so bad"]


TSV_WITH_QUOTES = b'id\ttext\n1\t"I love it\n2\tbad\n3\tso awful day"\n'


def test_bare_quotes_merge_no_rows_of_a_tsv():
    texts, written, _ = scored(TSV_WITH_QUOTES, TabSeparated)
    assert texts == ['"I love it', "bad", 'so awful day"']
    assert written == TSV_WITH_QUOTES.replace(b"text\n", b"text\tsentiment\n").replace(b"it\n", b"it\tx\n").replace(
        b"bad\n", b"bad\tx\n"
    ).replace(b'day"\n', b'day"\tx\n')


def test_quotes_of_a_csv_are_characters_on_demand_and_quotes_of_a_tsv_have_a_meaning_on_demand():
    content = TSV_WITH_QUOTES.replace(b"\t", b",")
    assert scored(content)[0] == ["I love it\n2,bad\n3,so awful day"]
    assert scored(content, quoting="none")[0] == ['"I love it', "bad", 'so awful day"']
    assert scored(b'n\ttext\n1\t"a ""b"""\n', TabSeparated, quoting="minimal")[0] == ['a "b"']


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\t\n", exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_any_lines_of_a_tsv_are_kept_byte_for_byte(texts):
    lines = [f"{number}\t{text}" for number, text in enumerate(texts)]
    content = "\n".join(["id\ttext", *lines, ""]).encode()
    found, written, _ = scored(content, TabSeparated)
    assert found == texts
    assert written == "\n".join(["id\ttext\tsentiment", *(f"{line}\tx" for line in lines), ""]).encode()


def test_a_tsv_keeps_its_line_breaks():
    assert scored(b"id\ttext\r\n1\tfine\r\n", TabSeparated)[1] == b"id\ttext\tsentiment\r\n1\tfine\tx\r\n"


RAGGED = b'id,text\n1,I love it\n2,bad, really\n3,fine\n4,"open\n5,good\n6,"x" y\n7,end\n'


def test_a_bad_line_is_refused_with_the_remedy_or_skipped_and_listed():
    with pytest.raises(UserError, match=r"line 3 has 3 columns, but the first line has 2, .*--on-bad-line skip"):
        scored(RAGGED)
    texts, written, remarks = scored(RAGGED, on_bad_line="skip")
    assert texts == ["I love it", "fine", "good", "end"]
    assert written == b"id,text,sentiment\n1,I love it,x\n3,fine,x\n5,good,x\n7,end,x\n"
    assert remarks == ["3 lines skipped: 3, 5, 7 (line 3 has 3 columns, but the first line has 2)"]


def test_an_open_quote_costs_one_line_and_not_the_rest_of_the_file():
    rows = CHUNK_ROWS + 100
    content = b'n,text\n0,"open\n' + b"".join(b"%d,fine\n" % n for n in range(rows))
    texts, _, remarks = scored(content, on_bad_line="skip")
    assert texts == ["fine"] * rows
    assert remarks[0].startswith("1 line skipped: 2 ")


def test_at_most_20_skipped_lines_are_listed():
    _, _, remarks = scored(b"n,text\n1,fine\n" + b"1,2,3\n" * 30, on_bad_line="skip")
    assert remarks[0].startswith("30 lines skipped: 3, 4, 5, ")
    assert ", 22, ... (line 3 has" in remarks[0]


def test_a_file_of_bad_lines_only_is_refused_even_if_they_are_skipped():
    with pytest.raises(UserError, match="no line can be read: line 2 has 3 columns"):
        scored(b"n,text\n1,2,3\n", on_bad_line="skip")


@settings(deadline=None)
@given(st.lists(st.text('a,"\n\r;\t', max_size=8), max_size=8))
def test_skipping_never_fails_and_keeps_every_good_row(lines):
    content = "n,text\n1,first\n" + "\n".join(lines) + "\n2,last\n"
    texts, _, remarks = scored(content.encode(), on_bad_line="skip")
    assert texts[0] == "first"
    assert "last" in texts[-1] or remarks


def test_a_field_is_quoted_where_the_delimiter_is_a_semicolon():
    assert scored(b'text;n\n"a;b";1\n')[1] == b'text;n;sentiment\n"a;b";1;x\n'


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"1001,2024-01-02,I love it\n1002,2024-01-03,so bad\n", ["I love it", "so bad"]),
        (b"positive,I love it\nnegative,so bad\npositive,what a day\n", ["I love it", "so bad", "what a day"]),
        (b"I love it so much\nbad\n", ["I love it so much", "bad"]),
        (b"I hate it;4\nso bad;5\n", ["I hate it", "so bad"]),
        (b'"4","Mon May 11","me","I love it"\n', ["I love it"]),
    ],
)
def test_a_first_line_that_is_a_tweet_is_recognized_scored_and_reported(caplog, content, texts):
    with caplog.at_level(logging.INFO):
        found, written, _ = scored(content)
    assert found == texts
    assert len(written.splitlines()) == len(texts)
    assert "no column names, the first line is a tweet" in caplog.text


def test_a_first_line_that_may_be_a_tweet_is_never_lost_by_following_the_advice():
    content = b"ann,I love it\nbob,so bad\n"
    with pytest.raises(UserError, match="if the first line is a tweet add --no-header, or else --column NAME"):
        scored(content)
    assert scored(content, header=False)[0] == ["I love it", "so bad"]
    assert scored(content, header=False, column="1")[0] == ["ann", "bob"]
    for column in ("3", "0", "name", "I love it"):
        with pytest.raises(UserError, match=r"the file has no header.*number of the column, 1 to 2"):
            scored(content, header=False, column=column)


def test_a_header_that_is_called_a_tweet_is_one():
    assert scored(b"id,text\n1,fine\n", header=False)[0] == ["text", "fine"]


def test_a_column_that_is_there_is_kept_and_replaced_only_on_demand():
    content = b"text,sentiment,n\nfine,old,1\n"
    assert scored(content)[1] == b"text,sentiment,n,sentiment_\nfine,old,1,x\n"
    assert scored(content, replace_columns=True)[1] == b"text,sentiment,n\nfine,x,1\n"
    assert scored(b"text,n\nfine,1\n", replace_columns=True)[1] == b"text,n,sentiment\nfine,1,x\n"


@settings(deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5))
def test_any_fields_are_kept_with_any_delimiter(rows):
    for delimiter in ",;|":
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=delimiter).writerows([["text", "other"], *rows])
        texts, written, _ = scored(buffer.getvalue().encode())
        assert texts == [row[0] for row in rows]
        found = csv.reader(io.StringIO(written.decode(), newline=""), delimiter=delimiter)
        assert [row[:2] for row in found] == [["text", "other"], *rows]


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"PK\x03\x04\x14\x00\x00", "this is an Excel workbook, not text, a.csv, add --format xlsx"),
        (b"PAR1\x15\x04\x00", "this is a Parquet file, not text, a.csv, add --format parquet"),
        (b'[{"text": "so"},\n{"text": "bad"}]', "the file is JSON, a.csv, add --format json"),
        (b'{"text": "so"}\n', "the file is JSON, a.csv, add --format jsonl"),
    ],
)
def test_a_file_of_another_format_is_refused_with_its_name(content, remedy):
    with pytest.raises(UserError, match=f"^{re.escape(remedy)}$"):
        CommaSeparated(io.BytesIO(content), "a.csv", Options())


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inside", ["\n", "\r\n", "\r"])
def test_line_breaks_between_rows_and_in_texts_are_kept(line_break, inside):
    content = line_break.join(["n,text", "1,so good", f'"2","so{inside}bad"', ""]).encode()
    table = CommaSeparated(io.BytesIO(content), "a.csv", Options())
    chunks = list(table.chunks())
    assert chunks[0][1] == ["so good", f"so{inside}bad"]
    table.write(sink := io.BytesIO(), [], [(rows, {}) for rows, _ in chunks])
    written = sink.getvalue()
    assert list(csv.reader(io.StringIO(written.decode(), newline=""))) == [["n", "text"], *chunks[0][0]]
    assert written.startswith(f"n,text{line_break}".encode())
    assert written.endswith(line_break.encode())


def test_a_file_of_one_column_with_commas_gets_the_flag_that_reads_it():
    content = b"text\nso good, really\n"
    with pytest.raises(UserError, match=r"line 2 has 2 columns.* add --delimiter tab"):
        list(CommaSeparated(io.BytesIO(content), "a.csv", Options()).chunks())
    table = CommaSeparated(io.BytesIO(content), "a.csv", Options(delimiter="\t"))
    assert [texts for _, texts in table.chunks()] == [["so good, really"]]
