"""Connections: every phase of a request has a time limit, and clients that keep silent do not keep others out."""

import json
import select
import socket
import threading
from contextlib import ExitStack, closing, contextmanager

import pytest
import requests
import uvicorn

from sentiment140.errors import UserError
from sentiment140.serving.service import server
from sentiment140.serving.service.application import HEADERS, application
from sentiment140.serving.service.limits import Limits

TIMEOUT = 60  # seconds; a test that waits so long has failed
PREDICT = b'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{"text": "a"}'


@contextmanager
def running(predictor, listening=None, **limits):
    """The address of a service with these limits, in a thread."""
    chosen = Limits(**limits)
    with closing(listening or server._listen("127.0.0.1", 0)) as listening:
        service = uvicorn.Server(server.configuration(application(predictor, "a/fast", chosen), chosen))
        thread = threading.Thread(target=service.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            service.should_exit = True
            thread.join(TIMEOUT)
            assert not thread.is_alive()


def connect(address, content=b""):
    connection = socket.create_connection(address, timeout=TIMEOUT)
    connection.sendall(content)
    return connection


def received(connection):
    """All that arrives until the service closes the connection."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b"<reset>")
    return b"".join(parts)


def health(address):
    return requests.get(f"http://{address[0]}:{address[1]}/health", timeout=TIMEOUT).status_code


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        PREDICT,
        PREDICT + b"GET /",
    ],
    ids=["silent", "half a header", "idle after a response", "half a second header"],
)
def test_a_connection_that_waits_for_a_header_is_closed(predictor, content):
    with running(predictor, seconds=0.2) as address, connect(address, content) as connection:
        answered = received(connection)
    assert answered.startswith(b"HTTP/1.1 200" if content.startswith(PREDICT) else (b"<reset>", b""))


@pytest.mark.parametrize(
    "content",
    [b"GET / HTTP/1.1\r\nX: ", PREDICT.replace(b"Content-Length: 13", b"Content-Length: 99999")],
    ids=["header", "body, also after its refusal"],
)
def test_what_arrives_byte_by_byte_is_not_waited_for(predictor, content):
    closed = threading.Event()

    def trickle(connection):
        try:
            while not closed.wait(0.02):
                connection.send(b"x")
        except OSError:
            pass

    with running(predictor, seconds=0.3) as address, connect(address, content) as connection:
        thread = threading.Thread(target=trickle, args=(connection,))
        thread.start()
        try:
            answered = received(connection)
        finally:
            closed.set()
            thread.join()
    assert answered.startswith((b"HTTP/1.1 408", b"<reset>")) or not answered


def test_a_body_that_does_not_arrive_gets_408(predictor):
    with running(predictor, seconds=0.3) as address, connect(address, PREDICT[:-1]) as connection:
        answered = received(connection)
    assert answered.startswith(b"HTTP/1.1 408")
    assert b'"code":"too_slow"' in answered


def test_a_client_that_never_reads_is_not_waited_for(predictor):
    body = json.dumps({"texts": ["a"] * 1000}).encode()
    request = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with running(predictor, seconds=0.5) as address:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(address)
        with connection:
            connection.settimeout(TIMEOUT)
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                for _ in range(100_000):  # until no buffer takes more
                    connection.sendall(request)
        assert health(address) == 200


def test_a_client_that_does_not_read_the_end_of_its_last_response_is_not_waited_for(predictor):
    body = json.dumps({"texts": ["a"] * 400}).encode()
    header = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    with closing(server._listen("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        with running(predictor, listening, seconds=0.5) as address, socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(address)
            connection.sendall(header + body)
            select.select([connection], [], [], TIMEOUT)  # wait until the response begins
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                for _ in range(TIMEOUT * 50):
                    connection.send(b"x")
                    threading.Event().wait(0.02)


@pytest.mark.parametrize("content", [b"", PREDICT], ids=["from the start", "after a response"])
def test_silent_connections_do_not_keep_others_out(predictor, content):
    with running(predictor, connections=4) as address, ExitStack() as still_open:
        silent = []
        for _ in range(20):
            silent.append(still_open.enter_context(connect(address, content)))
            if content:
                answered = b""
                while not answered.endswith(b"}]}"):
                    answered += silent[-1].recv(65_536)
                assert answered.startswith(b"HTTP/1.1 200")
        for _ in range(3):
            assert health(address) == 200
        assert received(silent[0]) in (b"", b"<reset>")  # the oldest was closed


def test_a_body_that_waits_does_not_keep_others_out_either(predictor):
    with running(predictor, connections=3) as address, ExitStack() as still_open:
        waiting = [still_open.enter_context(connect(address, PREDICT[:-1])) for _ in range(8)]
        assert health(address) == 200
        assert received(waiting[0]) in (b"", b"<reset>")


def test_all_bodies_together_are_limited(predictor):
    with running(predictor, all_bodies_bytes=10) as address, connect(address, PREDICT) as connection:
        answered = connection.recv(65_536)
        assert answered.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in answered
    with running(predictor, all_bodies_bytes=20) as address:
        for _ in range(3):  # what is answered does not count
            with connect(address, PREDICT) as connection:
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200")


def test_what_is_not_http_is_refused_like_everything_else(predictor):
    with running(predictor) as address, connect(address, b"\x16\x03\x01\x02\x00 hello\r\n\r\n") as connection:
        head, body = received(connection).split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert all(f"{name.lower()}: {value}".encode() in head for name, value in HEADERS.items())
    assert json.loads(body) | {"detail": ""} == {
        "title": "Bad Request", "status": 400, "detail": "", "code": "invalid_http", "type": "about:blank"
    }  # fmt: skip


def test_two_lengths_are_refused_and_the_connection_is_closed(predictor):
    chunked = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    content = chunked + b'd\r\n{"text": "a"}\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'
    with running(predictor) as address, connect(address, content) as connection:
        answered = received(connection)
    assert answered.startswith(b"HTTP/1.1 400")
    assert answered.count(b"HTTP/1.1") == 1


def test_requests_on_one_connection_are_answered_in_order(predictor):
    with running(predictor, seconds=0.5) as address:
        content = PREDICT + b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + PREDICT
        with connect(address, content) as connection:
            answered = received(connection)
    assert answered.count(b"HTTP/1.1 200") == 3
    assert answered.index(b'"predictions"') < answered.index(b'"status":"ok"')


def test_work_ends_when_the_client_leaves(predictor, monkeypatch):
    scored, go_on, logits = [], threading.Event(), predictor.model.logits

    def watched(tokens):
        scored.append(len(tokens))
        go_on.wait(TIMEOUT)
        return logits(tokens)

    monkeypatch.setattr(predictor.model, "logits", watched)
    body = json.dumps({"texts": ["word " * 100] * 2, "explain": True}).encode()
    with running(predictor) as address:
        connection = connect(address, b"POST /predict HTTP/1.1\r\nHost: a\r\n".replace(b": a", b": localhost"))
        connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        while not scored:
            threading.Event().wait(0.01)
        connection.close()
        while "sentiment140_active_requests 2.0" not in figures(address):  # this one, and the one that is left
            threading.Event().wait(0.01)
        go_on.set()
        while "sentiment140_active_requests 1.0" not in figures(address):
            threading.Event().wait(0.01)
        assert 'path="/predict",status="499"} 1.0' in figures(address)
        assert "sentiment140_active_tokens 0.0" in figures(address)
    assert len(scored) <= 2  # of more than twenty steps


def figures(address):
    return requests.get(f"http://{address[0]}:{address[1]}/metrics", timeout=TIMEOUT).text


def has_ipv6():
    """Whether this machine has an IPv6 address, by the standard library alone."""
    try:
        with socket.socket(socket.AF_INET6) as connection:
            connection.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        pytest.param("::1", "::1", marks=pytest.mark.skipif(not has_ipv6(), reason="needs IPv6")),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", None),
    ],
)
def test_every_kind_of_address_can_be_listened_on(host, shown):
    with server._listen(host, 0) as listening:
        assert shown in (None, listening.getsockname()[0])


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99_999), ("no.such.host.invalid", 0), ("192.0.2.1", 0)])
def test_an_address_that_is_not_here_is_refused_in_one_line(host, port):
    with pytest.raises(UserError, match=rf"cannot listen on this address \(.*\), --host {host} --port {port}, choose"):
        server._listen(host, port)
