"""A copy of the repository in which commands run without data or network, and two small experiments for it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]

TINY = """
# The full preset with small models and few tweets: every stage in half a minute instead of hours. It has a network with
# vectors fitted on the tweets, one with those of a file and random ones, both linear models, and the student.
base = "full"
ensemble = ["conv_bilstm", "conv_lstm_finetuned", "nb_logistic", "tfidf_logistic"]
folds = 2
limit = 1500
holdout = 0.1

[members.conv_bilstm]
arguments = { filters = 8, units = 8 }
text = { bucket = 40 }
fit = { epochs = 1, minimum_steps = 20 }

[members.conv_lstm_finetuned]
arguments = { filters = 8, units = 8 }
text = { vocabulary_size = 200, bucket = 20 }
vectors = { source = "glove.6B.100d+random.8d" }
fit = { epochs = 2, minimum_steps = 20 }

[members.fast]
vectors = { source = "word2vec.100d" }
fit = { epochs = 1 }
"""
SMALL = """
# Even smaller, for tests that start several runs: a network and a linear model, no student.
base = "full"
ensemble = ["cnn", "tfidf_logistic"]
blender = "mean"
student = ""
folds = 3
limit = 800
holdout = 0

[members.cnn]
arguments = { filters = 4, kernel_sizes = [2] }
text = { vocabulary_size = 1000, max_length = 16, bucket = 16 }
fit = { epochs = 2, minimum_steps = 10 }
"""
NUMBERS = ("oof.csv", "submission.csv", "predictions.csv", "scores.json")
_COPIED = ("src", "scripts", "benchmarks")
_NOWHERE = "http://127.0.0.1:9"  # a closed port instead of a proxy
_VARYING = ("cost", "date", "run", "seconds", "seconds_per_epoch")


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository.

    Attributes:
        folder: the folder of the copy.
    """

    folder: Path

    @classmethod
    def of(cls, repository: Path, folder: Path) -> "Checkout":
        """Copy the code of a repository to a new folder, and add the experiments `tiny.toml` and `small.toml`."""
        for name in _COPIED:
            shutil.copytree(
                repository / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
        # TensorFlow imports JAX if that is installed, as it is for one test: 0.6 of 5 CPU seconds in every process.
        (folder / "src" / "jax.py").write_text('raise ImportError("hidden in copies of the repository")\n')
        shutil.copy(repository / "pyproject.toml", folder)
        (folder / "tiny.toml").write_text(TINY)
        (folder / "small.toml").write_text(SMALL)
        return cls(folder)

    def environment(self, **extra: str) -> dict[str, str]:
        """Return environment variables with which commands find no data and no network.

        Args:
            extra: further variables.
        """
        kept = {name: value for name, value in os.environ.items() if name != "SENTIMENT140_DATA"}
        offline = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), _NOWHERE)
        return {**kept, **offline, "PYTHONPATH": str(self.folder / "src"), **extra}

    def command(self, name: str, *arguments: object) -> list[str]:
        """Return the command line of a script, such as `run_all.py`, or of a module, such as `benchmarks.training`."""
        program = [str(self.folder / "scripts" / name)] if name.endswith(".py") else ["-m", name]
        return [sys.executable, *program, *map(str, arguments)]

    def run(
        self, name: str, *arguments: object, stdin: bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a script or a module to its end, at most 10 minutes.

        Args:
            name: the script or module, as in `command`.
            arguments: its arguments.
            stdin: its standard input.
            environment: environment variables in addition to those of `environment`.
        """
        return subprocess.run(
            self.command(name, *arguments),
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=self.environment(**environment),
            timeout=600,
            check=False,
        )

    def submission(self, name: str) -> Path:
        """Return the folder of a run."""
        return self.folder / "submissions" / name


def numbers(run: Path) -> dict[str, Any]:
    """Read the numbers of a run, which must not depend on how often the run was stopped.

    Returns:
        The content of each file of NUMBERS: tables as bytes, scores without times, dates and the name of the run.
    """
    found: dict[str, Any] = {name: (run / name).read_bytes() for name in NUMBERS if not name.endswith(".json")}
    return found | {"scores.json": _without_times(json.loads((run / "scores.json").read_text()))}


def differences(run: Path, expected: dict[str, Any]) -> list[str]:
    """Compare the numbers of a run with those of an uninterrupted one.

    Args:
        run: folder of the run.
        expected: `numbers` of the uninterrupted run.

    Returns:
        The names of the files that differ.
    """
    found = numbers(run)
    return [name for name in expected if found[name] != expected[name]]


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_times(inner) for key, inner in value.items() if key not in _VARYING}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value
