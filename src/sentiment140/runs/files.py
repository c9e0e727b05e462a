"""Write files and folders whole or not at all, detect damage by checksums, and read lines of limited length."""

import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, AnyStr

from sentiment140.errors import UserError

_CHECKSUM_KEY = "seal"
_TEMPORARY_PREFIX = ".sentiment140-"
_MAX_LINKS = 40  # as in Linux


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Write a file whole or not at all: give a temporary path beside it, and rename that on success.

    Only a regular file is ever replaced, and it keeps its mode, group and owner. Symbolic links are followed. Anything
    else, such as a pipe or `/dev/null`, is written to directly. Other hard links to the file keep the old content: to
    change it under all of its names, it would have to be overwritten in place, which a kill can interrupt.

    Args:
        path: the final path; its folder is created.

    Yields:
        The path to write to. After an error the temporary file is deleted and `path` stays as it was.

    Raises:
        UserError: the path is a block device, such as a disk.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     target = Path(folder) / "new" / "file.txt"
        ...     with atomic_path(target) as temporary:
        ...         _ = temporary.write_text("whole")
        ...     target.read_text()
        'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path = _follow_links(path)
    before = path.stat() if path.exists() else None
    if before is not None and (path.is_symlink() or not stat.S_ISREG(before.st_mode)):
        if stat.S_ISBLK(before.st_mode):
            raise UserError("cannot write to a block device", str(path), "name a file")
        yield path
        return
    with _temporary_beside(path, before) as temporary:
        yield temporary
        if before is not None:
            _copy_ownership(before, temporary)
        _flush_to_disk(temporary)
        temporary.replace(path)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Write a folder whole or not at all: give a temporary folder beside it, and rename that on success.

    Args:
        folder: the final path; an existing folder of that name is replaced. It keeps its mode, group and owner, and
            symbolic links to it are followed.

    Yields:
        The temporary folder, which is empty. After an error it is deleted and `folder` stays as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder = _follow_links(folder)
    before = folder.stat() if folder.exists() else None
    with _temporary_beside(folder, before, is_folder=True) as temporary:
        yield temporary
        for path in temporary.rglob("*"):
            if path.is_file():
                _flush_to_disk(path)
        if before is not None:
            _copy_ownership(before, temporary)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)


def _follow_links(path: Path) -> Path:
    """Follow the symbolic links at a path, except those in `/proc`, which stand for open files (`/dev/stdout`)."""
    for _ in range(_MAX_LINKS):
        path = path.parent.resolve() / path.name
        if not path.is_symlink() or path.is_relative_to("/proc"):
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


@contextmanager
def _temporary_beside(path: Path, before: os.stat_result | None, *, is_folder: bool = False) -> Iterator[Path]:
    """Create a temporary file or folder, and delete it at the end if it still exists.

    It is locked, which tells it from one that a killed process left; those are deleted.

    Args:
        path: the path that it will replace.
        before: the status of what is there; None if there is nothing.
        is_folder: whether to create a folder.
    """
    for unfinished in path.parent.glob(f"{_TEMPORARY_PREFIX}*"):
        _remove_unless_locked(unfinished)
    while True:
        temporary = path.with_name(f"{_TEMPORARY_PREFIX}{secrets.token_hex(4)}.tmp")  # short, whatever `path.name` is
        mode = 0o777 if is_folder else 0o666
        if before is not None:  # nobody else may read it until it has the group and the owner of `path`
            mode &= 0o700
        if is_folder:
            temporary.mkdir(mode)
        lock = os.open(temporary, os.O_RDONLY if is_folder else os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        with suppress(OSError):  # a file system without locks: then nothing is taken for abandoned, either
            fcntl.flock(lock, fcntl.LOCK_EX)
        if temporary.exists():
            break
        os.close(lock)  # another process was faster than the lock, and deleted it
    try:
        yield temporary
    finally:
        _remove(temporary)
        os.close(lock)


def _remove_unless_locked(path: Path) -> None:
    with suppress(OSError):
        lock = os.open(path, os.O_NOFOLLOW | (os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_NONBLOCK))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
        finally:
            os.close(lock)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _copy_ownership(before: os.stat_result, path: Path) -> None:
    """Copy mode, group and owner, as far as the user may. Without the group, its permissions are withdrawn."""
    mode, now = stat.S_IMODE(before.st_mode) & 0o777, path.stat()
    if now.st_gid != before.st_gid:
        try:
            os.chown(path, -1, before.st_gid)
        except PermissionError:
            mode &= 0o707
    if now.st_uid != before.st_uid:
        with suppress(PermissionError):
            os.chown(path, before.st_uid, -1)
    path.chmod(mode)


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def removed_on_failure(folder: Path | None) -> Iterator[None]:
    """Remove a folder if the `with` block fails or is interrupted.

    Args:
        folder: the folder; None to remove nothing.
    """
    try:
        yield
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def acquire_lock(path: Path) -> IO[str]:
    """Lock a file; the lock is released when the file is closed or the process ends, even if it is killed.

    Args:
        path: the lock file, created if missing; the process id is written into it.

    Returns:
        The open file, to be kept as long as the lock is needed.

    Raises:
        UserError: another process has the lock.
    """
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        what, remedy = f"process {holder} is at work there", "wait until it ends, or use another folder"
        raise UserError(what, str(path.parent), remedy) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal.

    Raises:
        UserError: the path is a pipe or a device, which may have no end.
    """
    if path.exists() and not path.is_file():
        raise UserError("not a regular file", str(path), "delete it, or name another")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines_of(stream: IO[AnyStr], longest: int) -> Iterator[AnyStr]:
    """Iterate over the lines of a stream, and cut lines that are too long so that they never fill the memory.

    Args:
        stream: a text or binary stream.
        longest: the maximum length of a line with its line break, in characters or bytes.

    Yields:
        Each line with its line break. A longer line is cut to `longest` + 1 characters, so that the caller can tell
        that it was too long.

    Examples:
        >>> import io
        >>> list(lines_of(io.StringIO("good\\nmuch too long\\n"), longest=5))
        ['good\\n', 'much t']
    """
    while line := stream.readline(longest + 1):
        yield line
        rest: Any = line
        while len(rest) > longest and not rest.endswith("\n" if isinstance(rest, str) else b"\n"):
            rest = stream.readline(longest + 1)


def dumps_checked(content: Mapping[str, Any]) -> str:
    """Serialize a mapping as a JSON object, with a checksum as its last entry.

    Examples:
        >>> loads_checked(dumps_checked({"seed": 0}))
        {'seed': 0}
    """
    return json.dumps({**content, _CHECKSUM_KEY: _digest(content)}, indent=1) + "\n"


def loads_checked(text: str) -> dict[str, Any]:
    """Parse what `dumps_checked` wrote, and verify the checksum.

    Returns:
        The content without the checksum.

    Raises:
        ValueError: the text is not a JSON object, has no checksum, or was changed after it was written.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.pop(_CHECKSUM_KEY, None) != _digest(content):
        raise ValueError("the checksum does not match: the text was changed after it was written")
    return content


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
