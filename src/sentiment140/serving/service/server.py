"""Accept connections, and close those that wait for their client too long."""

import asyncio
import logging
import resource
import socket
from collections.abc import Iterable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sentiment140.errors import UserError
from sentiment140.serving.predictor import Predictor
from sentiment140.serving.service.application import RAW_HEADERS, application
from sentiment140.serving.service.guard import Names, access_log
from sentiment140.serving.service.limits import Limits

log = logging.getLogger(__name__)

_OWN_FILES = 64  # that the service has open beside its connections


def serve(
    predictor: Predictor, name: str, host: str, port: int, allowed: Iterable[str] = (), log_access: bool = False
) -> None:
    """Serve a model until the process is stopped.

    Args:
        predictor: the model.
        name: the name of the model in responses.
        host: the address to listen on.
        port: the port to listen on; 0 for any free one.
        allowed: names by which browsers may reach the service, beside those of this machine.
        log_access: whether to print one line for each request.

    Raises:
        UserError: the address is in use or not allowed.
    """
    limits = Limits()
    listening = _listen(host, port)
    access_log.setLevel(logging.INFO if log_access else logging.WARNING)
    app = application(predictor, name, limits, Names((host, *allowed)))
    predictor.scores(["I love it"])  # the first text takes longer than others
    shown = f"[{host}]" if ":" in host else host
    log.info("open http://%s:%d", shown, listening.getsockname()[1])
    uvicorn.Server(configuration(app, limits)).run([listening])


def configuration(app: Any, limits: Limits) -> uvicorn.Config:
    """Configure uvicorn.

    Args:
        app: the application.
        limits: the limits of time and of the number of connections.
    """
    return uvicorn.Config(
        app,
        http=_connections(limits),
        ws="none",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,  # seconds; Ctrl-C would wait for a client that never reads
        access_log=False,  # of uvicorn: it contains the query, which may be a tweet
        log_level="error",  # its warnings are about what clients do
        server_header=False,
        lifespan="off",
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        if not 0 <= port <= 65_535:  # Python would notice too, but leave a socket open
            raise OverflowError("port must be 0-65535")
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        both = family == socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((host, port), family=family, dualstack_ipv6=both)
    except (OSError, OverflowError) as error:
        what, where = f"cannot listen on this address ({error})", f"--host {host} --port {port}"
        raise UserError(what, where, "choose another port, or --port 0 for any free one") from error


def _connections(limits: Limits) -> type[H11Protocol]:
    """Create a class of connections that know of one another."""
    maximum = max(1, min(limits.connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OWN_FILES))
    all_connections: set[Connection] = set()
    waiting: dict[Connection, None] = {}  # in the order in which they began to wait

    class LimitedConnection(Connection):
        seconds = limits.seconds
        maximum_number = maximum
        opened = all_connections
        waiting_for_client = waiting

    return LimitedConnection


class Connection(H11Protocol):
    """A connection of uvicorn with a time limit for what uvicorn waits for without one.

    These are a header, and a client that reads its response. The time for a body is limited where it is read. Where
    there are too many connections, the one that has waited longest for its client is closed: silent clients do not keep
    others out.
    """

    seconds: float
    maximum_number: int
    opened: "set[Connection]"
    waiting_for_client: "dict[Connection, None]"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._phase = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the header of a request."""
        super().connection_made(transport)
        self.opened.add(self)
        self._enter("header")
        if len(self.opened) > self.maximum_number:
            next(iter(self.waiting_for_client)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._enter("closed")
        self.resume_writing()
        self.opened.discard(self)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """See what has arrived."""
        super().handle_events()
        self._update()

    def on_response_complete(self) -> None:
        """Begin to wait for the client to read the response, and for the header of its next request."""
        super().on_response_complete()
        self._update()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._reading = self.loop.call_later(self.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting for the client to read."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the form of every refusal."""
        content = b'{"title":"Bad Request","status":400,"detail":"%s","code":"invalid_http","type":"about:blank"}'
        body = content % msg.encode("ascii").rstrip(b".")
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body))]
        response = h11.Response(status_code=400, headers=[*headers, *RAW_HEADERS, (b"connection", b"close")])
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _update(self) -> None:
        is_active = self.cycle is not None and not self.cycle.response_complete
        phase = "header" if not is_active else "body" if self.cycle.more_body else "response"
        if phase != self._phase:
            self._enter(phase)

    def _enter(self, phase: str) -> None:
        self._phase = phase
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self.seconds, self.transport.abort) if phase == "header" else None
        self.waiting_for_client.pop(self, None)
        if phase in ("header", "body"):
            self.waiting_for_client[self] = None
