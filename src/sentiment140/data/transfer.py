"""Fetch one file from its mirrors: resume interrupted downloads and detect servers that send the wrong bytes.

Bytes are collected in `<target>.part`. `<target>.part.json` records which byte range of which address they are, so that
the same command resumes an interrupted download, even in another process.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from tqdm import tqdm
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from sentiment140.data.responses import (
    MirrorError,
    NoRangesError,
    TransientError,
    UnreachableError,
    announced_size,
    check_response,
    chunks_of,
    is_requested_range,
    response_within,
    validator_of,
)
from sentiment140.data.sources import RemoteFile
from sentiment140.errors import UserError

CONNECT_TIMEOUT = 10.0  # seconds, divided among a file's mirrors: without a network a download fails after this time
READ_TIMEOUT = 30.0  # seconds without a byte
HEADER_TIMEOUT = 60.0  # seconds for the headers, with those of redirects, however their bytes trickle in
ATTEMPTS = 4  # failed attempts in a row at one mirror, before the next mirror is tried
BACKOFF = 0.5  # seconds before the second attempt, doubled before each further one
MIN_PROGRESS = 1 << 20  # bytes; an attempt that adds this many does not count as failed
MAX_SIZE = 4 << 30  # bytes of a file of unknown size; the largest published one has 1.5 GB
CHUNK = 1 << 16  # bytes read at a time

_T = TypeVar("_T")


class DownloadError(UserError):
    """No mirror delivered the file.

    Args:
        name: the file that was to be downloaded.
        failures: one clause per mirror, separated by semicolons, such as "cs.stanford.edu answers 404 Not Found".
        remedy: what the user can do.
        is_offline: whether no mirror could be reached at all.
    """

    def __init__(self, name: str, failures: str, remedy: str, *, is_offline: bool) -> None:
        super().__init__(f"could not download {name}", failures, remedy)
        self.failures, self.is_offline = failures, is_offline


@dataclass(frozen=True)
class ByteRange:
    """The bytes to fetch: a whole file or a part of it.

    Attributes:
        url: the address of the file.
        size: number of bytes, None if unknown.
        start: offset of the first byte; None for the whole file.
        validator: the ETag or modification time of this version of the file; empty if unknown.
    """

    url: str
    size: int | None
    start: int | None = None
    validator: str = ""

    def can_resume(self, started: "ByteRange") -> bool:
        """Return whether the bytes fetched so far for `started` are also the first bytes of this range."""
        same_place = (self.url, self.start) == (started.url, started.start)
        same_file = self.size in (None, started.size) and self.validator in ("", started.validator)
        return same_place and same_file and started.validator != ""


class Mirrors:
    """The mirrors of one file, and the part of it that has been downloaded.

    Args:
        file: the file and its addresses.
        target: the final path; the downloaded part lies beside it.
        session: the session for all requests; None for a new one.
    """

    def __init__(self, file: RemoteFile, target: Path, session: requests.Session | None) -> None:
        self.file = file
        self.part = target.with_name(target.name + ".part")
        self._session = session or requests.Session()

    def from_first_working(self, fetch: Callable[[str], Path]) -> Path:
        """Call `fetch` with one mirror after the other until a call succeeds.

        The mirror of an interrupted download is tried first, the others in the order of `file.urls`.

        Args:
            fetch: takes an address and returns the downloaded file; raises `MirrorError` if the mirror fails.

        Returns:
            What `fetch` returned.

        Raises:
            NoRangesError: every mirror failed, at least one of them because it cannot serve byte ranges.
            DownloadError: every mirror failed otherwise.
            UserError: the file cannot be written.
        """
        failures: list[MirrorError] = []
        try:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            started = _read_record(self.part).url
            for url in sorted(self.file.urls, key=lambda url: url != started):
                try:
                    return fetch(url)
                except MirrorError as error:
                    failures.append(type(error)(f"{urlsplit(url).netloc} {error}"))
        except OSError as error:  # of the disk: `get` turns all network errors into other types
            remedy = "make the folder writable, or free some disk space"
            raise UserError(f"cannot write: {error.strerror or error}", str(self.part), remedy) from error
        for failure in failures:
            if isinstance(failure, NoRangesError):
                raise failure
        remedy = f"try again later, or download it yourself and put it into {self.part.parent}"
        is_offline = all(isinstance(failure, UnreachableError) for failure in failures)
        raise DownloadError(self.file.name, "; ".join(map(str, failures)), remedy, is_offline=is_offline)

    def fetch_checked(self, wanted: ByteRange, check: Callable[[], None]) -> None:
        """Download the rest of the part, then check it.

        A part that fails the check is deleted. If it was a resumed one, the download is restarted once.

        Args:
            wanted: the bytes that the part will hold.
            check: raises `MirrorError` if the complete part is wrong.

        Raises:
            MirrorError: this mirror does not deliver the right bytes.
        """
        resumed = _size_of(self.part) > 0
        while True:
            with_retries(lambda: self._fetch_rest(wanted), progress=lambda: _size_of(self.part))
            try:
                return check()
            except MirrorError:
                self.delete_part()
                if not resumed:
                    raise
                resumed = False

    def delete_part(self) -> None:
        """Delete the downloaded part and its record, if they exist."""
        self.part.unlink(missing_ok=True)
        _record_path(self.part).unlink(missing_ok=True)

    @contextmanager
    def get(self, url: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """Send a GET request, and turn every network error into `MirrorError` or `TransientError`.

        Args:
            url: the address.
            headers: added to those of the session.

        Yields:
            The response, with its body unread. Errors while the `with` block reads it are converted, too.

        Raises:
            MirrorError: another attempt at this mirror would fail as well.
            TransientError: another attempt may succeed.
        """
        headers = {"Accept-Encoding": "identity", **headers}
        timeouts = (CONNECT_TIMEOUT / len(self.file.urls), READ_TIMEOUT)

        def request() -> requests.Response:
            return self._session.get(url, headers=headers, stream=True, timeout=timeouts)

        try:
            with response_within(HEADER_TIMEOUT, request) as response:
                check_response(response)
                yield response
        except requests.TooManyRedirects as error:
            raise MirrorError("sends too many redirects") from error
        except requests.exceptions.SSLError as error:
            raise MirrorError("has no valid certificate") from error
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            cause = error.args[0] if error.args else None
            if isinstance(cause, MaxRetryError):  # no connection at all; half a second later there would be none either
                raise UnreachableError(f"cannot be reached ({_unreachable_reason(cause)})") from error
            if isinstance(cause, ReadTimeoutError):
                raise TransientError(f"sent nothing for {READ_TIMEOUT:g} s") from error
            raise TransientError("closed the connection early") from error
        except requests.Timeout as error:
            raise TransientError(f"sent nothing for {READ_TIMEOUT:g} s") from error
        except ReadTimeoutError as error:  # these errors of urllib3 are not converted by requests while a body is read
            raise TransientError(f"sent nothing for {READ_TIMEOUT:g} s") from error
        except ProtocolError as error:
            raise TransientError("closed the connection early") from error
        except (requests.RequestException, HTTPError, HTTPException, ValueError) as error:
            raise MirrorError(f"failed ({type(error).__name__})") from error

    def _fetch_rest(self, requested: ByteRange) -> None:
        """Make one attempt to download the bytes that the part still lacks."""
        started = _read_record(self.part)
        downloaded = 0
        wanted = requested
        if requested.can_resume(started):
            downloaded, wanted = _size_of(self.part), started
        if downloaded and downloaded == wanted.size:
            return
        headers = {}
        first = (requested.start or 0) + downloaded
        if downloaded or requested.start is not None:
            last = first + wanted.size - downloaded - 1 if wanted.size is not None else ""
            headers["Range"] = f"bytes={first}-{last}"
            if wanted.validator:
                headers["If-Range"] = wanted.validator
        with self.get(requested.url, headers) as response:
            if response.status_code == 200:
                if requested.start is not None:
                    raise MirrorError("changed the file during the download")
                downloaded, wanted = 0, _with_response_headers(requested, response)
            elif not is_requested_range(response, first, wanted.validator):
                self.delete_part()
                raise TransientError("sent another byte range than requested")
            self._append_body(response, wanted, downloaded)
        if wanted.size is not None and _size_of(self.part) < wanted.size:
            raise TransientError(f"stopped after {_size_of(self.part):,} of {wanted.size:,} bytes")
        if not _size_of(self.part) and wanted.size is None:  # also where the headers were cut off
            raise TransientError("sent an empty file")

    def _append_body(self, response: requests.Response, wanted: ByteRange, downloaded: int) -> None:
        """Append the body of the response to the part, which holds `downloaded` bytes of `wanted` already."""
        folder = self.part.parent
        most, expected = (MAX_SIZE, "possible") if wanted.size is None else (wanted.size, "expected")
        if most > MAX_SIZE and self.file.size is None:
            raise MirrorError(f"announces {most:,} bytes, more than the possible {MAX_SIZE:,}")
        if wanted.size is not None and (free := shutil.disk_usage(folder).free) < wanted.size - downloaded:
            needed = f"{wanted.size - downloaded:,} bytes needed, {free:,} free"
            raise UserError(f"not enough disk space: {needed}", str(folder), "delete some files and try again")
        if not downloaded:
            # In this order, so that a record never describes the bytes of another file.
            self.part.unlink(missing_ok=True)
            _record_path(self.part).write_text(json.dumps(asdict(wanted)), encoding="utf-8")
        progress_bar = tqdm(
            total=wanted.size, initial=downloaded, unit="B", unit_scale=True, desc=self.part.stem, disable=None,
            leave=False,
        )  # fmt: skip
        with self.part.open("ab") as file, progress_bar:
            for chunk in chunks_of(response, CHUNK):
                file.write(chunk)
                progress_bar.update(len(chunk))
                if file.tell() > most:
                    file.truncate(0)
                    raise MirrorError(f"sends more than the {expected} {most:,} bytes")


def with_retries(attempt: Callable[[], _T], progress: Callable[[], int] = lambda: 0) -> _T:
    """Call a function again after each `TransientError`, up to `ATTEMPTS` failures in a row.

    Args:
        attempt: the function to call.
        progress: returns the number of bytes on the disk. If it grew by `MIN_PROGRESS`, the count of failures is reset.

    Returns:
        What `attempt` returned.

    Raises:
        MirrorError: `attempt` failed `ATTEMPTS` times in a row.
    """
    failures, most = 0, progress()
    while True:
        try:
            return attempt()
        except TransientError as error:
            wait = error.wait
            failures = 0 if progress() - most >= MIN_PROGRESS else failures + 1
            most = max(most, progress())  # the maximum: a server that restarts each time must not count as progress
            if failures == ATTEMPTS:
                raise MirrorError(f"{error} ({ATTEMPTS} attempts)") from error
        time.sleep(max(wait, BACKOFF * 2 ** max(0, failures - 1)))


def _with_response_headers(wanted: ByteRange, response: requests.Response) -> ByteRange:
    """Return the range with the size and the validator that the server states."""
    announced = announced_size(response)
    if None not in (wanted.size, announced) and wanted.size != announced:
        raise MirrorError(f"announces {announced:,} bytes instead of {wanted.size:,}")
    size = announced if wanted.size is None else wanted.size
    return replace(wanted, size=size, validator=validator_of(response))


def _unreachable_reason(error: MaxRetryError) -> str:
    if isinstance(error.reason, NameResolutionError):
        return "its name cannot be resolved"
    return "connection refused" if isinstance(error.reason, NewConnectionError) else "no answer"


def _record_path(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_record(part: Path) -> ByteRange:
    """Return the byte range that the part belongs to; one without an address if there is no readable record."""
    try:
        return ByteRange(**json.loads(_record_path(part).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):  # no record, or its writing was interrupted
        return ByteRange("", None)


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
