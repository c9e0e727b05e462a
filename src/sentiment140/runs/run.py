"""The run folder: its names, the lock, and what is done. Knows no column's meaning and no model."""

import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self, TypeVar

import msgspec
import numpy as np
import pandas as pd

from sentiment140.errors import UserError
from sentiment140.runs.files import acquire_lock, atomic_folder, atomic_path, dumps_checked, loads_checked, sha256_of
from sentiment140.runs.ledger import LEDGER

T = TypeVar("T")

DEMO_PREFIX = "demo-"  # of the name of every run on the synthetic demo corpus, and of no other
EXPERIMENT = "experiment.toml"
_IDENTITY = "work/identity.json"
_COSTS = "work/costs.json"
_CHECKSUMS = "work/sha256"
_FITS, _FACTS = "work/fits", "fit.json"


@dataclass(frozen=True)
class Folders:
    """Where things lie.

    Attributes:
        submissions: the folder of all runs.
        data: where downloads and the demo corpus go, and where the user may put own copies.
    """

    submissions: Path
    data: Path


class Run:
    """One run's folder, held by this process until it ends.

    Args:
        folder: `submissions/<run>`.
        lock: the open lock file; the operating system frees it however the process ends.
    """

    def __init__(self, folder: Path, lock: IO[str]) -> None:
        self.folder = folder
        self._lock = lock

    @classmethod
    def open(cls, root: Path, name: str) -> Self:
        """The run of this name, made if there is none.

        Raises:
            UserError: a name that is no plain file name, or another process holds the run.
        """
        check_name(name)
        if (root / name).is_file():
            raise UserError(f'"{name}" cannot name a run', "there is a file of that name", "name it with --run NAME")
        work = root / name / "work"
        work.mkdir(parents=True, exist_ok=True)
        lock = acquire_lock(work / "lock")
        _remove_unfinished(root / name)
        return cls(root / name, lock)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    def bind_identity(self, experiment: str, data: Mapping[str, str], code: Mapping[str, str]) -> None:
        """Makes the run that of this experiment, data and code, or checks that it is.

        Args:
            experiment: the resolved experiment as TOML.
            data: fingerprints of what it reads, by what it is.
            code: fingerprints of what makes its numbers.

        Raises:
            UserError: the folder holds the run of another experiment, other data or other code; says what differs. Or
                it holds models, and what it is of is missing or damaged.
        """
        identity = {"experiment": tomllib.loads(experiment), "data": dict(data), "code": dict(code)}
        state = self._state(_IDENTITY)
        if not state:
            self._refuse_other(identity)
        elif self.path(_FITS).exists():
            what = f"{_IDENTITY} is {state}, so nobody knows what its models are"
            raise UserError(what, str(self.folder), "name this one with --run NAME, or delete that folder")
        self.write_text(EXPERIMENT, experiment)
        self.write_json(_IDENTITY, identity)

    def check_code(self, code: Mapping[str, str]) -> None:
        """Checks that the run was begun by this code.

        Raises:
            UserError: it was not, or was never begun.
        """
        self._refuse_other({"code": dict(code)})

    def _refuse_other(self, identity: Mapping[str, Any]) -> None:
        """Raises a UserError if the run's identity is another; the parts are compared in this order."""
        kept = self.read_json(_IDENTITY)
        for part, here in identity.items():
            differences = list(_differences(kept.get(part), here, part))
            if differences:  # another experiment may well read other data: one difference explains the other
                raise UserError(
                    f"this run holds something else ({'; '.join(differences[:4])})",
                    str(self.folder),
                    "name this one with --run NAME, or delete that folder",
                )

    def path(self, name: str) -> Path:
        """Where a file of the run lies."""
        return self.folder / name

    def has(self, name: str) -> bool:
        """Whether a file of the run is there and undamaged."""
        return self._state(name) == ""

    def check(self) -> None:
        """Checks every file of the run that is there.

        Raises:
            UserError: one is damaged.
        """
        checksums = self.path(_CHECKSUMS)
        for path in sorted(checksums.rglob("*")):
            name = path.relative_to(checksums).as_posix()
            if path.is_file() and self.path(name).exists():
                self._refuse_damaged(name)

    def write_text(self, name: str, text: str) -> None:
        """Writes a file of the run, whole or not at all."""
        with self._written(name) as path:
            path.write_text(text, "utf-8")

    def read_text(self, name: str) -> str:
        """Reads a file of the run.

        Raises:
            UserError: it is not there or damaged.
        """
        self._refuse_damaged(name)
        return self.path(name).read_text("utf-8")

    def write_json(self, name: str, content: Any) -> None:
        """Writes a JSON file of the run."""
        self.write_text(name, json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> Any:
        """Reads a JSON file of the run.

        Raises:
            UserError: it is not there or damaged.
        """
        return json.loads(self.read_text(name))

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Writes a CSV file of the run; six digits of a probability."""
        with self._written(name) as path:
            table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")

    def read_table(self, name: str) -> pd.DataFrame:
        """Reads a CSV file of the run.

        Raises:
            UserError: it is not there or damaged.
        """
        self._refuse_damaged(name)
        return pd.read_csv(self.path(name), keep_default_na=False)

    def read_as(self, name: str, kind: type[T]) -> T:
        """Reads a JSON file of the run as an object of a dataclass.

        Raises:
            UserError: it is not there or damaged.
        """
        return msgspec.json.decode(self.read_text(name), type=kind)

    def write_result(self, name: str, table: pd.DataFrame) -> None:
        """Writes a CSV file for users; in a demo run with a column that says so, or somebody might submit it."""
        self.write_table(name, table.assign(data="demo") if self.name.startswith(DEMO_PREFIX) else table)

    @contextmanager
    def _written(self, name: str) -> Iterator[Path]:
        """Gives a temporary name; what was written there takes the final one, after its checksum is noted."""
        with atomic_path(self.path(name)) as path:
            yield path
            with atomic_path(self._checksum(name)) as noted:
                noted.write_text(sha256_of(path))

    def _state(self, name: str) -> str:
        """What is wrong with a file of the run; nothing if it is as it was written."""
        if not self.path(name).exists():
            return "missing"
        noted = self._checksum(name)
        return "" if noted.exists() and noted.read_bytes() == sha256_of(self.path(name)).encode() else "damaged"

    def _refuse_damaged(self, name: str) -> None:
        if state := self._state(name):
            remedy = "run the stage before this one (fetch, train, blend, report)"
            if state == "damaged":
                remedy = "delete it and run the same command again: what is trained already is kept"
            raise UserError(f"{name} is {state}", f"in {self.folder}", remedy)

    def _checksum(self, name: str) -> Path:
        return self.path(f"{_CHECKSUMS}/{name}")

    def write_fit(
        self, name: str, arrays: Mapping[str, np.ndarray], weights: Mapping[str, np.ndarray], facts: Mapping[str, Any]
    ) -> None:
        """Keeps what fitting gave, with a checksum of each file."""
        with atomic_folder(self._fit(name)) as folder:
            for key, array in arrays.items():
                np.save(folder / f"{key}.npy", array, allow_pickle=False)
            np.savez(folder / "weights.npz", **dict(weights))  # type: ignore[arg-type]
            checksums = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
            (folder / _FACTS).write_text(dumps_checked({**facts, "sha256": checksums}), "utf-8")

    def has_fit(self, name: str) -> bool:
        """Whether the model is kept and undamaged; a damaged one counts as not done and is fitted again."""
        try:
            return all(self._fit_file(name, file).exists() for file in self.fit_facts(name)["sha256"])
        except UserError:
            return False

    def has_any_of_fit(self, name: str) -> bool:
        """Whether there is anything of the model, be it damaged."""
        return self._fit(name).exists()

    def fit_facts(self, name: str) -> dict[str, Any]:
        """What was noted of a model beside its arrays.

        Raises:
            UserError: the model has not been fitted, or is damaged.
        """
        try:
            return loads_checked((self._fit(name) / _FACTS).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise _unfitted(name, self.folder) from error

    def read_fit(self, name: str, array: str) -> np.ndarray:
        """One array of a model.

        Raises:
            UserError: the model has not been fitted, or is damaged.
        """
        return np.load(self._fit_file(name, f"{array}.npy"), allow_pickle=False)

    def fit_weights(self, name: str) -> dict[str, np.ndarray]:
        """The arrays from which the model is built again, in the order they were kept.

        Raises:
            UserError: the model has not been fitted, or is damaged.
        """
        with np.load(self._fit_file(name, "weights.npz"), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}

    def _fit_file(self, name: str, file: str) -> Path:
        """Where a file of a model lies, its checksum compared."""
        path, known = self._fit(name) / file, self.fit_facts(name)["sha256"]
        if not path.is_file() or sha256_of(path) != known.get(file):
            raise _unfitted(name, self.folder)
        return path

    def add_cost(self, stage: str, seconds: float, peak_memory_mib: float) -> None:
        """Notes what a stage took; the seconds of a continued run add up."""
        costs = self.costs() if self.has(_COSTS) else {}
        before = costs.get(stage, {"seconds": 0.0, "peak_memory_mib": 0.0})
        costs[stage] = {
            "seconds": before["seconds"] + seconds,
            "peak_memory_mib": max(before["peak_memory_mib"], peak_memory_mib),
        }
        self.write_json(_COSTS, costs)

    def costs(self) -> dict[str, dict[str, float]]:
        """`seconds` and `peak_memory_mib` by stage."""
        return self.read_json(_COSTS)

    def _fit(self, name: str) -> Path:
        return self.path(f"{_FITS}/{name}")


def check_name(name: str) -> None:
    """Sees that a run may have this name.

    Raises:
        UserError: it is no plain file name, or is that of the ledger.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) or name == LEDGER:
        remedy = "name it with --run NAME, of letters, digits, '-', '_' and '.'"
        raise UserError(f'"{name}" cannot name a run', remedy=remedy)


def run_name(name: str, source: str) -> str:
    """The run's name: that of a demo run starts with "demo-", so that nobody takes it for a result on Sentiment140.

    Raises:
        UserError: a run on real tweets would have such a name.
    """
    if source == "real" and name.startswith(DEMO_PREFIX):
        raise UserError(f'"{name}" cannot name a run on real tweets', remedy="name it with --run NAME, not demo-...")
    return name if source == "real" or name.startswith(DEMO_PREFIX) else DEMO_PREFIX + name


def _unfitted(fit: str, folder: Path) -> UserError:
    return UserError(f"model {fit} is not fitted, or damaged", f"in {folder}", "run the train stage again")


def _remove_unfinished(folder: Path) -> None:
    """Removes what a process that was killed had begun to write; nobody else writes here while the lock is held."""
    for path in folder.rglob(".*.tmp"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _differences(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """`where: old there, new here`, for each leaf in which two trees differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differences(old.get(key), new.get(key), f"{where}.{key}".lstrip("."))
    elif old != new:
        yield f"{where}: {_shown(old)} there, {_shown(new)} here"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return "something" if isinstance(value, dict) else repr(value)
