"""A real HTTP server on 127.0.0.1 that serves files, with the faults that occur on the network."""

import itertools
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trustme import LeafCert


@dataclass
class ServedFile:
    """One file and the faults with which it is served.

    The faults are:

    - cut: half of the body, then the connection is closed; cut_early: the same after a quarter
    - reset: half of the body, then the connection is reset; stall: half of the body, then nothing
    - long, short: a Content-Length that is one byte too large or too small
    - unsized: no Content-Length; cut_unsized: half of the body without a Content-Length
    - no_ranges: the header Range is ignored; no_if_range: the header If-Range is ignored
    - wrong_header: the requested range, with a wrong Content-Range
    - wrong_bytes: the start of the file, with the Content-Range of the requested range
    - shifted: the start of the file, with the Content-Range of that
    - drip: the body, a byte at a time; endless: the body again and again, without a Content-Length
    - digits: a Content-Length of 5,000 digits; enormous: one of 10^17 bytes
    - cut_header: the connection is closed after the status line; drip_header: a header without an end, a byte at a time
    - html: a web page
    - 404, 416, 503: a response with that status
    - loop: a redirect to the same address; redirect: a redirect to `redirect_to`; invalid: one to an invalid address
    - anything else: no fault

    Attributes:
        body: the content of the file.
        etag: the ETag; empty for none.
        faults: the fault of each request, in order.
        default_fault: the fault of all further requests; empty for none.
        redirect_to: the path to which the fault "redirect" leads.
        retry_after: the header Retry-After of the faults that are a status; empty for none.
    """

    body: bytes
    etag: str = '"1"'
    faults: list[str] = field(default_factory=list)
    default_fault: str = ""
    redirect_to: str = ""
    retry_after: str = ""


@dataclass(frozen=True)
class Request:
    """A request that was answered: its path, its header Range, and the status and size of the response."""

    path: str
    range: str
    status: int
    sent: int


class FileServer:
    """A file server that runs in a thread while its `with` block runs.

    Args:
        certificate: the certificate for HTTPS; None for HTTP.

    Attributes:
        files: the files by path, such as "/a.zip".
        requests: all requests so far.
    """

    def __init__(self, certificate: LeafCert | None = None) -> None:
        self.files: dict[str, ServedFile] = {}
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

    def serve(self, path: str, body: bytes, **options) -> str:
        """Serve a body at a path; the options are those of `ServedFile`. Returns the address."""
        self.files[path] = ServedFile(body, **options)
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}{path}"

    @property
    def sent(self) -> int:
        """The number of body bytes sent so far."""
        return sum(request.sent for request in self.requests)


def free_port() -> int:
    """Return a port on which nothing listens."""
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
        fault = served.faults.pop(0) if served.faults else served.default_fault
        if fault.isdigit():
            self._answer(int(fault), b"no", {"Retry-After": served.retry_after} if served.retry_after else None)
        elif fault == "cut_header":
            self.close_connection = True
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        elif fault == "drip_header":
            self.close_connection = True
            self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Endless: ")
            self._drip(itertools.repeat(ord("x")))
        elif fault == "invalid":
            self._answer(302, b"", {"Location": "http://[::1"})
        elif fault in ("loop", "redirect"):
            self._answer(302, b"", {"Location": self.path if fault == "loop" else served.redirect_to})
        elif fault == "html":
            self._answer(200, b"<html>please log in</html>", {"Content-Type": "text/html; charset=utf-8"})
        else:
            self._send_file(served, fault)

    def _send_file(self, served: ServedFile, fault: str) -> None:
        status, body, headers = 200, served.body, {"ETag": served.etag} if served.etag else {}
        requested = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        unchanged = fault == "no_if_range" or self.headers.get("If-Range", served.etag) == served.etag
        if requested and unchanged and fault != "no_ranges":
            first = int(requested[1])
            last = min(int(requested[2]) if requested[2] else len(body), len(body) - 1)
            if first > last:
                self._answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
                return
            stated = {"wrong_header": first + 1, "shifted": 0}.get(fault, first)
            start = 0 if fault in ("wrong_bytes", "shifted") else first
            status, body = 206, body[start : start + last - first + 1]
            headers["Content-Range"] = f"bytes {stated}-{stated + len(body) - 1}/{len(served.body)}"
        length = len(body) + {"long": 1, "short": -1}.get(fault, 0)
        if fault in ("cut", "reset", "stall", "cut_unsized"):
            body = body[: len(body) // 2]
        if fault == "cut_early":
            body = body[: len(body) // 4]
        if fault not in ("unsized", "cut_unsized"):
            headers["Content-Length"] = {"digits": "9" * 5000, "enormous": str(10**17)}.get(fault, str(length))
        if fault in ("drip", "endless"):
            self._send_slowly_or_forever(status, body, headers, fault)
            return
        self._answer(status, body[:length], headers)
        if fault == "stall":
            self.wfile.flush()
            self.server_files.closing.wait()
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _send_slowly_or_forever(self, status: int, body: bytes, headers: dict[str, str], fault: str) -> None:
        if fault == "endless":
            del headers["Content-Length"]
        self._answer(status, b"", headers)
        try:
            self._drip(body if fault == "drip" else ())
            while fault == "endless" and not self.server_files.closing.is_set():
                self.wfile.write(body)
        except OSError:  # the client has closed the connection
            return

    def _drip(self, content: Iterable[int]) -> None:
        """Sends a byte at a time, until the server is closed or the client has closed the connection."""
        with suppress(OSError):
            for byte in content:
                if self.server_files.closing.wait(0.01):
                    return
                self.wfile.write(bytes([byte]))

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
        except OSError:  # the client may close the connection at any time
            return
