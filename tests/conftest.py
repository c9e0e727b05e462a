"""A copy of the repository in which scripts run for real, and one finished demo run that many tests look at."""

from pathlib import Path

import pytest

from sentiment140.torture.checkout import Checkout

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Checkout:
    return Checkout.of(REPOSITORY, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def demo_run(checkout):
    """(the checkout, the run's folder, what the command printed) of one tiny demo run, every stage."""
    done = checkout.run("run_all.py", "--preset", "tiny.toml")
    assert done.returncode == 0, done.stderr.decode()
    return checkout, checkout.submission("demo-tiny"), done.stdout.decode()


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
