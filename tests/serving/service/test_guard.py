"""By which names the service may be reached, and what is recorded of a request."""

import asyncio
import logging
import socket

import pytest
from starlette.datastructures import Headers

from sentiment140.serving.service.application import HEADERS, application
from sentiment140.serving.service.guard import Names, problem
from sentiment140.serving.service.limits import Limits, Refusal


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:8140", "localhost:1", "LOCALHOST", "[::1]:8140", "[::1]", "192.168.1.7:80"),
        *(socket.gethostname(), "tweets.example", "Tweets.Example:443"),
    ],
)
def test_addresses_and_own_names_are_allowed(host):
    assert Names(["tweets.example"]).is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:8140", "", " "),
        *("evil@127.0.0.1", "127.0.0.1/evil", "[::1", "[evil]", "127.0.0.1:port", "a\n", "1.2.3", "tweets.example."),
    ],
)
def test_other_names_are_refused(host):
    with pytest.raises(Refusal, match="not a name of this service") as refused:
        Names(["tweets.example"]).check("GET", Headers({"host": host}))
    assert refused.value.status_code == 421


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("http://127.0.0.1:8140", True),
        ("https://127.0.0.1:8140", True),  # a proxy has ended TLS
        ("http://127.0.0.1:81", False),
        ("http://evil.example", False),
        ("http://127.0.0.1:8140.evil.example", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_only_pages_of_the_service_may_send_texts(origin, is_allowed):
    headers = Headers({"host": "127.0.0.1:8140", "origin": origin})
    Names().check("GET", headers)
    if is_allowed:
        Names().check("POST", headers)
    else:
        with pytest.raises(Refusal, match="may not send texts") as refused:
            Names().check("POST", headers)
        assert refused.value.status_code == 403


def test_programs_without_origin_may_send_texts():
    Names().check("POST", Headers({"host": "127.0.0.1:8140"}))
    Names().check("POST", Headers({}))


def answer(app, method="GET", path="/health", body=b"", headers=(), query=b"", host=b"localhost"):
    """(status, headers, body) of the response to a request."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
        "headers": [(b"host", host), *headers], "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, sent[1]["body"]


@pytest.fixture
def app(predictor):
    return application(predictor, "a/fast", Limits())


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/metrics", "/openapi.json", "/nothing", "/predict"])
@pytest.mark.parametrize("host", [b"localhost", b"evil.example"])
def test_every_response_has_the_headers(app, path, host):
    status, headers, _ = answer(app, path=path, host=host)
    assert (status == 421) == (host == b"evil.example")
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= headers.items()


def test_a_page_of_another_origin_gets_no_answer(app):
    status, headers, _ = answer(app, "POST", "/predict", b'{"text": "a"}', [(b"origin", b"http://evil.example")])
    assert (status, headers["connection"]) == (403, "close")


def test_a_bug_is_a_problem_too_with_the_headers(predictor, monkeypatch):
    monkeypatch.setattr(predictor.model, "logits", lambda tokens: 1 / 0)
    app, sent = application(predictor, "a/fast", Limits()), []

    async def receive():
        return {"type": "http.request", "body": b'{"text": "a"}'}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict", "query_string": b"", "headers": []}
    with pytest.raises(ZeroDivisionError):  # the server logs it
        asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 500
    assert (b"x-content-type-options", b"nosniff") in sent[0]["headers"]
    assert b'"code":"internal_error"' in sent[1]["body"]


def test_a_body_with_two_lengths_is_refused(app):
    headers = [(b"content-length", b"13"), (b"transfer-encoding", b"chunked")]
    status, found, body = answer(app, "POST", "/predict", b'{"text": "a"}', headers)
    assert (status, found["connection"]) == (400, "close")
    assert b"either Content-Length or Transfer-Encoding" in body


def test_requests_are_counted_by_known_paths_and_status(app):
    answer(app, "POST", "/predict", b'{"texts": ["a", "b"]}')
    answer(app, "POST", "/predict", b"{")
    answer(app, path="/anything")
    answer(app, path="/else")
    _, headers, body = answer(app, path="/metrics")
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = body.decode().splitlines()
    for line in (
        'sentiment140_requests_total{path="/predict",status="200"} 1.0',
        'sentiment140_requests_total{path="/predict",status="400"} 1.0',
        'sentiment140_requests_total{path="other",status="404"} 2.0',
        'sentiment140_request_seconds_count{path="/predict"} 2.0',
        "sentiment140_texts_total 2.0",
        "sentiment140_active_requests 1.0",  # this one
        "sentiment140_active_tokens 0.0",
        'sentiment140_model_info{data="demo",name="a/fast"} 1.0',
    ):
        assert line in lines
    assert any(line.startswith("process_resident_memory_bytes") for line in lines)


def test_the_access_log_has_no_text_and_no_control_character(app, caplog):
    with caplog.at_level(logging.INFO, "sentiment140.access"):
        answer(app, path="/", query=b"text=secret")
        answer(app, path="/a\n\x1b[31m" + "b" * 1000)
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith('127.0.0.1 "GET /" 200 ')
    assert r'"GET /a\n\x1b[31mbbb' in second
    assert len(second) < 120


def test_a_problem_names_status_code_reason_and_numbers():
    response = problem(Refusal(413, "too_many_texts", "too many", 3, 2))
    assert response.media_type == "application/problem+json"
    assert b'"status":413,"detail":"too many","code":"too_many_texts","type":"about:blank","found":3,"limit":2' in (
        response.body
    )
