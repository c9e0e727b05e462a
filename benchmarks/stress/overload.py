"""Stress test: more requests than the service can answer, many malformed. It must refuse quickly and not grow."""

import json
import random
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from benchmarks.checkout import Checkout
from benchmarks.stress import Outcome

_TEXTS = [
    "I love it",
    "not my day :(",
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "{{7*7}} $(id) `id`",
    "🎉" * 50,
]
_SAMPLE_SECONDS = 4.0
_CLIENTS = 64
_SLOW = 8
_TIMEOUT = 15.0  # seconds; longer than the service waits for a request to arrive
_INCOMPLETE = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"


def overload(checkout: Checkout, run: Path, minutes: float) -> Outcome:
    """Send twice as many requests as the service can answer; one in five is malformed, and some never end.

    These count as lost: a response with an undocumented status, a refusal that takes more than five seconds, a service
    that no longer answers at the end, and memory that has grown by more than a tenth since the first fifth of the time.

    Args:
        checkout: the copy of the repository in which the service is started.
        run: folder of the run whose model is served.
        minutes: how long requests are sent.
    """
    outcome = Outcome("a request to an overloaded service")
    with service(checkout, run) as (address, pid):
        rate = 2 * _capacity(address)
        sizes: list[tuple[float, int]] = []
        started, ends = time.monotonic(), time.monotonic() + 60 * minutes
        with ThreadPoolExecutor(_CLIENTS) as pool, ThreadPoolExecutor(_SLOW) as slow:
            clients = [pool.submit(_ask, address, rate / _CLIENTS, ends, number) for number in range(_CLIENTS)]
            clients += [slow.submit(_stall, address, ends) for _ in range(_SLOW)]
            while not all(client.done() for client in clients):
                sizes.append(((time.monotonic() - started) / (60 * minutes), size_mib(pid)))
                time.sleep(min(1.0, minutes))
        results = [client.result() for client in clients]
        early = max(size for at, size in sizes if at <= 0.2 or at == sizes[0][0])
        late = max(size for _, size in sizes)
        if late > 1.1 * early:
            outcome.lost.append(f"its memory grew from {early} to {late} MiB")
        if requests.post(f"{address}/predict", data='{"texts": ["good"]}', timeout=30).status_code != 200:
            outcome.lost.append("it no longer answers")
    statuses = sum((client.statuses for client in results), Counter[str]())
    outcome.tried = statuses.total()
    outcome.lost += [loss for client in results for loss in client.lost]
    slowest = max(client.slowest_refusal for client in results)
    counted = ", ".join(f"{count:,} {status}" for status, count in sorted(statuses.items()))
    outcome.notes.append(
        f"{minutes:g} minutes at {rate:.0f} requests/s, twice its capacity: {counted}; "
        f"slowest refusal {slowest:.1f} s; memory {early} MiB in the first fifth, at most {late} MiB"
    )
    return outcome


@contextmanager
def service(checkout: Checkout, run: Path) -> Iterator[tuple[str, int]]:
    """Start a service, and yield its URL and process id."""
    with subprocess.Popen(
        checkout.command("serve.py", "--port", 0, "--model", run),
        stderr=subprocess.PIPE,
        cwd=checkout.folder,
        env=checkout.environment(),
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            address = next(line.split()[1] for line in process.stderr if line.startswith("open http://"))
            threading.Thread(target=process.stderr.read, daemon=True).start()  # the service would block on a full pipe
            yield address, process.pid
        finally:
            process.terminate()


def _body(number: int) -> bytes:
    return json.dumps({"texts": [_TEXTS[(number + n) % len(_TEXTS)] for n in range(100)]}).encode()


def _capacity(address: str) -> float:
    """Measure how many requests per second are answered when every client waits for its response."""
    ends = time.monotonic() + _SAMPLE_SECONDS

    def ask(client: int) -> int:
        answered = 0
        with requests.Session() as session:
            while time.monotonic() < ends:
                answered += session.post(f"{address}/predict", data=_body(client), timeout=30).ok
        return answered

    with ThreadPoolExecutor(_CLIENTS) as pool:
        return sum(pool.map(ask, range(_CLIENTS))) / _SAMPLE_SECONDS


@dataclass
class _Responses:
    """The responses that one client received."""

    statuses: Counter[str] = field(default_factory=Counter)
    slowest_refusal: float = 0.0
    lost: list[str] = field(default_factory=list)


def _ask(address: str, rate: float, ends: float, number: int) -> _Responses:
    """Send requests at this rate per second until `ends`; one in five is malformed."""
    responses, chosen = _Responses(), random.Random(number)
    while (now := time.monotonic()) < ends:
        draw = chosen.random()
        if draw < 0.05:
            _send(address, _INCOMPLETE, 0.2)
            status = "aborted"
        elif draw < 0.1:
            _send(address, chosen.randbytes(200) + b"\r\n\r\n", 0.2)
            status = "not HTTP"
        else:
            broken = draw < 0.2
            body = chosen.choice([b"{", b" " * 2**21, b'{"texts": 1}', b"\xff"]) if broken else _body(number)
            try:
                answer = requests.post(f"{address}/predict", data=body, timeout=60)
                status = str(answer.status_code)
                allowed = answer.status_code in ({400, 413, 503} if broken else {200, 503})
            except requests.RequestException as error:
                status = type(error).__name__
                refused = isinstance(error, requests.ConnectionError)
                allowed = refused and len(body) > 2**20  # the service refused before the whole body was sent
            took = time.monotonic() - now
            if not allowed:
                responses.lost.append(f"{body[:20]!r} gave {status}")
            if status == "503":
                responses.slowest_refusal = max(responses.slowest_refusal, took)
                if took > 5:
                    responses.lost.append(f"a refusal took {took:.1f} s")
        responses.statuses[status] += 1
        time.sleep(max(0.0, 1 / rate - (time.monotonic() - now)))
    return responses


def _stall(address: str, ends: float) -> _Responses:
    """Start requests that never end, and wait for the responses."""
    responses = _Responses()
    while time.monotonic() + _TIMEOUT < ends:
        status = _send(address, _INCOMPLETE, _TIMEOUT)[9:12].decode("latin-1")
        responses.statuses[f"{status} (slow)"] += 1
        if status not in {"408", "503"}:
            responses.lost.append(f"a request that never ends gave {status or 'nothing'}")
    return responses


def _send(address: str, content: bytes, seconds: float) -> bytes:
    """Send bytes, and return the response that arrives within this time."""
    host, port = address.removeprefix("http://").split(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(content)
        return connection.recv(100)
    return b""


def size_mib(pid: int) -> int:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1024
