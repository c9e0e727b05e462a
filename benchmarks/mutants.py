"""Check the tests with mutants: wrong lines that would change a score or a prediction, and that a test must notice.

Examples:
  # Every mutant: about 10 minutes
  python -m benchmarks.mutants

  # Two of them
  python -m benchmarks.mutants abstain_at_equality stopwords_default

The mutants are listed in benchmarks/mutants.toml, each with the tests that kill it. They are applied one at a time to a
copy of the repository in the folder for temporary files, and the tests run there. The exit code is 1 if one survives.
"""

import argparse
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

from benchmarks.checkout import REPOSITORY, Checkout
from benchmarks.command_line import launch
from sentiment140.errors import UserError, unknown_name

MUTANTS = REPOSITORY / "benchmarks" / "mutants.toml"
_PYTEST = ("-q", "-x", "-p", "no:cacheprovider")
_PASSED, _FAILED = 0, 1  # exit codes of pytest


@dataclass(frozen=True)
class Mutant:
    """A wrong line of the package.

    Attributes:
        name: what is wrong.
        file: the file with the line, relative to the repository.
        old: the right code, which occurs once in the file.
        new: the wrong code.
        tests: the test files or node ids that must notice it, relative to the repository.
    """

    name: str
    file: str
    old: str
    new: str
    tests: list[str]


def read_mutants(path: Path = MUTANTS) -> list[Mutant]:
    """Read the list of mutants."""
    return [Mutant(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["mutant"]]


def run_mutants(mutants: Sequence[Mutant], repository: Path = REPOSITORY) -> Iterator[tuple[Mutant, bool, float]]:
    """Apply one mutant at a time to a copy of the repository, and run its tests there.

    Args:
        mutants: the mutants to apply.
        repository: the repository, which is copied and not changed.

    Yields:
        (the mutant, whether a test noticed it, seconds), as soon as its tests end. A test that does not end within 10
        minutes has noticed it.

    Raises:
        UserError: the code of a mutant does not occur exactly once, or its tests fail or cannot run without it.
    """
    for mutant in mutants:
        if (count := (repository / mutant.file).read_text("utf-8").count(mutant.old)) != 1:
            what = f"the code to replace occurs {count} times, not once: {mutant.old}"
            raise UserError(what, f"{mutant.file}, mutant {mutant.name}", f"correct it in {MUTANTS.name}")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        checkout = Checkout.of(repository, Path(folder))
        shutil.copytree(repository / "tests", checkout.folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        tests = list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
        if _run_tests(checkout, tests) != _PASSED:
            raise UserError("tests fail without a mutant", remedy=f"run them alone: python -m pytest {' '.join(tests)}")
        for mutant in mutants:
            path, started = checkout.folder / mutant.file, time.monotonic()
            code = path.read_text("utf-8")
            path.write_text(code.replace(mutant.old, mutant.new), "utf-8")
            exit_code = _run_tests(checkout, mutant.tests)
            path.write_text(code, "utf-8")
            if exit_code not in (_PASSED, _FAILED):
                raise UserError(f"pytest ended with exit code {exit_code}", f"mutant {mutant.name}")
            yield mutant, exit_code == _FAILED, time.monotonic() - started


def _run_tests(checkout: Checkout, tests: Sequence[str]) -> int:
    try:
        # Without bytecode files: two mutants of one file, written in the same second, may have the same size.
        return checkout.run("pytest", *_PYTEST, *tests, PYTHONDONTWRITEBYTECODE="1").returncode
    except TimeoutExpired:
        return _FAILED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants to apply (default: all)")


def main(arguments: argparse.Namespace) -> None:
    """Apply the mutants; print a line for each as soon as its tests end."""
    known = {mutant.name: mutant for mutant in read_mutants()}
    for name in arguments.names:
        if name not in known:
            raise UserError(unknown_name("mutant", name, known))
    chosen = [known[name] for name in arguments.names or known]
    width = max(len(mutant.name) for mutant in chosen)
    print(f"{'mutant':{width}}  {'result':8}  seconds", flush=True)
    survived = 0
    for mutant, is_killed, seconds in run_mutants(chosen):
        print(f"{mutant.name:{width}}  {'killed' if is_killed else 'SURVIVED':8}  {seconds:7.1f}", flush=True)
        survived += not is_killed
    if survived:
        sys.exit(1)


if __name__ == "__main__":
    launch("benchmarks.mutants", __doc__, add_arguments, main)
