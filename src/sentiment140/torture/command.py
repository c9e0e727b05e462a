"""All kinds of harm, one after the other, in a copy of the repository."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import UserError
from ..experiment import unknown
from ..store import Run
from . import Outcome
from .checkout import Checkout, numbers
from .damage import damage
from .full_disk import full_disk
from .fuzzing import fuzz
from .kills import kills
from .overload import overload
from .starved import starved

KINDS = ("damage", "service", "fuzz", "memory", "kill", "disk")  # the short ones first, what takes root last


def add_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of torture.py."""
    target.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)} (all)")
    target.add_argument("--kills", type=int, default=100, metavar="N", help="times a run is killed (100)")
    target.add_argument("--flips", type=int, default=20, metavar="N", help="bytes flipped in each file (20)")
    target.add_argument("--cases", type=int, default=1_000_000, metavar="N", help="for each reader (1,000,000)")
    target.add_argument(
        "--minutes", type=float, default=10.0, metavar="M", help="at most, for each reader and for the load (10)"
    )
    target.add_argument("--growth", type=float, default=1.15, metavar="F", help="of the disk after each error (1.15)")


def torture(repository: Path, arguments: argparse.Namespace) -> Iterator[Outcome]:
    """The outcome of each kind of harm, as it is done.

    Raises:
        UserError: an unknown kind.
    """
    kinds = arguments.kinds or KINDS
    for kind in kinds:
        if kind not in KINDS:
            raise UserError(unknown("kind of harm", kind, KINDS))
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        checkout = Checkout.of(repository, Path(folder) / "checkout")
        began = time.monotonic()
        done = checkout.run("run_all.py", "--preset", "tiny.toml", "--data", "demo", "--run", "demo-whole")
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        run = checkout.submission("demo-whole")
        whole, seconds = numbers(run), time.monotonic() - began
        for kind in kinds:
            match kind:
                case "damage":
                    yield damage(Run.open(run.parent, run.name), arguments.flips)
                case "service":
                    yield overload(checkout, run, arguments.minutes)
                case "fuzz":
                    rubbish = Path(folder) / "rubbish"
                    rubbish.mkdir()
                    yield from fuzz(rubbish, run / "model" / "fast", arguments.cases, 60 * arguments.minutes)
                case "memory":
                    yield starved(checkout, whole)
                case "disk":
                    yield full_disk(Checkout.of(repository, Path(folder) / "small"), whole, arguments.growth)
                case "kill":
                    yield kills(checkout, whole, seconds, arguments.kills)
