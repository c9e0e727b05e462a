"""The HTTP service, run as a separate process, and its page, opened in a real browser."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from sentiment140.serving.service import Limits, _parse, application
from support.browser import CHROMIUM, FLAGS, needs_chromium


@pytest.fixture(scope="module")
def address(demo_run):
    """The URL of a service with the demo run's fast model, such as http://127.0.0.1:40001."""
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


def post(address, body):
    data = body if isinstance(body, bytes) else json.dumps(body)
    return requests.post(f"{address}/predict", data=data, timeout=60)


def test_a_batch_gets_the_same_probabilities_as_from_the_predictor(address, predictor):
    texts = ["I love it", "not my day :(", "", "<b>&amp;", "🎉" * 100]
    response = post(address, {"texts": texts, "abstain": 0.01, "explain": True}).json()
    assert response["model"] == "demo-tiny/fast"
    probability = predictor.probability(texts)
    assert [found["probability"] for found in response["predictions"]] == pytest.approx(probability, abs=2e-6)
    assert [word["word"] for word in response["predictions"][0]["explanation"]] == ["i", "love", "it"]
    without = post(address, {"texts": texts}).json()["predictions"]
    assert set(without[0]) == {"sentiment", "probability", "known_words", "truncated"}
    assert [(found["known_words"] > 0, found["truncated"]) for found in without[:3]] == [(True, False)] * 2 + [
        (False, False)
    ]
    assert [found["sentiment"] for found in response["predictions"]][2] == "uncertain"
    assert post(address, {"texts": []}).json()["predictions"] == []


def test_the_health_check_answers_with_the_scores_of_the_model(address, predictor):
    health = requests.get(f"{address}/health", timeout=10).json()
    assert (health["status"], health["data"], health["requests"]) == ("ok", "demo", 0)
    expected = predictor.manifest.scores["holdout"]
    assert health["scores"]["holdout"]["n"] == expected.n
    assert health["scores"]["holdout"]["accuracy"] == asdict(expected.accuracy)


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
        (
            {"texts": ["one"], "explian": True},
            400,
            'unknown key "explian": did you mean explain? (known: abstain, explain, texts)',
        ),
        (b'{"texts": ["one"], "\\ud800": 1}', 400, 'unknown key "?"'),
        ({"texts": ["one"], "explain": 1}, 400, "explain must be true or false"),
        ({"texts": ["one"], "abstain": 0.7}, 400, "abstain must be a number from 0 to 0.5"),
        (b'{"texts": ["one"], "abstain": NaN}', 400, "abstain must be a number"),
        ({"texts": ["one"] * 1001}, 413, "at most 1,000 texts, but this one has 1,001"),
        ({"texts": ["one"] * 21, "explain": True}, 413, "at most 20 texts with explanations, but this one has 21"),
        ({"texts": ["a" * 5001]}, 413, "at most 5,000 characters, but texts[0] has 5,001"),
        (b" " * 2**21, 413, "larger than 1,048,576 bytes"),
    ],
)
def test_an_invalid_request_gets_a_4xx_status_and_a_reason(address, body, status, message):
    response = post(address, body)
    assert response.status_code == status
    assert message in response.json()["error"]


def test_unknown_paths_get_404_and_wrong_methods_405(address):
    assert requests.get(f"{address}/../../etc/passwd", timeout=10).status_code == 404
    assert requests.get(f"{address}/predict", timeout=10).status_code == 405


def test_every_one_of_many_concurrent_requests_is_answered_or_gets_503(address):
    with ThreadPoolExecutor(64) as pool:
        responses = list(pool.map(lambda _: post(address, {"texts": ["good day"] * 500}), range(128)))
    assert {response.status_code for response in responses} <= {200, 503}
    assert all(response.headers.get("Retry-After") == "1" for response in responses if response.status_code == 503)
    assert post(address, {"texts": ["good"]}).status_code == 200


