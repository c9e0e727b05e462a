"""The responses of a mirror: what is wrong with them, which bytes they are, and whether they arrive fast enough."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

MAX_WAIT = 60.0  # seconds; a mirror that asks for more is given up
MIN_SPEED = 1024.0  # bytes per second, over each `SPEED_PERIOD`
SPEED_PERIOD = 30.0  # seconds


class MirrorError(Exception):
    """A mirror cannot deliver the file; the next one may. The message is a predicate: the mirror is its subject."""


class UnreachableError(MirrorError):
    """There is no connection to a mirror."""


class NoRangesError(MirrorError):
    """A mirror can only deliver the whole archive, not the byte range of one entry."""


class TransientError(Exception):
    """A request failed for a reason that may pass, so the same mirror is tried again.

    Args:
        message: a predicate, as in `MirrorError`.
        wait: seconds to wait before that, at least.
    """

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def response_within(seconds: float, request: Callable[[], requests.Response]) -> requests.Response:
    """Send a request, and wait for the headers of the response for a limited time.

    The timeouts of `requests` are for one read of the socket, and a server may send one byte at a time for hours. The
    request is therefore sent by a thread, which is abandoned when the time is up.

    Args:
        seconds: the limit, for all redirects together.
        request: sends the request, and returns when the headers have arrived.

    Raises:
        TransientError: the time is up. Errors of `request` are raised as they are.
    """
    arriving: Future[requests.Response] = Future()

    def send() -> None:
        try:
            arriving.set_result(request())
        except BaseException as error:  # noqa: BLE001 - it is raised where the response is waited for
            arriving.set_exception(error)

    threading.Thread(target=send, daemon=True).start()
    try:
        return arriving.result(seconds)
    except TimeoutError as error:
        if arriving.done() and arriving.exception() is error:
            raise
        arriving.add_done_callback(_close)
        raise TransientError(f"sent no complete headers within {seconds:g} s") from error


def _close(arrived: "Future[requests.Response]") -> None:
    if arrived.exception() is None:
        arrived.result().close()


def check_response(response: requests.Response) -> None:
    """Check that the status and the headers are those of the file; raise an error if not."""
    status = response.status_code
    if status in (408, 429) or status >= 500:
        raise TransientError(f"answers {status} {response.reason}", _seconds_to_wait(response))
    if status not in (200, 206, 416):
        raise MirrorError(f"answers {status} {response.reason}")
    if status != 416 and response.headers.get("Content-Type", "").startswith("text/html"):
        raise MirrorError("sent a web page instead of the file")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise MirrorError(f"sent the file with the Content-Encoding {encoding}, which was not requested")


def _seconds_to_wait(response: requests.Response) -> float:
    """Return what the header Retry-After asks for; 0 if there is none, or an invalid one."""
    stated = response.headers.get("Retry-After", "")
    try:
        seconds = (
            float(stated) if stated.isdigit() else (parsedate_to_datetime(stated) - datetime.now(UTC)).total_seconds()
        )
    except (TypeError, ValueError):  # no date, or one without a time zone
        return 0.0
    if seconds > MAX_WAIT:
        raise MirrorError(f"answers {response.status_code} {response.reason} and asks to wait for {seconds:.0f} s")
    return max(0.0, seconds)


def announced_size(response: requests.Response) -> int | None:
    """Return the Content-Length; None if there is none.

    Raises:
        MirrorError: it is larger than any file that is downloaded.
    """
    length = response.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        return None
    if len(length) > 18:  # Python refuses to convert thousands of digits
        raise MirrorError(f"announces a size of {len(length):,} digits")
    return int(length)


def chunks_of(response: requests.Response, size: int) -> Iterator[bytes]:
    """Yield the body as it arrives.

    Args:
        response: the response, with its body unread.
        size: maximum number of bytes in a chunk.

    Raises:
        TransientError: fewer bytes arrive than `MIN_SPEED`.
    """
    started, arrived = time.monotonic(), 0
    while chunk := response.raw.read1(size):  # unlike `iter_content`, it does not wait for a whole chunk
        yield chunk
        arrived += len(chunk)
        if (seconds := time.monotonic() - started) >= SPEED_PERIOD:
            if arrived < MIN_SPEED * seconds:
                raise TransientError(f"sends less than {MIN_SPEED:g} bytes per second")
            started, arrived = time.monotonic(), 0


def is_requested_range(response: requests.Response, first: int, validator: str) -> bool:
    """Return whether the body is the requested byte range.

    Args:
        response: the response to a request for a byte range.
        first: offset of the first byte that was requested.
        validator: the expected version of the file; empty if any is accepted.
    """
    same_file = validator_of(response) in ("", validator) or not validator
    right_place = response.headers.get("Content-Range", "").startswith(f"bytes {first}-")
    return response.status_code == 206 and right_place and same_file


def validator_of(response: requests.Response) -> str:
    """Return the value for an If-Range header: the ETag unless it is a weak one, else Last-Modified, else ""."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")
