"""Load the service with many clients: alone, beside the costliest allowed requests, and mixed with abuse.

Examples:
  # 200 clients for a minute, then for another one beside costly requests, then mixed with abuse
  python -m benchmarks.stress.load --model submissions/standard

  # An hour of mixed load: memory must stay flat
  python -m benchmarks.stress.load --model submissions/standard --soak --seconds 3600
"""

import argparse
import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.checkout import Checkout
from benchmarks.command_line import launch
from benchmarks.stress import Outcome, table
from benchmarks.stress.overload import service, size_mib
from sentiment140.cli.arguments import positive

CLIENTS = 200
_SLOWEST = 1.0  # seconds, the 99th percentile of small requests
_GROWTH = 1.1  # of the memory after the first fifth of the time
_WORDS = "I love hate this day song bus not my missed again can't wait for tomorrow :) :( ! so good bad really".split()
_SILENT = 300  # connections that send nothing, or a header very slowly
_COSTLY = json.dumps({"texts": [" ".join(_WORDS * 7)[:600]] * 3, "explain": True}).encode()
_REFUSED = [b"{", b'{"texts": 1}', b'{"texts": ["a"], "\\ud800": 1}', b'{"texts": ["a"], "%s": 1}' % (b"k" * 900_000)]


@dataclass
class Load:
    """What the clients saw.

    Attributes:
        seconds: the time of each small request.
        statuses: how often each status was received; "lost" for a response that never came.
        sizes: the memory of the service in MiB, once a second.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    sizes: list[int] = field(default_factory=list)

    def describe(self, what: str, duration: float) -> str:
        """Describe the load in one line."""
        p50, p99 = np.percentile(self.seconds, [50, 99])
        counted = ", ".join(f"{count:,} {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"{what}, {duration:g} s: {len(self.seconds) / duration:,.0f} small requests/s, p50 {1000 * p50:.0f} ms, "
            f"p99 {1000 * p99:.0f} ms; {counted}; memory {self.sizes[0]} MiB at first, at most {max(self.sizes)} MiB"
        )


def load(
    address: str, pid: int, seconds: float, clients: int = CLIENTS, phases: Iterable[str] | None = None
) -> Outcome:
    """Load a service.

    These count as lost: a small request without the status 200, a 99th percentile over one second, and memory that has
    grown by more than a tenth since the first fifth of a phase.

    Args:
        address: the URL of the service.
        pid: its process.
        seconds: how long each phase takes.
        clients: number of clients; each sends its next small request as soon as the last one is answered.
        phases: names of phases; None for all of them.
    """
    outcome = Outcome("a small request under load")
    for phase in phases or ("alone", "costly", "mixed"):
        found = asyncio.run(_phase(address, pid, seconds, clients, phase))
        outcome.tried += len(found.seconds)
        outcome.notes.append(found.describe(f"{clients} clients, {phase}", seconds))
        lost = found.statuses["lost"] + found.statuses["503"]
        outcome.lost += [f"{phase}: {lost} small requests were not answered"] * bool(lost)
        p99, early = float(np.percentile(found.seconds, 99)), found.sizes[: max(1, len(found.sizes) // 5)]
        outcome.lost += [f"{phase}: the 99th percentile is {p99:.1f} s"] * (p99 > _SLOWEST)
        grown = f"{phase}: its memory grew from {max(early)} to {max(found.sizes)} MiB"
        outcome.lost += [grown] * (max(found.sizes) > _GROWTH * max(early))
    return outcome


async def _phase(address: str, pid: int, seconds: float, clients: int, phase: str) -> Load:
    found, ends = Load(), time.monotonic() + seconds
    host, port = address.removeprefix("http://").split(":")

    async def forever(send: Callable[[int], Awaitable[None]], number: int) -> None:
        while time.monotonic() < ends:
            await send(number)

    async def small(number: int) -> None:
        chosen, connection = random.Random(number), None
        while time.monotonic() < ends:
            body = json.dumps({"text": " ".join(chosen.choices(_WORDS, k=chosen.randint(1, 20)))}).encode()
            started = time.monotonic()
            try:
                connection = connection or await asyncio.open_connection(host, int(port))
                status = await _post(*connection, host, body)
            except (OSError, EOFError):
                status, connection = "lost", None
            found.seconds.append(time.monotonic() - started)
            found.statuses[status] += 1
        if connection:
            connection[1].close()

    async def once(body: bytes, *, leave: float | None = None) -> None:
        """Send a request on a connection of its own, and perhaps leave before the response."""
        with suppress(OSError, EOFError, TimeoutError):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                async with asyncio.timeout(leave):
                    found.statuses[f"{await _post(reader, writer, host, body)} (other)"] += 1
            finally:
                writer.close()

    async def silent(number: int) -> None:
        """Send nothing, or a header byte by byte."""
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, int(port))
            for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n":
                if number % 2 and not writer.is_closing():
                    writer.write(bytes([byte]))
                await asyncio.sleep(0.5)
                if time.monotonic() > ends:
                    break
            writer.close()

    async def watch(number: int) -> None:
        found.sizes.append(size_mib(pid))
        await asyncio.sleep(min(1.0, seconds / 10))

    tasks = [small(number) for number in range(clients)]
    tasks.append(forever(watch, 0))
    if phase in ("costly", "mixed"):
        tasks.append(forever(lambda _: once(_COSTLY), 0))
    if phase == "mixed":
        refused = itertools.cycle(_REFUSED)

        async def refuse(number: int) -> None:
            await once(next(refused))
            await asyncio.sleep(0.2)

        tasks += [forever(refuse, 0), forever(lambda _: once(_COSTLY, leave=0.3), 0)]
        tasks += [forever(silent, number) for number in range(_SILENT)]
    await asyncio.gather(*tasks)
    return found


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, body: bytes) -> str:
    """Send a request and return the status of its response."""
    writer.write(
        b"POST /predict HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n" % (host.encode(), len(body)) + body
    )
    header = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in header.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return header[9:12].decode("ascii")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument("--model", type=Path, required=True, metavar="RUN", help="folder of the run that is served")
    parser.add_argument(
        "--seconds", type=positive, default=60, metavar="N", help="duration of each phase (default: %(default)s)"
    )
    parser.add_argument(
        "--clients", type=positive, default=CLIENTS, metavar="N", help="number of clients (default: %(default)s)"
    )
    parser.add_argument("--soak", action="store_true", help="mixed load only (default: alone, costly, mixed)")


def main(arguments: argparse.Namespace) -> None:
    """Start a service, load it, and print the outcome."""
    checkout = Checkout(Path(__file__).parents[2])
    with service(checkout, arguments.model.absolute()) as (address, pid):
        phases = ("mixed",) if arguments.soak else None
        print(table([load(address, pid, arguments.seconds, arguments.clients, phases)]))


if __name__ == "__main__":
    launch("benchmarks.stress.load", __doc__, add_arguments, main)
