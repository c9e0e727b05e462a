import io

import pytest

from sentiment140.runs.files import atomic_folder, atomic_path, dumps_checked, lines_of, loads_checked, sha256_of


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "new" / "file.txt"
    with atomic_path(target) as path:
        path.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_after_an_error_the_earlier_file_is_unchanged(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("before")
    with pytest.raises(ZeroDivisionError), atomic_path(target) as path:
        path.write_text("half")
        1 / 0  # noqa: B018
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_replaced_whole_or_stays_unchanged_after_an_error(tmp_path):
    target = tmp_path / "folder"
    with atomic_folder(target) as folder:
        (folder / "a").write_text("1")
    with pytest.raises(ZeroDivisionError), atomic_folder(target) as folder:
        (folder / "a").write_text("2")
        1 / 0  # noqa: B018
    assert (target / "a").read_text() == "1"
    with atomic_folder(target) as folder:
        (folder / "b").write_text("3")
    assert [path.name for path in target.iterdir()] == ["b"]
    assert list(tmp_path.iterdir()) == [target]


def test_the_sha256_of_abc_is_the_published_one(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_content_with_a_checksum_is_read_back_and_changed_content_is_refused():
    content = {"b": [1, 0.1, 1e-300], "a": {"é": None}}
    assert loads_checked(dumps_checked(content)) == content
    for text in (dumps_checked(content).replace("0.1", "0.2"), "{}", "[]", "{", '"seal"'):
        with pytest.raises(ValueError, match=r"."):
            loads_checked(text)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"one", [b"one"]),
        (b"one\n\ntwo\n", [b"one\n", b"\n", b"two\n"]),
        (b"abcd\nab\n", [b"abcd\n", b"ab\n"]),
        (b"abcdefghij\nab\n", [b"abcde", b"ab\n"]),
        (b"abcdefghijklmno", [b"abcde"]),
    ],
)
def test_a_line_that_is_too_long_is_cut_to_one_character_more_than_allowed(content, lines):
    assert list(lines_of(io.BytesIO(content), 4)) == lines
    assert list(lines_of(io.StringIO(content.decode()), 4)) == [line.decode() for line in lines]