def response_to(predictor, limits, *events):
    """(status, headers) of the response to a request whose body arrives in these events and then never ends."""
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
        (Limits(active_requests=0), {"type": "http.request", "body": b'{"texts": []}'}, 503),
        (Limits(seconds=0.05), {"type": "http.request", "body": b"{", "more_body": True}, 408),
        (Limits(), {"type": "http.disconnect"}, 400),
        (Limits(body_bytes=3), {"type": "http.request", "body": b"abcd", "more_body": True}, 413),
        (Limits(), {"type": "http.request", "body": b'{"texts": []}'}, 200),
    ],
)
def test_a_request_that_exceeds_a_limit_or_is_interrupted_is_refused(predictor, limits, event, status):
    found, headers = response_to(predictor, limits, event)
    assert found == status
    assert (b"retry-after" in headers) == (status == 503)


@pytest.mark.parametrize("interrupted", [True, False])
def test_incomplete_requests_do_not_block_a_complete_one(address, interrupted):
    host, port = address.removeprefix("http://").split(":")
    with ExitStack() as still_open:
        for _ in range(40):  # more than may be active
            connection = socket.create_connection((host, int(port)))
            still_open.enter_context(connection)
            connection.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
            if interrupted:
                connection.close()
        assert post(address, {"texts": ["good"]}).status_code == 200


KEYS = st.sampled_from(["texts", "abstain", "explain", "x"])
LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=6)


@given(st.binary(max_size=100) | JSON.map(lambda content: json.dumps(content).encode()))
@settings(max_examples=300, deadline=None)
def test_any_body_is_parsed_or_refused(body):
    try:
        predict_request = _parse(body, Limits())
    except HTTPException as error:
        status = error.status_code
    else:
        status = 200
        assert all(isinstance(text, str) for text in predict_request.texts)
    assert status in (200, 400, 413)


def test_an_address_in_use_is_reported(demo_run, address):
    checkout, _, _ = demo_run
    done = checkout.run("serve.py", "--port", address.rpartition(":")[2])
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith("error: cannot listen on this address")


@needs_chromium
def test_the_page_shows_the_sentiment_and_the_effect_of_each_word(address, tmp_path):
    page = browse(tmp_path, f"{address}/?text=I%20love%20%3Cb%3Eit%3C%2Fb%3E", "--dump-dom")
    assert 'id="sentiment" class="' in page.replace('class="positive" id="sentiment"', 'id="sentiment" class="')
    assert "% probability of positive" in page
    assert "love<small>" in page
    assert "<b>it" not in page  # markup in a tweet is shown as text
    assert re.search(
        r"Model demo-tiny/fast\. Accuracy, with 95% interval: [\d.]+% \[.*\] on \d+ synthetic tweets;", page
    )
    assert re.search(r'<div id="demo" role="note">DEMO MODEL', page)
    for example in re.findall(r'<li><a href="(.*?)">(.*?)</a>', page):
        assert parse_qs(urlsplit(example[0]).query) == {"text": [example[1]]}


PAGE = resources.files("sentiment140.serving").joinpath("page.html").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (.*?);", scheme)) for scheme in re.findall(r":root \{(.*?)\}", PAGE, re.DOTALL)
)


def rgb(color: str) -> list[float]:
    """The red, green and blue, 0 to 255, of `#fff`, `#1c2126` or `46 125 50`."""
    if not color.startswith("#"):
        return [float(part) for part in color.split()]
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    return [int(digits[start : start + 2], 16) for start in (0, 2, 4)]


def contrast(first: list[float], second: list[float]) -> float:
    """The contrast of two colors by the Web Content Accessibility Guidelines 2.1."""

    def luminance(color):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in color)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_enough_contrast_also_on_the_strongest_color_of_a_word(scheme):
    strongest = float(re.search(r"STRONGEST = ([\d.]+)", PAGE)[1])
    card = rgb(scheme["card"])
    for name in ("up", "down"):
        for opacity in np.linspace(0, strongest, 10):
            mixed = [opacity * c + (1 - opacity) * base for c, base in zip(rgb(scheme[name]), card, strict=True)]
            assert contrast(rgb(scheme["ink"]), mixed) >= 4.5
        for background in ("card", "page"):
            assert contrast(rgb(scheme[name]), rgb(scheme[background])) >= 4.5
    for name in ("ink", "soft", "accent"):
        for background in ("card", "page"):
            assert contrast(rgb(scheme[name]), rgb(scheme[background])) >= 4.5
    assert contrast(rgb("#fff"), rgb(re.search(r"#demo \{\s*background: (#\w+)", PAGE)[1])) >= 4.5


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
