"""Write files and folders whole or not at all, detect damage by checksums, and read lines of limited length."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, AnyStr

from sentiment140.errors import UserError

_CHECKSUM_KEY = "seal"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Write a file whole or not at all: give a temporary path beside it, and rename that on success.

    Args:
        path: the final path; its folder is created.

    Yields:
        The temporary path, which the `with` block must write. After an error it is deleted and `path` stays as it was.

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
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Write a folder whole or not at all: give a temporary folder beside it, and rename that on success.

    Args:
        folder: the final path; an existing folder of that name is replaced.

    Yields:
        The temporary folder, which is empty. After an error it is deleted and `folder` stays as it was.
    """
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for path in temporary.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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
    """Compute the SHA-256 of a file, in hexadecimal."""
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
