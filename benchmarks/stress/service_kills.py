"""Stress test: kill the service at random moments. It must start again at once, and answer as before."""

import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import requests
from tqdm import tqdm

from benchmarks.checkout import Checkout
from benchmarks.stress import Outcome
from sentiment140.runs.files import sha256_of

_TEXTS = ["I love it", "not my day :(", "", "🎉" * 50, "so so " * 100]
_CLIENTS = 4
_BUSY = 2.0  # seconds of requests before a kill, at most
_PATIENCE = 120.0  # seconds for a start


def service_kills(checkout: Checkout, run: Path, times: int, seed: int = 0) -> Outcome:
    """Kill a service (SIGKILL) while it starts and while it answers, in turn, and start it again on the same port.

    These count as lost: a service that does not start, an answer that differs from the first one, and a changed file in
    the model's folder.

    Args:
        checkout: the copy of the repository in which the service is started.
        run: folder of the run whose model is served.
        times: number of kills.
        seed: seed of the moments.
    """
    outcome, moments, moment = Outcome("the service killed (SIGKILL)"), np.random.default_rng(seed), "at first"
    answers: list[str] = []
    files = _files(run)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    expected, starts = None, []
    with tqdm(total=times, desc="restart") as bar:
        while True:
            with _service(checkout, run, port) as process:
                started = time.monotonic()
                if problem := _wait(process, address):
                    outcome.lost.append(f"{moment}: {problem}")
                    break
                starts.append(time.monotonic() - started)
                found = _ask(address)
                expected = expected or found
                if found != expected:
                    outcome.lost.append(f"{moment}: it answers differently")
                if outcome.tried >= times:
                    break
                with _clients(address, expected, answers, outcome.lost):
                    time.sleep(moments.uniform(0, _BUSY))
                    process.kill()
                    process.wait()
            outcome.tried, moment = outcome.tried + 1, "after a kill while it answered"
            bar.update()
            if outcome.tried < times:
                with _service(checkout, run, port) as process:
                    time.sleep(moments.uniform(0, max(starts)))
                outcome.tried, moment = outcome.tried + 1, "after a kill while it started"
                bar.update()
    if _files(run) != files:
        outcome.lost.append("a file of the model has changed")
    counted = ", ".join(f"{count:,} {status}" for status, count in sorted(Counter(answers).items()))
    longest = f"{max(starts):.1f}" if starts else "-"
    outcome.notes.append(f"started in at most {longest} s; {_CLIENTS} clients had these responses: {counted}")
    return outcome


def _files(run: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of the run's models."""
    return {str(path): sha256_of(path) for path in sorted((run / "model").rglob("*")) if path.is_file()}


@contextmanager
def _service(checkout: Checkout, run: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a service, and kill it at the end of the `with` block."""
    with subprocess.Popen(
        checkout.command("serve.py", "--port", port, "--model", run),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=checkout.folder,
        env=checkout.environment(),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> str | None:
    """Wait until the service answers. Returns what is wrong, if it never does."""
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            if requests.get(f"{address}/health", timeout=_PATIENCE).ok:
                return None
        except requests.ConnectionError:
            time.sleep(0.05)
    return "it does not answer" if process.returncode is None else f"it ended with exit code {process.returncode}"


def _ask(address: str) -> Any:
    """Return the predictions of the texts."""
    response = requests.post(f"{address}/predict", json={"texts": _TEXTS}, timeout=_PATIENCE)
    response.raise_for_status()
    return response.json()["predictions"]


@contextmanager
def _clients(address: str, expected: Any, answers: list[str], lost: list[str]) -> Iterator[None]:
    """Let clients send requests without a pause, in threads, until the end of the `with` block."""
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            try:
                status = "right" if _ask(address) == expected else "wrong"
            except requests.HTTPError as error:
                status = str(error.response.status_code)
            except requests.RequestException:  # the connection broke, or an answer was cut
                status = "broken off"
            answers.append(status)
            if status == "broken off":  # by the kill
                return
            if status not in ("right", "503"):
                lost.append(f"a response under load was {status}")

    clients = [threading.Thread(target=ask) for _ in range(_CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        is_over.set()
        for client in clients:
            client.join()
