"""Encodings of files of tweets: training and scoring find the same."""

import io

import pytest

from sentiment140.data.encodings import detect_encoding, lines_beyond_ascii
from sentiment140.data.files import DataFile
from sentiment140.data.read import read_tweets
from sentiment140.serving.formats.encoding import TextFile


@pytest.mark.parametrize(
    ("texts", "encoding"),
    [
        (["It isn’t good", "a café – déjà vu"], "cp1252"),
        (["привет мир это очень хорошо", "очень плохо сегодня"], "cp1251"),
        (["今日はとてもいい天気ですね", "今日はとても悪いですね"], "cp932"),
        (["It isn’t good", "fine"], "utf-16-le"),
        (["It isn’t good", "fine"], "utf-16-be"),
        (["so naïve 🎉", "fine"], "utf-8"),
    ],
)
def test_training_and_scoring_find_the_same_encoding(tmp_path, texts, encoding):
    content = f"label,text\n0,{texts[0]}\n1,{texts[1]}\n".encode(encoding)
    (path := tmp_path / "a.csv").write_bytes(content)
    table, problems = read_tweets(DataFile(path))
    assert table["text"].tolist() == texts
    assert TextFile(io.BytesIO(content), "a.csv", None).encoding == encoding
    assert encoding.removesuffix("-le").removesuffix("-be") in problems.read_as


def test_a_training_file_is_detected_by_its_lines_beyond_ascii_wherever_they_are(tmp_path):
    rest = "1,очень хорошо мир\n".encode("cp1251") * 1_000
    (path := tmp_path / "a.csv").write_bytes(b"label,text\n" + b"0,so sad\n" * 20_000 + rest)
    assert read_tweets(DataFile(path))[0]["text"].tolist()[-1] == "очень хорошо мир"


def test_damaged_utf8_is_still_utf8():
    assert detect_encoding("“a”".encode() + b"\x92") == "utf-8"
    assert detect_encoding("“a”".encode() + b"\x92" * 4) != "utf-8"


def test_the_sample_of_lines_beyond_ascii_is_bounded():
    assert lines_beyond_ascii([b"a\n", b"\xe9\n", b"b\n", b"\xe8\n"]) == b"\xe9\n\xe8\n"
    assert len(lines_beyond_ascii([b"\xe9" * 20_000, b"\xe9"])) == 2**14
