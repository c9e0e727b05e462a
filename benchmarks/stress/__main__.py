"""Stress tests: kill, starve and damage small runs, give readers invalid files, overload the service.

python -m benchmarks.stress                          every test, two hours or so
python -m benchmarks.stress kill --kills 10          kill a run at ten random moments, continue it each time
python -m benchmarks.stress fuzz --minutes 1         give invalid files to each reader for a minute
python -m benchmarks.stress disk                     fill the disk again and again; as root, it mounts a tmpfs

The tests work on synthetic tweets in a copy of the repository in the temporary folder. They print how often each harm
was tried and what was lost.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.checkout import REPOSITORY, Checkout, numbers
from benchmarks.command_line import launch
from benchmarks.stress import Outcome, table
from benchmarks.stress.damage import damage
from benchmarks.stress.full_disk import full_disk
from benchmarks.stress.kills import kills
from benchmarks.stress.overload import overload
from benchmarks.stress.starved import starved
from sentiment140.cli.arguments import positive
from sentiment140.errors import UserError, unknown_name
from sentiment140.runs.run import Run

KINDS = ("damage", "service", "fuzz", "memory", "kill", "disk")  # the short ones first, the one that needs root last


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parser.add_argument(  # no `choices`: argparse would compare the empty list with them
        "kinds", nargs="*", type=_kind, default=KINDS, metavar="KIND", help=f"{', '.join(KINDS)} (all)"
    )
    parser.add_argument("--kills", type=positive, default=100, metavar="N", help="times a run is killed (100)")
    parser.add_argument("--flips", type=positive, default=20, metavar="N", help="bytes flipped in each file (20)")
    parser.add_argument("--cases", type=positive, default=1_000_000, metavar="N", help="for each reader (1,000,000)")
    parser.add_argument(
        "--minutes", type=float, default=10.0, metavar="M", help="at most, for each reader and for the service (10)"
    )
    parser.add_argument(
        "--growth", type=float, default=1.15, metavar="F", help="factor by which a full disk is enlarged (1.15)"
    )


def main(arguments: argparse.Namespace) -> None:
    """Runs the stress tests; prints each outcome, and all of them at the end."""
    check_installed(arguments.kinds)
    outcomes = []
    for outcome in stress(REPOSITORY, arguments):
        print(table([outcome]), flush=True)
        outcomes.append(outcome)
    print("", table(outcomes), sep="\n")


def check_installed(kinds: Sequence[str]) -> None:
    """Checks that what the stress tests need is installed.

    Raises:
        UserError: it is not.
    """
    if "fuzz" in kinds and find_spec("hypothesis") is None:
        raise UserError("hypothesis is not installed", "the stress test fuzz needs it", 'pip install -e ".[stress]"')


def stress(repository: Path, arguments: argparse.Namespace) -> Iterator[Outcome]:
    """Runs the stress tests; gives the outcome of each as it ends."""
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        checkout = Checkout.of(repository, Path(folder) / "checkout")
        started = time.monotonic()
        done = checkout.run("run_all.py", "--preset", "tiny.toml", "--data", "demo", "--run", "demo-whole")
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        run = checkout.submission("demo-whole")
        expected, seconds = numbers(run), time.monotonic() - started
        for kind in arguments.kinds:
            match kind:
                case "damage":
                    yield damage(Run.open(run.parent, run.name), arguments.flips)
                case "service":
                    yield overload(checkout, run, arguments.minutes)
                case "fuzz":
                    from benchmarks.stress.fuzzing import fuzz  # it needs hypothesis

                    files = Path(folder) / "fuzz"
                    files.mkdir()
                    yield from fuzz(files, run / "model" / "fast", arguments.cases, 60 * arguments.minutes)
                case "memory":
                    yield starved(checkout, expected)
                case "disk":
                    yield full_disk(Checkout.of(repository, Path(folder) / "disk"), expected, arguments.growth)
                case "kill":
                    yield kills(checkout, expected, seconds, arguments.kills)


def _kind(name: str) -> str:
    if name not in KINDS:
        raise argparse.ArgumentTypeError(unknown_name("stress test", name, KINDS))
    return name


if __name__ == "__main__":
    launch("benchmarks.stress", __doc__, add_arguments, main)
