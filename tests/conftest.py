"""A copy of the repository in which scripts run for real, and one finished demo run that many tests look at."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

# The real presets, shrunk: every member, every stage, a minute rather than an hour.
TINY = """
base = "full"
ensemble = [
    "conv_bilstm", "conv_lstm_trained", "nb_logistic", "nb_logistic_smooth", "tfidf_logistic", "cnn", "conv_lstm",
]
folds = 2
limit = 3000

[members.conv_lstm_trained]
arguments = { filters = 8, units = 8 }
text = { vocabulary_size = 2000 }
fit = { epochs = 2, minimum_steps = 20 }

[members.conv_bilstm]
arguments = { filters = 8, units = 8 }
text = { vocabulary_size = 2000 }
fit = { epochs = 1, minimum_steps = 20 }

[members.fast]
fit = { epochs = 1 }

[members.cnn]
arguments = { filters = 8, kernel_sizes = [1, 2] }

[members.conv_lstm]
arguments = { filters = 8, units = 8 }
text = { vocabulary_size = 2000 }
fit = { epochs = 2, minimum_steps = 20 }
"""


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository without data, runs or network."""

    folder: Path

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "SENTIMENT140_DATA"}
        nowhere = "http://127.0.0.1:9"  # a closed port in place of the network
        offline = {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere, "https_proxy": nowhere, "http_proxy": nowhere}
        return {**kept, **offline, "PYTHONPATH": str(self.folder / "src"), **extra}

    def command(self, script: str, *arguments: object) -> list[str]:
        return [sys.executable, str(self.folder / "scripts" / script), *map(str, arguments)]

    def run(self, script: str, *arguments: object, stdin: bytes = b"", **environment: str):
        return subprocess.run(
            self.command(script, *arguments),
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=self.environment(**environment),
            timeout=300,
            check=False,
        )

    def submission(self, name: str) -> Path:
        return self.folder / "submissions" / name


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Checkout:
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("src", "scripts"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (folder / "tiny.toml").write_text(TINY)
    return Checkout(folder)


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
