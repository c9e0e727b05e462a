"""A copy of the repository in which scripts run for real, without data, runs or network, and a run small enough."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
text = { vocabulary_size = 2000, bucket = 8 }
fit = { epochs = 2, minimum_steps = 20 }

[members.conv_bilstm]
arguments = { filters = 8, units = 8 }
text = { vocabulary_size = 2000, bucket = 8 }
fit = { epochs = 1, minimum_steps = 20 }

[members.fast]
fit = { epochs = 1 }

[members.cnn]
arguments = { filters = 8, kernel_sizes = [1, 2] }
text = { bucket = 8 }

[members.conv_lstm]
arguments = { filters = 8, units = 8 }
text = { vocabulary_size = 2000, bucket = 8 }
fit = { epochs = 2, minimum_steps = 20 }
"""
NUMBERS = ("oof.csv", "submission.csv", "predictions.csv", "scores.json")
_NOWHERE = "http://127.0.0.1:9"  # a closed port in place of the network
_OF_THE_TIME = ("cost", "date", "run", "seconds", "seconds_an_epoch")


@dataclass(frozen=True)
class Checkout:
    """The copy.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    @classmethod
    def of(cls, repository: Path, folder: Path) -> "Checkout":
        """Copies the code of a repository into a folder, which is made."""
        for name in ("src", "scripts"):
            shutil.copytree(
                repository / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
        (folder / "tiny.toml").write_text(TINY)
        return cls(folder)

    def environment(self, **extra: str) -> dict[str, str]:
        """The variables under which its scripts find no data and no network."""
        kept = {name: value for name, value in os.environ.items() if name != "SENTIMENT140_DATA"}
        offline = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), _NOWHERE)
        return {**kept, **offline, "PYTHONPATH": str(self.folder / "src"), **extra}

    def command(self, script: str, *arguments: object) -> list[str]:
        """What is typed to run one of its scripts."""
        return [sys.executable, str(self.folder / "scripts" / script), *map(str, arguments)]

    def run(
        self, script: str, *arguments: object, stdin: bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs one of its scripts to the end."""
        return subprocess.run(
            self.command(script, *arguments),
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=self.environment(**environment),
            timeout=600,
            check=False,
        )

    def submission(self, name: str) -> Path:
        """The folder of a run."""
        return self.folder / "submissions" / name


def numbers(run: Path) -> dict[str, Any]:
    """What must not depend on how often a run was stopped: its tables as bytes, its scores without times."""
    found: dict[str, Any] = {name: (run / name).read_bytes() for name in NUMBERS if not name.endswith(".json")}
    return found | {"scores.json": _without_times(json.loads((run / "scores.json").read_text()))}


def differences(run: Path, whole: dict[str, Any]) -> list[str]:
    """The names of the files in which a run's numbers differ from those of an unbroken one."""
    found = numbers(run)
    return [name for name in whole if found[name] != whole[name]]


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_times(inner) for key, inner in value.items() if key not in _OF_THE_TIME}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value
