"""One file from its mirrors: broken transfers continued, lying servers noticed.

Bytes are collected in `<target>.part`; `<target>.part.json` remembers where they came from, so that the same command
continues a broken download, even in another process.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from tqdm import tqdm
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ReadTimeoutError

from sentiment140.data.sources import RemoteFile
from sentiment140.errors import UserError

CONNECT_TIMEOUT = 10.0  # seconds, shared by a file's mirrors: without a network the call ends in about that time
READ_TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4  # at one mirror, in a row, without `PROGRESS`
BACKOFF = 0.5  # seconds before the second attempt, doubled before each further one
PROGRESS = 1 << 20  # bytes; an attempt that brought so many was worth it and is not counted
CHUNK = 1 << 16

_T = TypeVar("_T")


class DownloadError(UserError):
    """No mirror gave the file; `failures` says how each failed."""

    def __init__(self, name: str, failures: str, remedy: str) -> None:
        super().__init__(f"could not download {name}", failures, remedy)
        self.failures = failures


class MirrorError(Exception):
    """This mirror is of no use; the next may be."""


class NoRangesError(MirrorError):
    """This mirror would give the file only as a whole."""


class TransientError(Exception):
    """Worth another attempt at the same mirror."""


@dataclass(frozen=True)
class Piece:
    """Bytes to fetch: a whole file, or `size` bytes of it from `start` on; `validator` names the file's version."""

    url: str
    size: int | None
    start: int | None = None
    validator: str = ""

    def continues(self, begun: "Piece") -> bool:
        """Whether bytes fetched as `begun` are the first of this piece."""
        same_place = (self.url, self.start) == (begun.url, begun.start)
        same_file = self.size in (None, begun.size) and self.validator in ("", begun.validator)
        return same_place and same_file and begun.validator != ""


