"""What the service refuses, and how it says so."""

from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException

_ECHOED = 60  # characters of what a client sent that are sent back


@dataclass(frozen=True)
class Limits:
    """The limits of the service; what exceeds one is refused.

    Attributes:
        body_bytes: maximum size of a request's body.
        all_bodies_bytes: maximum size of all bodies that have arrived and are not answered yet.
        texts: maximum number of texts in a request.
        characters: maximum length of a text.
        tokens: maximum cost of a request, in tokens that the model reads. A tweet costs 10 to 60, and its explanation,
            for which it is scored in up to 256 copies, 1,000 to 10,000.
        all_tokens: maximum cost of all requests that are not answered yet. It is not a multiple of `tokens`: where no
            further request of the maximum cost is accepted, there is room for small ones.
        seconds: maximum time for the header of a request to arrive, for its body, and for its response to be read.
        connections: maximum number of connections. Beyond it, the one that has waited longest for its client is closed.
    """

    body_bytes: int = 2**20
    all_bodies_bytes: int = 32 * 2**20
    texts: int = 1000
    characters: int = 5000
    tokens: int = 100_000
    all_tokens: int = 450_000
    seconds: float = 10.0
    connections: int = 1000


class Refusal(HTTPException):
    """A request that is not answered.

    Args:
        status: the HTTP status.
        code: the reason in one word, for programs; `found` and `limit` are for programs too.
        detail: the reason, and what to do, for people.
        found: what the request has.
        limit: what it may have.
    """

    def __init__(self, status: int, code: str, detail: str, found: int | None = None, limit: int | None = None) -> None:
        super().__init__(status, detail, {"Retry-After": "1"} if status == 503 else None)
        self.code = code
        self.numbers: dict[str, Any] = {} if limit is None else {"found": found, "limit": limit}


def echo(text: str) -> str:
    """Shorten and escape what a client sent, to send it back or to log it.

    Example:
        >>> echo("caf\\u00e9\\n" * 50)
        'caf\\\\xe9\\\\ncaf\\\\xe9\\\\ncaf\\\\xe9\\\\ncaf\\\\xe9\\\\ncaf\\\\xe9\\\\ncaf\\\\xe9\\\\ncaf...'
    """
    escaped = text[: _ECHOED + 1].encode("unicode_escape").decode("ascii")
    return escaped if len(escaped) <= _ECHOED else f"{escaped[:_ECHOED]}..."
