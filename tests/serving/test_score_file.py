"""Where the scored file goes, and files that are lines of text."""

import errno
import io
import os
import stat

import pytest

from sentiment140.errors import UserError
from sentiment140.serving.formats import Options
from sentiment140.serving.score_file import score_file
from sentiment140.serving.score_lines import arriving_lines, score_lines
from sentiment140.serving.scoring import Scoring


@pytest.fixture
def score(predictor):
    """A function that scores a file, and returns what it wrote to standard output."""

    def run(source, target=None, **options):
        out = io.BytesIO()
        score_file(predictor.folder, str(source), target, out, scoring=Scoring(), workers=1, **options)
        return out.getvalue()

    return run


@pytest.fixture
def tweets(tmp_path):
    (path := tmp_path / "tweets.csv").write_text("text,n\nso good,1\n")
    return path


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard", "another spelling"])
def test_the_input_is_replaced_only_on_demand_under_whatever_name(score, tweets, tmp_path, link):
    target = {"itself": tweets, "another spelling": tmp_path / ".." / tmp_path.name / "tweets.csv"}.get(
        link, tmp_path / "link.csv"
    )
    if link == "symbolic":
        target.symlink_to(tweets.name)
    elif link == "hard":
        os.link(tweets, target)
    before = tweets.read_text()
    with pytest.raises(UserError, match=r"the output is the input.*--overwrite"):
        score(tweets, target)
    assert tweets.read_text() == before
    score(tweets, target, overwrite=True)
    assert target.read_text().startswith("text,n,sentiment,probability\n")
    assert (tweets.read_text() == before) == (link == "hard"), "a hard link is replaced, the file stays as it was"
    if link == "symbolic":
        assert target.is_symlink()
        assert not tweets.is_symlink()


def test_another_file_is_replaced_as_before(score, tweets, tmp_path):
    (target := tmp_path / "scored.csv").write_text("old")
    score(tweets, target)
    assert target.read_text().startswith("text,n,sentiment")


def test_standard_output_that_is_the_input_is_refused(predictor, tweets):
    with tweets.open("ab") as out, pytest.raises(UserError, match="standard output is the file that is read"):
        score_file(predictor.folder, str(tweets), None, out, scoring=Scoring())


def test_too_many_open_files_is_not_taken_for_a_fault_of_the_target(score, tweets, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("sentiment140.serving.score_file.in_order", fail)
    with pytest.raises(OSError, match="Too many open files"):
        score(tweets, tmp_path / "scored.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["tweets.csv"]


def test_a_pipe_is_written_to_and_not_replaced(score, tweets, tmp_path):
    os.mkfifo(pipe := tmp_path / "pipe")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    score(tweets, pipe)
    assert os.read(reader, 1000).startswith(b"text,n,sentiment")
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["out.xlsx", "out.xls", "out.txt", "out.csv.zst", "out.json", "out.tsv.gz"])
def test_a_name_that_promises_another_format_is_refused(score, tweets, tmp_path, name):
    with pytest.raises(UserError, match=r"must equal the input format \(csv\).*end the name of --output in \.csv"):
        score(tweets, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["tweets.csv"]


def test_a_name_without_an_ending_and_that_of_the_source_may_be_written(score, tweets, tmp_path):
    score(tweets, tmp_path / "out")
    tweets.rename(tmp_path / "tweets.dat")
    score(tmp_path / "tweets.dat", tmp_path / "out.dat", file_format="csv")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "out.dat").read_bytes()


def test_a_text_file_has_a_tweet_per_line(score, predictor, tmp_path):
    (path := tmp_path / "tweets.txt").write_bytes(b'so good\n\nIt isn\x92t \t"good\r\n')
    rows = [line.split(b"\t") for line in score(path).splitlines()]
    assert [row[2] for row in rows] == [b"so good", b"", b'It isn\x92t  "good']
    expected = predictor.probability(["so good", "", 'It isn’t \t"good'])
    assert [float(row[1]) for row in rows] == pytest.approx(expected, abs=1e-6)


def test_a_table_in_a_text_file_is_refused_with_a_hint(score, tmp_path):
    (path := tmp_path / "tweets.txt").write_text("id\ttext\n1\tso good\n")
    with pytest.raises(UserError, match=r"column names of a table.*--format tsv, or --format txt"):
        score(path)
    assert score(path, file_format="txt").count(b"\n") == 2
    assert score(path, file_format="tsv").startswith(b"id\ttext\tsentiment")


def test_a_flag_without_meaning_for_the_format_is_refused(score, tmp_path):
    (path := tmp_path / "tweets.json").write_text('["so good"]')
    with pytest.raises(
        UserError, match=r"--delimiter and --no-header have no meaning for the format json.*omit the flags"
    ):
        score(path, options=Options(delimiter=";", header=False))


def test_a_file_that_breaks_its_encoding_is_reported(score, tmp_path):
    (path := tmp_path / "tweets.csv").write_bytes("text\nso good\n".encode("utf-16") + b"\0")
    with pytest.raises(UserError, match=r"cannot decode the file .*--encoding"):
        score(path)


def lines(content: bytes) -> list[str]:
    return [line for chunk in arriving_lines(io.BufferedReader(io.BytesIO(content))) for line in chunk]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,text\n1,so good\n", "--input -, or --input - --format txt if it is a tweet"),
        (b"id\tfull_text\n", "--input - --format tsv"),
        (b'{"text": "so good"}\n', "--input - --format jsonl"),
        (b"id;text", "--input -"),
        (b'[{"text": "so good"},\n', "--input - --format json"),
        (b'"0","7","Mon Apr 06","NO_QUERY","ann","so sad"\n', "--input -"),
        (b"PAR1....", "--format, such as parquet"),
        (b"PK\x03\x04..", "--format, such as xlsx"),
        (b"\x1f\x8b\x08", "--format, such as csv"),
    ],
)
def test_a_table_on_standard_input_is_refused_with_a_hint(content, message):
    with pytest.raises(UserError, match=message):
        lines(content)


def test_a_first_line_that_may_be_a_header_is_scored_with_a_warning(caplog):
    assert lines(b"Text\nso good\n") == ["Text", "so good"]
    assert 'the first line, "Text", is scored as a tweet; for a table with this column: --input -' in caplog.text


def test_lines_in_another_encoding_are_read(predictor):
    assert lines("so naïve\r\n🎉".encode("utf-16")) == ["so naïve", "🎉"]
    out = io.BytesIO()
    score_lines(predictor, [[line] for line in lines(b"It isn\x92t good\n")], out, Scoring())
    _, probability, text = out.getvalue().rstrip(b"\n").split(b"\t")
    assert text == b"It isn\x92t good"
    assert float(probability) == pytest.approx(predictor.probability(["It isn’t good"])[0], abs=1e-4)
