"""What happens to every request, whatever it asks for: names are checked, headers added, the response recorded."""

import ipaddress
import logging
import re
import socket
import time
from collections.abc import Collection, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentiment140.serving.service.limits import Refusal, echo
from sentiment140.serving.service.messages import Problem, encode
from sentiment140.serving.service.metrics import Metrics

access_log = logging.getLogger("sentiment140.access")

_HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.IGNORECASE)


def problem(refusal: Refusal) -> Response:
    """Describe a refusal as RFC 9457 says."""
    title = "Client Closed Request" if refusal.status_code == 499 else HTTPStatus(refusal.status_code).phrase
    content = Problem(title, refusal.status_code, refusal.detail, refusal.code, **refusal.numbers)
    return Response(encode(content), refusal.status_code, refusal.headers, "application/problem+json")


class Names:
    """The names by which a browser may reach the service.

    A web page that somebody opens can send requests to this machine: by a name of its own that it has pointed here (DNS
    rebinding), or to this address from its own origin. An IP address cannot be pointed anywhere, so all of them are
    allowed, and so are `localhost` and the name of this machine.

    Args:
        allowed: further names.

    Example:
        >>> names = Names(["tweets.example"])
        >>> [names.is_host(host) for host in ("127.0.0.1:8140", "[::1]", "tweets.example:80", "evil.example")]
        [True, True, True, False]
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._names = {name.lower() for name in ("localhost", socket.gethostname(), *allowed)}

    def is_host(self, host: str) -> bool:
        """Whether this value of the header Host is a name of the service."""
        found = _HOST.fullmatch(host)
        if not found:
            return False
        name = found["name"].lower()
        return name in self._names or _is_address(name.strip("[]"))

    def check(self, method: str, headers: Headers) -> None:
        """Check by which name a request arrives, and from whose page.

        Raises:
            Refusal: the name is not a name of the service, or a page of another origin sends data.
        """
        host, origin = headers.get("host"), headers.get("origin")
        if host is not None and not self.is_host(host):  # HTTP 1.0, which no browser speaks, knows no Host
            name = echo(host.partition(":")[0])
            detail = f'"{name}" is not a name of this service, start it with --allow-host {name}'
            raise Refusal(421, "unknown_host", detail)
        if origin is not None and method not in ("GET", "HEAD") and _authority(origin) != host:
            raise Refusal(403, "foreign_origin", f'a web page of "{echo(origin)}" may not send texts to this service')


class Guard:
    """Check and record every request of an application, and add headers to every response.

    Args:
        app: the application.
        names: by which names it may be reached.
        metrics: where requests are counted.
        paths: the paths of the application.
        headers: what is added to each response.
    """

    def __init__(
        self,
        app: ASGIApp,
        names: Names,
        metrics: Metrics,
        paths: Collection[str],
        headers: Iterable[tuple[bytes, bytes]],
    ) -> None:
        self._app = app
        self._names = names
        self._metrics = metrics
        self._paths = paths
        self._headers = list(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        try:
            with self._metrics.active.track_inprogress():
                await self._answer(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            path = scope["path"] if scope["path"] in self._paths else "other"
            self._metrics.count_request(path, status, seconds)
            access_log.info("%s", _line(scope, status, seconds))
        return None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            if "content-length" in headers and "transfer-encoding" in headers:
                # A proxy that believes the other one sees the body end elsewhere: request smuggling.
                raise Refusal(400, "two_lengths", "send either Content-Length or Transfer-Encoding")
            self._names.check(scope["method"], headers)
        except Refusal as refusal:
            response = problem(refusal)
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _authority(origin: str) -> str | None:
    """Return host and port of an origin; None for one without, such as "null"."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def _line(scope: MutableMapping[str, Any], status: int, seconds: float) -> str:
    """Describe a request in one line, without its query, which may contain a tweet."""
    client = scope.get("client")
    path = echo(scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1"))
    return f'{client[0] if client else "-"} "{echo(scope["method"])} {path}" {status} {1000 * seconds:.1f} ms'
