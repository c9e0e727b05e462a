"""Encodings of text files: what is detected, what is read, and that every byte is written again."""

import codecs
import io
import logging
from encodings.aliases import aliases

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.errors import UserError
from sentiment140.serving.formats import Options
from sentiment140.serving.formats.encoding import HEAD_SIZE, TextFile
from sentiment140.serving.formats.separated import CommaSeparated


def _is_text_codec(name: str) -> bool:
    """Whether a codec encodes texts, and exists on this machine."""
    try:
        return codecs.lookup(name)._is_text_encoding and name not in {"idna", "punycode", "undefined"}
    except LookupError:  # of Windows
        return False


def rewritten(content: bytes, encoding: str | None = None) -> tuple[str, bytes]:
    """(the text of a file, the file written again)."""
    file = TextFile(io.BytesIO(content), "a.txt", encoding)
    text = file.lines.read()
    writer = file.writer(sink := io.BytesIO())
    writer.write(text)
    writer.flush()
    return text, sink.getvalue()


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "cp1252", "cp1251", "latin-1"]))
def test_every_byte_of_a_file_is_written_again(content, encoding):
    assert rewritten_or_none(content, encoding) in (content, None)


def rewritten_or_none(content, encoding):
    """The file written again; None if its encoding is one of those in which not every byte can be kept."""
    try:
        return rewritten(content, encoding)[1]
    except UnicodeError:
        return None


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE])
def test_a_byte_order_mark_decides_and_is_written_again(caplog, mark):
    names = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    content = mark + "text\nso naïve 🎉\n".encode(names.get(mark, "utf-32-le"))
    with caplog.at_level(logging.INFO):
        assert rewritten(content) == ("text\nso naïve 🎉\n", content)
    assert ("by its byte order mark" in caplog.text) == (mark != codecs.BOM_UTF8)


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("id,text\n1,It isn’t good\n", "cp1252", "cp1252"),
        ("id,text\n1,a café, déjà vu – I’m naïve\n2,“great”\n", "cp1252", "cp1252"),
        ("id,text\n1,It isn’t good\n2,I don’t know\n", "mac_roman", "mac-roman"),
        ("id,text\n1,привет мир это очень хорошо\n", "cp1251", "cp1251"),
        ("id,text\n1,今日はとてもいい天気ですね\n", "cp932", "cp932"),
        ("id,text\n1,今天天气很好我们去公园\n", "gb18030", "gb18030"),
        ("id,text\n1,It isn’t good\n", "utf-16-le", "utf-16-le"),
        ("id,text\n1,It isn’t good\n", "utf-16-be", "utf-16-be"),
        ("id,text\n1,so naïve 🎉\n", "utf-8", "utf-8"),
        ("id,text\n1,plain\n", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_detected_and_reported(caplog, text, encoding, expected):
    with caplog.at_level(logging.INFO):
        file = TextFile(io.BytesIO(text.encode(encoding)), "a.csv", None)
    assert (file.encoding, file.lines.read()) == (expected, text)
    assert (f"a.csv: encoding {expected}" in caplog.text) == (expected != "utf-8")


def test_a_file_with_more_valid_than_stray_characters_is_utf8():
    content = "so naïve, déjà vu, café".encode() + b" it isn\x92t"
    assert TextFile(io.BytesIO(content), "a.csv", None).encoding == "utf-8"


def test_bytes_that_the_start_of_the_file_did_not_announce_are_kept_read_as_windows_and_counted():
    rows = b"".join(b"%d,a normal day\n" % n for n in range(HEAD_SIZE // 16))
    content = b"n,text\n" + rows + b"x,It isn\x92t good\ny,caf\xe9\n"
    table = CommaSeparated(io.BytesIO(content), "a.csv", Options())
    chunks = list(table.chunks())
    assert chunks[-1][1][-2:] == ["It isn’t good", "café"]
    table.write(sink := io.BytesIO(), [], [(rows, {}) for rows, _ in chunks])
    assert sink.getvalue() == content
    assert table.remarks() == [
        "2 texts have bytes that are not utf-8, read as cp1252 (--encoding NAME if it is another)"
    ]


def test_a_wrong_guess_does_not_stop_half_way():
    cyrillic = "1,привет мир это очень хорошо\n".encode("cp1251")
    content = b"n,text\n" + cyrillic + b"2,fine\n" * (HEAD_SIZE // 7) + b"3,\x98\n"  # 0x98 is not defined in cp1251
    table = CommaSeparated(io.BytesIO(content), "a.csv", Options())
    assert list(table.chunks())[-1][1][-1] == "˜"
    assert table.remarks()[0].startswith("1 text has bytes that are not cp1251")


def test_a_character_that_the_encoding_lacks_becomes_a_question_mark_in_a_new_column():
    table = CommaSeparated(io.BytesIO(b"text\nIt isn\x92t good\n"), "a.csv", Options())
    scored = [(rows, {"explanation": ["é 🎉"]}) for rows, _ in table.chunks()]
    table.write(sink := io.BytesIO(), ["explanation"], scored)
    assert sink.getvalue() == b"text,explanation\nIt isn\x92t good,\xe9 ?\n"


@pytest.mark.parametrize("name", ["cp125x", "base64", "rot13", "a\0b"])
def test_an_unknown_encoding_is_refused(name):
    with pytest.raises(UserError, match="unknown encoding"):
        TextFile(io.BytesIO(b"text\n"), "a.csv", name)


def test_an_encoding_that_is_given_is_used():
    assert rewritten(b"\xb3adna", "cp1250") == ("ładna", b"\xb3adna")
    assert rewritten("fine".encode("utf-16-le"), "utf-16")[0] == "fine"


# These bytes are ≒ in cp932, which writes it as 0x81e0.
TWO_FORMS = b"\x87\x90"


@pytest.mark.parametrize("before", [0, HEAD_SIZE])
def test_a_character_with_two_forms_is_refused_before_anything_is_written(before):
    file = TextFile(io.BytesIO(b"a" * before + TWO_FORMS), "a.txt", "cp932")
    with pytest.raises(UserError, match=r"^not every byte .*cp932, a\.txt, .*iconv .*latin-1"):
        file.lines.read()
    assert rewritten(b"a" * before + TWO_FORMS, "latin-1")[1] == b"a" * before + TWO_FORMS


CODECS = sorted({codecs.lookup(name).name for name in aliases.values() if _is_text_codec(name)})


@settings(deadline=None, max_examples=400)
@given(data=st.data(), encoding=st.sampled_from(CODECS))
def test_in_any_encoding_a_file_is_written_again_byte_by_byte_or_refused(data, encoding):
    text = data.draw(st.text(st.characters(codec="utf-8"), max_size=40)).encode(encoding, "ignore")
    content = text * data.draw(st.sampled_from([1, 2**14])) + data.draw(st.binary(max_size=40))
    file = TextFile(io.BytesIO(content), "a.txt", encoding)
    try:
        lines = list(file.lines)
    except (UserError, UnicodeError):
        return
    writer = file.writer(sink := io.BytesIO())
    for line in [*lines, "\n"]:  # what is written ends a line, which some encodings need to return to ASCII
        writer.write(line)
        writer.flush()
    assert sink.getvalue() == content + "\n".encode(file.encoding)


@pytest.mark.parametrize("encoding", ["cp932", "shift_jis", "euc_jp", "gbk", "gb18030", "big5", "cp949"])
def test_a_table_in_an_east_asian_encoding_is_scored(encoding):
    text = "今日 2024" if encoding != "cp949" else "오늘 2024"
    content = f"n,text\n1,{text}\n".encode(encoding) * 3_000
    table = CommaSeparated(io.BytesIO(content), "a.csv", Options(encoding=encoding))
    chunks = list(table.chunks())
    assert chunks[0][1][0] == text
    table.write(sink := io.BytesIO(), [], [(rows, {}) for rows, _ in chunks])
    assert sink.getvalue() == content