class Mirrors:
    """The addresses of one file, and the part of it that is on the disk already."""

    def __init__(self, file: RemoteFile, target: Path, session: requests.Session | None) -> None:
        self.file = file
        self.part = target.with_name(target.name + ".part")
        self._session = session or requests.Session()

    def first_good(self, fetch: Callable[[str], Path]) -> Path:
        """Gives what `fetch` makes of the first mirror that delivers; one with a broken download goes first."""
        failures: list[MirrorError] = []
        try:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            begun = _read_note(self.part).url
            for url in sorted(self.file.urls, key=lambda url: url != begun):
                try:
                    return fetch(url)
                except MirrorError as error:
                    failures.append(type(error)(f"{urlsplit(url).netloc} {error}"))
        except OSError as error:  # the network's errors never come so far as OSError
            raise UserError(f"cannot write: {error.strerror or error}", str(self.part)) from error
        for failure in failures:
            if isinstance(failure, NoRangesError):
                raise failure
        remedy = f"try again later, or fetch it yourself and put it into {self.part.parent}"
        raise DownloadError(self.file.name, "; ".join(map(str, failures)), remedy)

    def fetch_checked(self, piece: Piece, check: Callable[[], None]) -> None:
        """Completes the part and calls `check`. What fails is deleted and, had it been a continued one, begun anew."""
        continued = _size(self.part) > 0
        while True:
            patiently(lambda: self._fetch_rest(piece), gained=lambda: _size(self.part))
            try:
                return check()
            except MirrorError:
                self.forget()
                if not continued:
                    raise
                continued = False

    def forget(self) -> None:
        """Removes the part, if any, and what was remembered of it."""
        self.part.unlink(missing_ok=True)
        _note(self.part).unlink(missing_ok=True)

    @contextmanager
    def answer(self, url: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """Gives the response, body unread; whatever goes wrong until the block's end is sorted into the two errors."""
        headers = {"Accept-Encoding": "identity", **headers}
        timeouts = (CONNECT_TIMEOUT / len(self.file.urls), READ_TIMEOUT)
        try:
            with self._session.get(url, headers=headers, stream=True, timeout=timeouts) as response:
                _check_answer(response)
                yield response
        except requests.TooManyRedirects as error:
            raise MirrorError("redirects without end") from error
        except requests.exceptions.SSLError as error:
            raise MirrorError("has no valid certificate") from error
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            cause = error.args[0] if error.args else None
            if isinstance(cause, MaxRetryError):  # no connection came about, and would not half a second later
                raise MirrorError(f"cannot be reached ({_reason(cause)})") from error
            if isinstance(cause, ReadTimeoutError):
                raise TransientError(f"sent nothing for {READ_TIMEOUT:g} s") from error
            raise TransientError("broke the connection off") from error
        except requests.Timeout as error:
            raise TransientError(f"sent nothing for {READ_TIMEOUT:g} s") from error
        except requests.RequestException as error:
            raise MirrorError(f"failed ({type(error).__name__})") from error

    def _fetch_rest(self, piece: Piece) -> None:
        """Makes one attempt at the bytes the part still lacks."""
        begun = _read_note(self.part)
        have = 0
        wanted = piece
        if piece.continues(begun):
            have, wanted = _size(self.part), begun
        if have and have == wanted.size:
            return
        headers = {}
        first = (piece.start or 0) + have
        if have or piece.start is not None:
            last = first + wanted.size - have - 1 if wanted.size is not None else ""
            headers["Range"] = f"bytes={first}-{last}"
            if wanted.validator:
                headers["If-Range"] = wanted.validator
        with self.answer(piece.url, headers) as response:
            if response.status_code == 200:
                if piece.start is not None:
                    raise MirrorError("changed the file meanwhile")
                have, wanted = 0, _settled(piece, response)
            elif not is_range(response, first, wanted.validator):
                self.forget()
                raise TransientError("does not continue where it was asked to")
            self._append(response, wanted, have)
        if wanted.size is not None and _size(self.part) < wanted.size:
            raise TransientError(f"broke off at {_size(self.part):,} of {wanted.size:,} bytes")

    def _append(self, response: requests.Response, wanted: Piece, have: int) -> None:
        if wanted.size is not None and shutil.disk_usage(self.part.parent).free < wanted.size - have:
            raise UserError(f"no room on the disk for {wanted.size - have:,} bytes", str(self.part.parent), "free some")
        if not have:
            self.part.unlink(missing_ok=True)  # in this order: a note never speaks of another file's bytes
            _note(self.part).write_text(json.dumps(asdict(wanted)), encoding="utf-8")
        bar = tqdm(
            total=wanted.size, initial=have, unit="B", unit_scale=True, desc=self.part.stem, disable=None, leave=False
        )
        with self.part.open("ab") as file, bar:
            for chunk in response.iter_content(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
                if wanted.size is not None and file.tell() > wanted.size:
                    file.truncate(0)
                    raise MirrorError(f"sends more than the expected {wanted.size:,} bytes")


def patiently(attempt: Callable[[], _T], gained: Callable[[], int] = lambda: 0) -> _T:
    """Gives what `attempt` returns, trying again after a passing failure; `gained` tells the bytes on the disk."""
    failures, most = 0, gained()
    while True:
        try:
            return attempt()
        except TransientError as error:
            failures = 0 if gained() - most >= PROGRESS else failures + 1
            most = max(most, gained())  # a server that begins anew each time must not seem to make progress for ever
            if failures == ATTEMPTS:
                raise MirrorError(f"{error} ({ATTEMPTS} attempts)") from error
        time.sleep(BACKOFF * 2 ** max(0, failures - 1))


def _check_answer(response: requests.Response) -> None:
    status = response.status_code
    if status in (408, 429) or status >= 500:
        raise TransientError(f"answers {status} {response.reason}")
    if status not in (200, 206, 416):
        raise MirrorError(f"answers {status} {response.reason}")
    if status != 416 and response.headers.get("Content-Type", "").startswith("text/html"):
        raise MirrorError("sent a web page instead of the file")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise MirrorError("sent the file packed once more")


def _settled(piece: Piece, response: requests.Response) -> Piece:
    """Gives the piece with what the server says of it."""
    length = response.headers.get("Content-Length", "")
    announced = int(length) if length.isascii() and length.isdigit() else None
    if None not in (piece.size, announced) and piece.size != announced:
        raise MirrorError(f"announces {announced:,} bytes instead of {piece.size:,}")
    return replace(piece, size=announced if piece.size is None else piece.size, validator=version_of(response))


def is_range(response: requests.Response, first: int, validator: str) -> bool:
    """Whether the body is what was asked for: part of the same version of the file, from the byte `first` on."""
    same_file = version_of(response) in ("", validator) or not validator
    right_place = response.headers.get("Content-Range", "").startswith(f"bytes {first}-")
    return response.status_code == 206 and right_place and same_file


def version_of(response: requests.Response) -> str:
    """Gives what If-Range takes: the ETag unless it is a weak one, else the time of the last change."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _reason(error: MaxRetryError) -> str:
    if isinstance(error.reason, NameResolutionError):
        return "its name cannot be resolved"
    return "connection refused" if isinstance(error.reason, NewConnectionError) else "no answer"


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_note(part: Path) -> Piece:
    try:
        return Piece(**json.loads(_note(part).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):  # none, or broken off while it was written
        return Piece("", None)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
