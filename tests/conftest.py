"""A copy of the repository in which commands run for real, and one finished demo run that many tests look at."""

import fcntl
import io
import logging
import os
import shutil
import signal
import subprocess
import sys
from functools import partial

import pytest

from benchmarks.checkout import Checkout
from benchmarks.cluster import TOKEN
from support import REPOSITORY

# Clusters of the tests' own, with their token rather than the user's: Ray reads this once, as it is imported.
os.environ.update(TOKEN)
os.environ.pop("RAY_ADDRESS", None)

# A shell that starts the tests in the background ignores Ctrl-C for them, and nohup ignores a closed terminal.
# So would every process that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# The slowest first. They are marked `slow`: bash scripts/test.sh -m "not slow" leaves them out.
SLOW = (
    *("test_cluster", "test_end_to_end", "test_readme", "test_training", "test_stress", "test_without_tensorflow"),
    *("test_notebook", "test_audit"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts slow files first, so that no process that runs tests is idle at the end."""
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")
    items.sort(key=lambda item: SLOW.index(item.path.stem) if item.path.stem in SLOW else len(SLOW))


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Checkout:
    return Checkout.of(REPOSITORY, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def run_here(checkout):
    """Runs a command as `checkout.run` does, but in this process: another one would load TensorFlow for 5 seconds."""
    return partial(_run_here, checkout)


def _run_here(
    checkout: Checkout, command: str, *arguments: object, **environment: str
) -> "subprocess.CompletedProcess[bytes]":
    from sentiment140.cli import arguments as flags
    from sentiment140.cli import main, predict, serve
    from sentiment140.runs import places

    printed, terminate, code = [io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2)], signal.SIGTERM, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(checkout.folder)
        patch.delenv("SENTIMENT140_DATA", raising=False)
        for name, value in checkout.environment(**environment).items():
            patch.setenv(name, value)
        patch.setattr(flags, "ROOT", checkout.folder)
        for module in (flags, places, predict, serve):
            patch.setattr(module, "SUBMISSIONS", checkout.folder / "submissions")
        patch.setattr(logging.getLogger(), "handlers", [])  # pytest's; the command adds its own
        for name, stream in zip(("stdout", "stderr"), printed, strict=True):
            patch.setattr(sys, name, stream)
        handler = signal.getsignal(terminate)
        try:
            main(command, [str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            signal.signal(terminate, handler)
    for stream in printed:
        stream.flush()
    return subprocess.CompletedProcess(
        [command, *map(str, arguments)],
        code,
        *(stream.buffer.getvalue() for stream in printed),  # type: ignore[attr-defined]
    )


@pytest.fixture(scope="session")
def demo_run(checkout, tmp_path_factory):
    """(the checkout, the run's folder, what the command printed) of one tiny demo run, every stage in one process.

    Each process that runs tests has a copy of it: it is made once.
    """
    base = tmp_path_factory.getbasetemp()
    first = Checkout((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo")
    with first.folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (first.folder / "printed.txt").exists():
            shutil.rmtree(first.folder, ignore_errors=True)
            done = Checkout.of(REPOSITORY, first.folder).run("run_all.py", "--preset", "tiny.toml", "--workers", 1)
            assert done.returncode == 0, done.stderr.decode()
            (first.folder / "printed.txt").write_bytes(done.stdout)
    for name in ("data", "submissions"):
        shutil.copytree(first.folder / name, checkout.folder / name, dirs_exist_ok=True)
    return checkout, checkout.submission("demo-tiny"), (first.folder / "printed.txt").read_text()


@pytest.fixture(scope="session")
def holdout_run(checkout, run_here):
    """(the checkout, the run's folder) of one tiny demo run that held tweets out."""
    chosen = ("--preset", "tiny.toml", "--members", "tfidf_logistic", "--holdout", 0.2, "--run", "demo-holdout")
    done = run_here("run", *chosen, "--limit", 4000, "--data", "demo", "--workers", 1)
    assert done.returncode == 0, done.stderr.decode()
    return checkout, checkout.submission("demo-holdout")


@pytest.fixture(scope="session")
def predictor(demo_run):
    """The student of that run."""
    from sentiment140.serving.predictor import Predictor

    return Predictor.load(demo_run[1] / "model" / "fast")
