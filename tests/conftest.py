"""A copy of the repository in which scripts run for real, and one finished demo run that many tests look at."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from sentiment140.scaling import TOKEN
from sentiment140.torture.checkout import Checkout

REPOSITORY = Path(__file__).resolve().parents[1]

# Clusters of the tests' own, with their token rather than the user's: Ray reads this once, as it is imported.
os.environ.update(TOKEN)
os.environ.pop("RAY_ADDRESS", None)

SLOW = ("test_end_to_end", "test_torture", "test_cluster", "test_benchmark")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first, so that of the processes that run tests none is idle at the end."""
    items.sort(key=lambda item: item.path.stem not in SLOW)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Checkout:
    return Checkout.of(REPOSITORY, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def demo_run(checkout, tmp_path_factory):
    """(the checkout, the run's folder, what the command printed) of one tiny demo run, every stage.

    Each process that runs tests has a copy of it: it is made once.
    """
    base = tmp_path_factory.getbasetemp()
    first = Checkout((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo")
    with first.folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (first.folder / "printed.txt").exists():
            shutil.rmtree(first.folder, ignore_errors=True)
            done = Checkout.of(REPOSITORY, first.folder).run("run_all.py", "--preset", "tiny.toml")
            assert done.returncode == 0, done.stderr.decode()
            (first.folder / "printed.txt").write_bytes(done.stdout)
    for name in ("data", "submissions"):
        shutil.copytree(first.folder / name, checkout.folder / name, dirs_exist_ok=True)
    return checkout, checkout.submission("demo-tiny"), (first.folder / "printed.txt").read_text()


@pytest.fixture(scope="session")
def aside_run(checkout):
    """(the checkout, the run's folder) of one tiny demo run that set tweets aside."""
    chosen = ("--preset", "tiny.toml", "--members", "tfidf_logistic", "--set-aside", 0.2, "--run", "demo-aside")
    done = checkout.run("run_all.py", *chosen, "--data", "demo")
    assert done.returncode == 0, done.stderr.decode()
    return checkout, checkout.submission("demo-aside")


@pytest.fixture(scope="session")
def predictor(demo_run):
    """The student of that run."""
    from sentiment140.serving.predictor import Predictor

    return Predictor.load(demo_run[1] / "model" / "fast")
