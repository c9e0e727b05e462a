"""A service that is asked more than it can answer, rudely: it must refuse quickly and stay as large as it is."""

import json
import random
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from . import Outcome
from .checkout import Checkout

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
_ALLOWED = {200, 400, 404, 405, 408, 413, 503}


def overload(checkout: Checkout, run: Path, minutes: float) -> Outcome:
    """Twice the requests that the service can answer, one in five of them broken, for so long.

    Lost is an answer that is none of those promised, a refusal that takes over five seconds, a service that no longer
    answers at the end, or one that has grown by a tenth since the first fifth of the time.
    """
    outcome = Outcome("a request to an overloaded service")
    with _service(checkout, run) as (address, pid):
        rate = 2 * _capacity(address)
        statuses: Counter[str] = Counter()
        slowest = [0.0]
        sizes: list[tuple[float, int]] = []
        began, ends = time.monotonic(), time.monotonic() + 60 * minutes
        clients = [
            threading.Thread(target=_ask, args=(address, rate / _CLIENTS, ends, statuses, slowest, outcome, number))
            for number in range(_CLIENTS)
        ]
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            sizes.append(((time.monotonic() - began) / (60 * minutes), _size_mib(pid)))
            time.sleep(min(1.0, minutes))
        for client in clients:
            client.join()
        early = max(size for at, size in sizes if at <= 0.2 or at == sizes[0][0])
        late = max(size for _, size in sizes)
        if late > 1.1 * early:
            outcome.lost.append(f"grew from {early} to {late} MiB")
        if requests.post(f"{address}/predict", data='{"texts": ["good"]}', timeout=30).status_code != 200:
            outcome.lost.append("no longer answers")
    told = ", ".join(f"{count:,} {status}" for status, count in sorted(statuses.items()))
    outcome.notes.append(
        f"{minutes:g} minutes at {rate:.0f} requests/s, twice its capacity: {told}; "
        f"slowest refusal {slowest[0]:.1f} s; {early} MiB in the first fifth, {late} at most"
    )
    return outcome


@contextmanager
def _service(checkout: Checkout, run: Path) -> Iterator[tuple[str, int]]:
    with subprocess.Popen(
        checkout.command("serve.py", "--port", 0, "--model", run),
        stderr=subprocess.PIPE,
        cwd=checkout.folder,
        env=checkout.environment(),
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("open http://"):
                yield line.split()[1], process.pid
                break
        process.terminate()
        process.stderr.read()


def _body(number: int) -> bytes:
    return json.dumps({"texts": [_TEXTS[(number + n) % len(_TEXTS)] for n in range(100)]}).encode()


def _capacity(address: str) -> float:
    """Requests a second that are answered, as many at a time as there are clients that wait for theirs."""
    ends = time.monotonic() + _SAMPLE_SECONDS
    answered = [0] * _CLIENTS

    def ask(client: int) -> None:
        with requests.Session() as session:
            while time.monotonic() < ends:
                if session.post(f"{address}/predict", data=_body(client), timeout=30).ok:
                    answered[client] += 1

    clients = [threading.Thread(target=ask, args=(client,)) for client in range(_CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return sum(answered) / _SAMPLE_SECONDS


def _ask(
    address: str, rate: float, ends: float, statuses: Counter[str], slowest: list[float], outcome: Outcome, number: int
) -> None:
    chosen = random.Random(number)
    host, port = address.removeprefix("http://").split(":")
    while (now := time.monotonic()) < ends:
        rude = chosen.random()
        try:
            if rude < 0.05:  # begins a request and goes away
                with socket.create_connection((host, int(port)), timeout=30) as connection:
                    connection.sendall(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
                status = "broken off"
            elif rude < 0.1:  # no HTTP at all
                with socket.create_connection((host, int(port)), timeout=30) as connection:
                    connection.sendall(chosen.randbytes(200) + b"\r\n\r\n")
                    connection.recv(100)
                status = "not HTTP"
            else:
                body = _body(number) if rude > 0.2 else chosen.choice([b"{", b" " * 2**21, b'{"texts": 1}', b"\xff"])
                answer = requests.post(f"{address}/predict", data=body, timeout=60)
                took = time.monotonic() - now
                status = str(answer.status_code)
                if answer.status_code == 503:
                    slowest[0] = max(slowest[0], took)
                    if took > 5:
                        outcome.lost.append(f"a refusal took {took:.1f} s")
                if answer.status_code not in _ALLOWED:
                    outcome.lost.append(f"status {answer.status_code}: {answer.text[:100]}")
        except (OSError, requests.RequestException) as error:
            status = type(error).__name__
        statuses[status] += 1
        outcome.tried += 1
        time.sleep(max(0.0, 1 / rate - (time.monotonic() - now)))


def _size_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1024
