"""Data files as streams: each format gives the same bytes, and damage is reported in one line."""

import gzip

import pytest

from sentiment140.data.files import DataFile, find_entry
from sentiment140.errors import UserError
from support.zips import zipped


@pytest.mark.parametrize("content", [b"", b"one line\n", bytes(range(256)) * 5_000])
def test_each_format_gives_the_same_bytes(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content))
    (tmp_path / "a.zip").write_bytes(zipped("in/a.csv", content=content))
    before = sorted(tmp_path.iterdir())
    for found in (
        DataFile(tmp_path / "a.csv"),
        DataFile(tmp_path / "a.csv.gz"),
        DataFile(tmp_path / "a.zip", "in/a.csv"),
    ):
        with found.open() as file:
            assert file.read(3) == content[:3]
            assert file.read() == content[3:]
        assert file.closed
    assert sorted(tmp_path.iterdir()) == before


def broken_gzip() -> bytes:
    return gzip.compress(bytes(range(256)) * 5_000)[:-20]


def with_flipped_bits(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 255]) + body[at + 1 :]


def encrypted(body: bytes) -> bytes:
    at = body.index(b"PK\x01\x02") + 8
    return body[:at] + bytes([body[at] | 1]) + body[at + 1 :]


LARGE = zipped("a.csv", content=bytes(range(256)) * 5_000)


@pytest.mark.parametrize(
    ("name", "body", "reported"),
    [
        ("a.zip", b"", "damaged"),
        ("a.zip", LARGE[:-30], "damaged"),
        ("a.zip", with_flipped_bits(LARGE, 500), "damaged"),
        ("a.zip", zipped("b.csv"), "damaged"),
        ("a.zip", encrypted(LARGE), "encrypted"),
        ("a.csv.gz", broken_gzip(), "damaged"),
        ("a.csv.gz", b"no gzip at all", "damaged"),
        ("a.csv", None, "cannot read the file: No such file"),
    ],
)
def test_a_bad_file_is_reported_in_one_line(tmp_path, name, body, reported):
    if body is not None:
        (tmp_path / name).write_bytes(body)
    found = DataFile(tmp_path / name, "a.csv" if name == "a.zip" else None)
    with pytest.raises(UserError, match=reported) as caught, found.open() as file:
        file.read()
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("in_zip", [True, False])
def test_a_zip_bomb_is_not_unpacked(tmp_path, in_zip):
    zeros = bytes(150 * 2**20)
    path = tmp_path / ("a.zip" if in_zip else "a.csv.gz")
    path.write_bytes(zipped("a.csv", content=zeros) if in_zip else gzip.compress(zeros))
    with (
        pytest.raises(
            UserError,
            match=r"unpacks to more than \d+ times its size \(limit: 100 times, or 100 MiB for a small file\)",
        ),
        DataFile(path, "a.csv" if in_zip else None).open() as file,
    ):
        while file.read(2**20):
            pass


def test_an_entry_that_is_larger_than_the_zip_states_is_reported_as_damaged(tmp_path):
    body = zipped("a.csv", content=b"1,2\n" * 10_000)
    small = (100).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(body.replace((40_000).to_bytes(4, "little"), small))
    with pytest.raises(UserError, match="damaged"), DataFile(tmp_path / "a.zip", "a.csv").open() as file:
        file.read()


def test_an_entry_is_found_in_any_folder_of_a_zip(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped("other.csv", "in/a.csv"))
    found = find_entry(path, "a.csv")
    assert found == DataFile(path, "in/a.csv")
    assert str(found) == f"{path} (in/a.csv)"
    assert find_entry(path, "in") is None
