"""A real HTTP server on 127.0.0.1 that serves bytes well, or as badly as the network does."""

import re
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trustme import LeafCert


@dataclass
class Served:
    """One file. `faults` holds what to do wrong, a word a request; when they are used up, `ever` (if any) holds on.

    cut: half of the body, then the end; cut_early: a quarter; reset: half, then a reset; stall: half, then silence;
    long / short: Content-Length one more / one less; unsized: no Content-Length; cut_unsized: half of the body, without
    Content-Length; no_ranges: ignore Range; liar: the right range announced wrongly; wrong_bytes: from the start on,
    announced as what was asked for; shifted: from the start on, and saying so; no_if_range: ignore If-Range; html: a
    web page; 416, 503, 404: that status; loop: redirect to itself; away: redirect to `elsewhere`.
    """

    body: bytes
    etag: str = '"1"'
    faults: list[str] = field(default_factory=list)
    ever: str = ""
    elsewhere: str = ""


@dataclass(frozen=True)
class Request:
    path: str
    range: str
    status: int
    sent: int


class FileServer:
    """Serves `files` by path, such as "/a.zip", and remembers the `requests`. A context manager.

    Args:
        certificate: that it shows; without one it speaks plain HTTP.
    """

    def __init__(self, certificate: LeafCert | None = None) -> None:
        self.files: dict[str, Served] = {}
        self.requests: list[Request] = []
        self.closing = threading.Event()
        owner = self

        class Handler(_Handler):
            server_files = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "FileServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    def serve(self, path: str, body: bytes, **how) -> str:
        """Gives the address at which the body is served from now on."""
        self.files[path] = Served(body, **how)
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}{path}"

    @property
    def sent(self) -> int:
        return sum(request.sent for request in self.requests)


def free_port() -> int:
    """Gives a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class _Handler(BaseHTTPRequestHandler):
    server_files: FileServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        served = self.server_files.files.get(self.path)
        if served is None:
            self._answer(404, b"not here")
            return
        fault = served.faults.pop(0) if served.faults else served.ever
        if fault.isdigit():
            self._answer(int(fault), b"no")
        elif fault in ("loop", "away"):
            self._answer(302, b"", {"Location": self.path if fault == "loop" else served.elsewhere})
        elif fault == "html":
            self._answer(200, b"<html>please log in</html>", {"Content-Type": "text/html; charset=utf-8"})
        else:
            self._send_file(served, fault)

    def _send_file(self, served: Served, fault: str) -> None:
        status, body, headers = 200, served.body, {"ETag": served.etag} if served.etag else {}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        unchanged = fault == "no_if_range" or self.headers.get("If-Range", served.etag) == served.etag
        if asked and unchanged and fault != "no_ranges":
            first = int(asked[1])
            last = min(int(asked[2]) if asked[2] else len(body), len(body) - 1)
            if first > last:
                self._answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
                return
            named = {"liar": first + 1, "shifted": 0}.get(fault, first)
            begin = 0 if fault in ("wrong_bytes", "shifted") else first
            status, body = 206, body[begin : begin + last - first + 1]
            headers["Content-Range"] = f"bytes {named}-{named + len(body) - 1}/{len(served.body)}"
        length = len(body) + {"long": 1, "short": -1}.get(fault, 0)
        if fault in ("cut", "reset", "stall", "cut_unsized"):
            body = body[: len(body) // 2]
        if fault == "cut_early":
            body = body[: len(body) // 4]
        if fault not in ("unsized", "cut_unsized"):
            headers["Content-Length"] = str(length)
        self._answer(status, body[:length], headers)
        if fault == "stall":
            self.wfile.flush()
            self.server_files.closing.wait()
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        record = Request(self.path, self.headers.get("Range", ""), status, len(body))
        self.server_files.requests.append(record)
        self.close_connection = True
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} if headers is None else headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the client went away, as it may
            return
