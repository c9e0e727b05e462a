"""The service as a process of its own, asked over HTTP, and its page in a real browser."""

import asyncio
import json
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from sentiment140.serving.service import Limits, _read, application

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()


@pytest.fixture(scope="module")
def address(demo_run):
    checkout, run, _ = demo_run
    with subprocess.Popen(
        checkout.command("serve.py", "--port", 0, "--model", run),
        stderr=subprocess.PIPE, cwd=checkout.folder, env=checkout.environment(), text=True,
    ) as process:  # fmt: skip
        printed = [process.stderr.readline(), process.stderr.readline()]
        assert printed[1].startswith("open http://"), printed
        address = printed[1].split()[1]
        while True:
            try:
                requests.get(f"{address}/health", timeout=10)
            except requests.ConnectionError:
                time.sleep(0.05)
            else:
                break
        yield address
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert "Traceback" not in rest


def ask(address, body):
    data = body if isinstance(body, bytes) else json.dumps(body)
    return requests.post(f"{address}/predict", data=data, timeout=60)


def test_a_batch_gets_the_probabilities_of_the_predictor(address, predictor):
    texts = ["I love it", "not my day :(", "", "<b>&amp;", "🎉" * 100]
    answer = ask(address, {"texts": texts, "abstain": 0.01, "explain": True}).json()
    assert answer["model"] == "demo-tiny/fast"
    probability = predictor.probability(texts)
    assert [found["probability"] for found in answer["predictions"]] == pytest.approx(probability, abs=2e-6)
    assert [word["word"] for word in answer["predictions"][0]["explanation"]] == ["i", "love", "it"]
    assert set(ask(address, {"texts": texts}).json()["predictions"][0]) == {"sentiment", "probability"}
    assert ask(address, {"texts": []}).json()["predictions"] == []


def test_the_health_check_answers(address):
    health = requests.get(f"{address}/health", timeout=10).json()
    assert (health["status"], health["data"], health["requests"]) == ("ok", "demo", 0)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "JSON object"),
        (b"{", 400, "JSON object"),
        (b"\xff\xfe\x00", 400, "JSON object"),
        (b"[" * 100_000, 400, "JSON object"),
        ({"texts": "one"}, 400, "JSON object"),
        ({"text": ["one"]}, 400, "JSON object"),
        ({"texts": ["one", None]}, 400, "every text must be a string"),
        ({"texts": ["one"], "explian": True}, 400, "unknown explian (known: abstain, explain, texts)"),
        ({"texts": ["one"], "explain": 1}, 400, "explain must be true or false"),
        ({"texts": ["one"], "abstain": 0.7}, 400, "abstain must be a number from 0 to 0.5"),
        (b'{"texts": ["one"], "abstain": NaN}', 400, "abstain must be a number"),
        ({"texts": ["one"] * 1001}, 413, "1,000 texts"),
        ({"texts": ["one"] * 21, "explain": True}, 413, "20 texts with explanations"),
        ({"texts": ["a" * 5001]}, 413, "5,000 characters"),
        (b" " * 2**21, 413, "1,048,576 bytes"),
    ],
)
def test_an_invalid_request_is_refused_with_a_reason(address, body, status, message):
    answer = ask(address, body)
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_other_paths_and_methods_are_refused(address):
    assert requests.get(f"{address}/../../etc/passwd", timeout=10).status_code == 404
    assert requests.get(f"{address}/predict", timeout=10).status_code == 405


def test_many_requests_at_a_time_are_answered_or_refused(address):
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: ask(address, {"texts": ["good day"] * 500}), range(128)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all(answer.headers.get("Retry-After") == "1" for answer in answers if answer.status_code == 503)
    assert ask(address, {"texts": ["good"]}).status_code == 200


def answer_of(predictor, limits, *events):
    """(status, headers) of a request whose body comes in these events, and then never another."""
    sent, waiting = [], list(events)

    async def receive():
        return waiting.pop(0) if waiting else await asyncio.Future()

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict", "query_string": b"", "headers": []}
    asyncio.run(application(predictor, "a/fast", limits)(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"])


@pytest.mark.parametrize(
    ("limits", "event", "status"),
    [
        (Limits(waiting=0), {"type": "http.request", "body": b'{"texts": []}'}, 503),
        (Limits(seconds=0.05), {"type": "http.request", "body": b"{", "more_body": True}, 408),
        (Limits(), {"type": "http.disconnect"}, 400),
        (Limits(bytes=3), {"type": "http.request", "body": b"abcd", "more_body": True}, 413),
        (Limits(), {"type": "http.request", "body": b'{"texts": []}'}, 200),
    ],
)
def test_a_request_too_many_too_slow_too_long_or_broken_off_is_refused(predictor, limits, event, status):
    found, headers = answer_of(predictor, limits, event)
    assert found == status
    assert (b"retry-after" in headers) == (status == 503)


@pytest.mark.parametrize("broken_off", [True, False])
def test_a_request_that_never_ends_blocks_no_other(address, broken_off):
    host, port = address.removeprefix("http://").split(":")
    with ExitStack() as still_open:
        for _ in range(40):  # more than may wait
            connection = socket.create_connection((host, int(port)))
            still_open.enter_context(connection)
            connection.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
            if broken_off:
                connection.close()
        assert ask(address, {"texts": ["good"]}).status_code == 200


KEYS = st.sampled_from(["texts", "abstain", "explain", "x"])
LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=6)


@given(st.binary(max_size=100) | JSON.map(lambda content: json.dumps(content).encode()))
@settings(max_examples=300, deadline=None)
def test_any_body_is_read_or_refused(body):
    try:
        wanted = _read(body, Limits())
    except HTTPException as error:
        status = error.status_code
    else:
        status = 200
        assert all(isinstance(text, str) for text in wanted.texts)
    assert status in (200, 400, 413)


def test_an_address_in_use_is_reported(demo_run, address):
    checkout, _, _ = demo_run
    done = checkout.run("serve.py", "--port", address.rpartition(":")[2])
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith("error: cannot listen there")


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs chromium")
def test_the_page_shows_the_sentiment_and_the_words(address, tmp_path):
    page = browse(tmp_path, f"{address}/?text=I%20love%20%3Cb%3Eit%3C%2Fb%3E", "--dump-dom")
    assert 'id="sentiment" class="' in page.replace('class="positive" id="sentiment"', 'id="sentiment" class="')
    assert "% positive" in page
    assert "love<small>" in page
    assert "<b>it" not in page  # what a person types is text
    assert "demo-tiny/fast" in page


def browse(tmp_path: Path, url: str, *flags: str) -> str:
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={tmp_path}/profile",
        "--virtual-time-budget=5000",
        *flags,
        url,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
