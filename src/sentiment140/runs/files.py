"""Files and folders written whole or not at all, and told from damaged ones; lines, however long."""

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

_SEAL = "seal"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Gives a temporary name beside `path`; on success what was written there takes the final name, else it goes.

    Args:
        path: the final name; its folder is made.
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
    """The same for a whole folder; one of that name that is there already is replaced."""
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


def acquire_lock(path: Path) -> IO[str]:
    """A lock file, held until it is closed or the process ends, however that may be.

    Raises:
        UserError: another process holds it.
    """
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        what, remedy = f"process {holder} is at work there", "wait for it, or name another"
        raise UserError(what, str(path.parent), remedy) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines_of(stream: IO[AnyStr], longest: int) -> Iterator[AnyStr]:
    """Each line of a stream; of a longer one only its first `longest` + 1 characters, for the reader to refuse."""
    while line := stream.readline(longest + 1):
        yield line
        rest: Any = line
        while len(rest) > longest and not rest.endswith("\n" if isinstance(rest, str) else b"\n"):
            rest = stream.readline(longest + 1)


def dumps_checked(content: Mapping[str, Any]) -> str:
    """A JSON object as text, with a checksum of itself as its last entry."""
    return json.dumps({**content, _SEAL: _digest(content)}, indent=1) + "\n"


def loads_checked(text: str) -> dict[str, Any]:
    """The object that was sealed.

    Raises:
        ValueError: the text is no sealed object, or was changed since.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.pop(_SEAL, None) != _digest(content):
        raise ValueError("changed since it was written")
    return content


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
