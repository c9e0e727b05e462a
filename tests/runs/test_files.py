import io
import os
import stat
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

from sentiment140.errors import UserError
from sentiment140.runs import files
from sentiment140.runs.files import atomic_folder, atomic_path, dumps_checked, lines_of, loads_checked, sha256_of

NULL = os.makedev(1, 3)  # the numbers of /dev/null
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
as_root = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")


def write(path: Path, content: str = "new") -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(content)


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


@as_root
@pytest.mark.parametrize("link", [False, True])
def test_a_device_is_written_to_and_not_replaced(tmp_path, link):
    os.mknod(device := tmp_path / "null", 0o666 | stat.S_IFCHR, NULL)
    if link:
        (tmp_path / "link").symlink_to("null")
    write(tmp_path / "link" if link else device)
    assert (stat.S_ISCHR(device.stat().st_mode), device.stat().st_rdev) == (True, NULL)
    assert (tmp_path / "link").is_symlink() == link
    with pytest.raises(UserError, match="not a regular file"):
        sha256_of(device)


@as_root
def test_a_disk_is_never_written_to(tmp_path):
    os.mknod(disk := tmp_path / "disk", 0o600 | stat.S_IFBLK, os.makedev(7, 250))
    with pytest.raises(UserError, match=r"cannot write to a block device, .*disk, name a file"), atomic_path(disk):
        raise AssertionError
    assert stat.S_ISBLK(disk.stat().st_mode)


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    os.mkfifo(pipe := tmp_path / "pipe")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe)
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert pipe.is_fifo()


@on_linux
def test_an_open_file_is_written_to_under_the_name_of_standard_output(tmp_path):
    with (tmp_path / "out").open("w") as out:  # as in `> out`
        (tmp_path / "stdout").symlink_to(f"/proc/self/fd/{out.fileno()}")
        inode = os.fstat(out.fileno()).st_ino
        write(tmp_path / "stdout")
    assert ((tmp_path / "out").read_text(), (tmp_path / "out").stat().st_ino) == ("new", inode)


@pytest.mark.parametrize("exists", [True, False])
def test_links_to_a_file_are_kept_and_followed(tmp_path, exists):
    target = tmp_path / "folder" / "file"
    target.parent.mkdir()
    if exists:
        target.write_text("old")
    (tmp_path / "first").symlink_to("second")
    (tmp_path / "second").symlink_to("folder/file")
    write(tmp_path / "first")
    assert [(tmp_path / name).is_symlink() for name in ("first", "second", "folder/file")] == [True, True, False]
    assert target.read_text() == "new"


def test_a_file_with_hard_links_is_replaced_whole_and_the_others_keep_the_old_content(tmp_path):
    (target := tmp_path / "file").write_text("old")
    os.link(target, tmp_path / "snapshot")  # as `cp --link` makes a copy of a folder
    with target.open() as reader:
        write(target)
        assert (target.read_text(), (tmp_path / "snapshot").read_text(), reader.read()) == ("new", "old", "old")


def test_a_link_to_a_folder_is_followed_and_a_circle_of_links_is_an_error(tmp_path):
    (tmp_path / "real").mkdir(mode=0o750)
    (tmp_path / "link").symlink_to("real")
    with atomic_folder(tmp_path / "link") as folder:
        (folder / "a").write_text("1")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "a").read_text() == "1"
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o750
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(OSError, match="symbolic links"):
        write(tmp_path / "circle")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o666])
def test_a_replaced_file_keeps_its_mode_and_is_never_more_readable(tmp_path, mode):
    (target := tmp_path / "file").write_text("old")
    target.chmod(mode)
    with atomic_path(target) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        temporary.write_text("new")
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("new", mode)


def test_a_new_file_has_the_mode_of_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "file")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@as_root
def test_a_replaced_file_keeps_its_owner_and_group(tmp_path):
    (target := tmp_path / "file").write_text("old")
    os.chown(target, 12345, 54321)
    target.chmod(0o600)
    write(target)
    status = target.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 54321, 0o600)


def test_without_the_right_to_keep_the_group_its_permissions_are_withdrawn(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError

    (target := tmp_path / "file").write_text("old")
    target.chmod(0o664)
    status = list(target.stat())
    status[stat.ST_UID] += 1
    status[stat.ST_GID] += 1
    monkeypatch.setattr(os, "chown", refuse)
    files._copy_ownership(os.stat_result(status), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


def test_the_longest_possible_name_is_written(tmp_path):
    write(tmp_path / ("x" * 255))
    with atomic_folder(tmp_path / ("y" * 255)) as folder:
        (folder / "a").write_text("1")
    assert sorted(len(path.name) for path in tmp_path.iterdir()) == [255, 255]


def _stay(path: Path, started, end) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        started.set()
        end.wait()


def test_what_a_killed_process_left_is_removed_but_not_what_is_being_written(tmp_path):
    context = get_context("spawn")
    started, end = context.Event(), context.Event()
    process = context.Process(target=_stay, args=(tmp_path / "a", started, end))
    process.start()
    started.wait()
    (tmp_path / ".sentiment140-00.tmp").mkdir()
    (tmp_path / ".sentiment140-01.tmp").symlink_to("elsewhere")
    (tmp_path / ".other.tmp").write_text("of another program")
    write(tmp_path / "b")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert [name.partition("-")[0] for name in left] == [".other.tmp", ".sentiment140", ".sentiment140", "b"]
    assert ".sentiment140-00.tmp" not in left
    process.kill()
    process.join()
    write(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.tmp", ".sentiment140-01.tmp", "b"]


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
