"""The HTTP service, run as a separate process, and its page, opened in a real browser."""

import json
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.serving.service.application import PAGE
from sentiment140.serving.service.limits import Limits, Refusal
from sentiment140.serving.service.messages import parse
from support.browser import CHROMIUM, FLAGS, needs_chromium


@pytest.fixture(scope="module")
def address(demo_run):
    """The URL of a service with the demo run's fast model, such as http://127.0.0.1:40001."""
    checkout, run, _ = demo_run
    with subprocess.Popen(
        checkout.command("serve.py", "--port", 0, "--model", run, "--access-log", "--allow-host", "tweets.example"),
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
        assert process.wait(60) == 130
    assert "Traceback" not in rest
    assert re.search(r'^127\.0\.0\.1 "POST /predict" 200 \d+\.\d ms$', rest, re.MULTILINE)


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


def test_a_single_text_gets_the_same_answer_as_a_list_of_one(address):
    one, several = post(address, {"text": "I love it"}), post(address, {"texts": ["I love it"]})
    assert one.json() == several.json()
    assert post(address, {"text": ""}).json()["predictions"][0]["known_words"] == 0


def test_the_health_check_answers_with_the_scores_of_the_model(address, predictor):
    health = requests.get(f"{address}/health", timeout=10).json()
    assert (health["status"], health["data"], health["model"]) == ("ok", "demo", "demo-tiny/fast")
    expected = predictor.manifest.scores["holdout"]
    assert health["scores"]["holdout"]["n"] == expected.n
    assert health["scores"]["holdout"]["accuracy"] == asdict(expected.accuracy)
    assert health["lexicon"] is False


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        (b"", 400, "invalid_json", "the body is not valid JSON (Input data was truncated), send a JSON object such as"),
        (b"{", 400, "invalid_json", "not valid JSON"),
        (b"\xff\xfe\x00", 400, "invalid_json", "not valid JSON"),
        (b"[" * 100_000, 400, "invalid_request", "expected `object`, got `array`"),
        (b'{"texts": ' + b"[" * 100_000, 400, "invalid_request", "expected `str`, got `array` - at `$.texts[0]`"),
        (b'{"texts": ["a"], "\\ud800": 1}', 400, "invalid_json", "not valid JSON"),
        (b'{"texts": ["a\\ud800"]}', 400, "invalid_json", "not valid JSON"),
        ({"texts": "one"}, 400, "invalid_request", "expected `array`, got `str` - at `$.texts`"),
        ({"text": ["one"]}, 400, "invalid_request", "expected `str`, got `array` - at `$.text`"),
        ({}, 400, "invalid_request", "the body must have either text or texts"),
        ({"text": "a", "texts": []}, 400, "invalid_request", "the body must have either text or texts"),
        ({"texts": ["one", None]}, 400, "invalid_request", "expected `str`, got `null` - at `$.texts[1]`"),
        (
            {"texts": ["one"], "explian": True},
            400,
            "invalid_request",
            'unknown key "explian": did you mean explain? (known: abstain, explain, text, texts)',
        ),
        ({"text": "", "\n\x1b[31m\u202e`": 1}, 400, "invalid_request", r'unknown key "\n\x1b[31m\u202e`" (known'),
        ({"text": "", "k" * 900_000: 1}, 400, "invalid_request", f'unknown key "{"k" * 60}..." (known'),
        ({"texts": ["one"], "explain": 1}, 400, "invalid_request", "expected `bool`, got `int` - at `$.explain`"),
        ({"texts": ["one"], "abstain": 0.7}, 400, "invalid_request", "expected `float` <= 0.5 - at `$.abstain`"),
        ({"texts": ["one"], "abstain": True}, 400, "invalid_request", "expected `float`, got `bool`"),
        (b'{"texts": ["one"], "abstain": NaN}', 400, "invalid_json", "not valid JSON"),
        (b'{"texts": [], "abstain": %s}' % (b"9" * 5000), 400, "invalid_request", "number out of range"),
        ({"texts": ["one"] * 1001}, 413, "too_many_texts", "at most 1,000 texts, but this one has 1,001"),
        ({"texts": ["I " * 2500] * 20, "explain": True}, 413, "too_costly", "but at most 100,000 in a request"),
        ({"text": "a" * 5001}, 413, "text_too_long", "at most 5,000 characters, but this one has 5,001"),
        ({"texts": ["", "a" * 5001]}, 413, "text_too_long", "at most 5,000 characters, but texts[1] has 5,001"),
        (b" " * 2**21, 413, "body_too_large", "larger than 1,048,576 bytes"),
    ],
)  # fmt: skip
def test_an_invalid_request_gets_a_4xx_status_and_a_reason(address, body, status, code, message):
    response = post(address, body)
    found = response.json()
    assert (response.status_code, found["status"], found["code"]) == (status, status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert message in found["detail"]
    assert len(response.content) < 500


def test_unknown_paths_get_404_and_wrong_methods_405(address):
    assert requests.get(f"{address}/../../etc/passwd", timeout=10).status_code == 404
    wrong = requests.get(f"{address}/predict", timeout=10)
    assert (wrong.status_code, wrong.headers["Allow"], wrong.json()["code"]) == (405, "POST", "method_not_allowed")
    assert wrong.json()["detail"] == "Method Not Allowed: send POST to /predict"


def test_every_one_of_many_concurrent_requests_is_answered_or_gets_503(address):
    with ThreadPoolExecutor(64) as pool:
        responses = list(pool.map(lambda _: post(address, {"texts": ["good day"] * 500}), range(128)))
    assert {response.status_code for response in responses} <= {200, 503}
    assert all(response.headers.get("Retry-After") == "1" for response in responses if response.status_code == 503)
    assert post(address, {"texts": ["good"]}).status_code == 200


def test_no_response_names_the_host_that_a_client_sent(address):
    for path, expected in (("/predict/", 404), ("//evil.example/", 404), ("/health", 200)):
        response = requests.get(address + path, headers={"Host": "tweets.example"}, allow_redirects=False, timeout=10)
        assert response.status_code == expected
        assert "tweets.example" not in response.text
        assert "Location" not in response.headers
    refused = requests.get(f"{address}/health", headers={"Host": "evil.example"}, timeout=10)
    assert refused.status_code == 421
    assert refused.json()["detail"] == (
        '"evil.example" is not a name of this service, start it with --allow-host evil.example'
    )


def test_the_description_covers_every_path_and_what_a_response_contains(address):
    found = requests.get(f"{address}/openapi.json", timeout=10).json()
    assert set(found["paths"]) == {"/", "/predict", "/health", "/ready", "/metrics", "/openapi.json"}
    for path, methods in found["paths"].items():
        if "get" in methods:
            response = requests.get(address + path, timeout=10)
            media_type = response.headers["Content-Type"].partition(";")[0]
            assert media_type in methods["get"]["responses"]["200"]["content"]
    operation = found["paths"]["/predict"]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    prediction = post(address, example).json()["predictions"][0]
    properties = set(found["components"]["schemas"]["Prediction"]["properties"])
    assert set(prediction) == properties - {"negative", "neutral"}  # those of a service with three labels
    assert "1,000 texts of 5,000 characters" in operation["description"]
    refusal = post(address, {"texts": ["one"] * 1001}).json()
    assert set(refusal) == set(found["components"]["schemas"]["Problem"]["properties"])


KEYS = st.sampled_from(["text", "texts", "abstain", "explain", "x"])
LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=6)


@given(st.binary(max_size=100) | JSON.map(lambda content: json.dumps(content).encode()))
@settings(max_examples=300, deadline=None)
def test_any_body_is_parsed_or_refused(body):
    try:
        asked = parse(body, Limits())
    except Refusal as error:
        status = error.status_code
    else:
        status = 200
        assert all(text.encode() is not None for text in asked.all_texts())
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


@needs_chromium
@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("qqqqq", "The model knows no word of this text."),
        ("I%20love%20it%20" * 150, "The text is too long: the model read its beginning."),
        ("I%20love%20it", ""),
    ],
)
def test_the_page_says_what_the_model_could_not_read(address, tmp_path, text, remark):
    assert f'id="remark">{remark}</div>' in browse(tmp_path, f"{address}/?text={text}", "--dump-dom")


@needs_chromium
def test_the_page_shows_why_a_text_is_refused(address, tmp_path):
    page = browse(tmp_path, f"{address}/?text={'a' * 5001}", "--dump-dom")
    assert "a text may have at most 5,000 characters, but this one has 5,001: shorten it</p>" in page


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
