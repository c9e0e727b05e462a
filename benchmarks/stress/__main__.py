"""Stress-test small runs, scoring, readers and service: kill, starve, damage, full disk, invalid files, overload.

Examples:
  # Every stress test, and a page with the outcomes: about three hours
  python -m benchmarks.stress --output docs/stress_outcomes.md

  # Kill a run at ten random moments, and continue it each time
  python -m benchmarks.stress kill --kills 10

  # The same with commands that score files, and with the service
  python -m benchmarks.stress scoring restart --kills 10

  # Give invalid files to each reader for a minute
  python -m benchmarks.stress fuzz --minutes 1

  # Fill the disk again and again; needs root, because it mounts a tmpfs
  python -m benchmarks.stress disk

The tests use synthetic tweets, in a copy of the repository in the folder for temporary files. They print how often each
harm was tried, how often the program survived, and what was lost.
"""

import argparse
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from benchmarks.checkout import REPOSITORY, Checkout, numbers
from benchmarks.command_line import launch
from benchmarks.stress import Outcome, page, table
from benchmarks.stress.damage import damage
from benchmarks.stress.full_disk import full_disk
from benchmarks.stress.kills import kills
from benchmarks.stress.load import load
from benchmarks.stress.overload import overload, service
from benchmarks.stress.scoring_kills import scoring_kills
from benchmarks.stress.service_kills import service_kills
from benchmarks.stress.starved import starved
from sentiment140.cli.arguments import positive
from sentiment140.errors import UserError, unknown_name
from sentiment140.runs.provenance import package_code
from sentiment140.runs.run import Run

# the shortest first, but last the one that needs root
TESTS = ("damage", "restart", "scoring", "service", "load", "fuzz", "memory", "kill", "disk")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument(  # `choices` would reject the empty list, which stands for the default
        "tests",
        nargs="*",
        type=_test_name,
        default=TESTS,
        metavar="TEST",
        help=f"tests to run: {', '.join(TESTS)} (default: all)",
    )
    parser.add_argument(
        "--kills",
        type=positive,
        default=100,
        metavar="N",
        help="kill, scoring, restart: number of kills of each (default: 100)",
    )
    parser.add_argument(
        "--flips", type=positive, default=20, metavar="N", help="damage: bytes changed in each file (default: 20)"
    )
    parser.add_argument(
        "--cases",
        type=positive,
        default=1_000_000,
        metavar="N",
        help="fuzz: maximum number of inputs for each reader (default: 1,000,000)",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=10.0,
        metavar="M",
        help="fuzz: maximum minutes for each reader; service: minutes of overload; load: minutes of its three phases "
        "together (default: 10)",
    )
    parser.add_argument(
        "--growth",
        type=float,
        default=1.15,
        metavar="F",
        help="disk: factor by which a full disk is enlarged (default: 1.15)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write a page in Markdown with the outcomes after each test"
    )


def main(arguments: argparse.Namespace) -> None:
    """Run the stress tests; print each outcome as it is known, and all of them at the end."""
    check_installed(arguments.tests)
    for number in (signal.SIGINT, signal.SIGHUP):  # ignored in the background, and then by all commands too
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    outcomes = []
    for outcome in stress(REPOSITORY, arguments):
        print(table([outcome]), flush=True)
        outcomes.append(outcome)
        if arguments.output:
            arguments.output.write_text(page(outcomes, shlex.join(sys.orig_argv[1:]), _measured_on()))
    print("", table(outcomes), sep="\n")


def check_installed(tests: Sequence[str]) -> None:
    """Check that the packages that the stress tests need are installed.

    Args:
        tests: names from TESTS.

    Raises:
        UserError: hypothesis is missing.
    """
    if "fuzz" in tests and find_spec("hypothesis") is None:
        raise UserError(
            "hypothesis is not installed", "stress test fuzz", 'install it: .venv/bin/pip install -e ".[stress]"'
        )


def stress(repository: Path, arguments: argparse.Namespace) -> Iterator[Outcome]:
    """Run the stress tests.

    Args:
        repository: the repository, which is copied.
        arguments: the flags.

    Yields:
        The outcome of each test, as soon as it ends.
    """
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        checkout = Checkout.of(repository, Path(folder) / "checkout")
        started = time.monotonic()
        done = checkout.run("run_all.py", "--preset", "tiny.toml", "--data", "demo", "--run", "demo-whole")
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        run = checkout.submission("demo-whole")
        expected, seconds = numbers(run), time.monotonic() - started
        for test in arguments.tests:
            match test:
                case "damage":
                    yield damage(Run.open(run.parent, run.name), arguments.flips)
                case "scoring":
                    yield scoring_kills(checkout, run / "model" / "fast", arguments.kills)
                case "restart":
                    yield service_kills(checkout, run, arguments.kills)
                case "service":
                    yield overload(checkout, run, arguments.minutes)
                case "load":
                    with service(checkout, run) as (address, pid):
                        yield load(address, pid, 20 * arguments.minutes)
                case "fuzz":
                    from benchmarks.stress.fuzzing import fuzz  # needs hypothesis

                    files = Path(folder) / "fuzz"
                    files.mkdir()
                    yield from fuzz(files, run / "model" / "fast", arguments.cases, 60 * arguments.minutes)
                case "memory":
                    yield starved(checkout, expected)
                case "disk":
                    yield full_disk(Checkout.of(repository, Path(folder) / "disk"), expected, arguments.growth)
                case "kill":
                    yield kills(checkout, expected, seconds, arguments.kills)


def _measured_on() -> str:
    return f"{date.today():%Y-%m-%d}, code {package_code()}, {os.cpu_count()} cores"


def _test_name(name: str) -> str:
    if name not in TESTS:
        raise argparse.ArgumentTypeError(unknown_name("stress test", name, TESTS))
    return name


if __name__ == "__main__":
    launch("benchmarks.stress", __doc__, add_arguments, main)
