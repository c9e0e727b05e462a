"""The folder of a run: its lock, its identity, and its files with their checksums. Knows neither columns nor models."""

import csv
import hashlib
import io
import json
import shutil
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

import msgspec
import numpy as np

from sentiment140.errors import UserError
from sentiment140.runs.files import acquire_lock, atomic_folder, atomic_path, dumps_checked, loads_checked, sha256_of
from sentiment140.runs.names import DEMO_PREFIX, check_name

if TYPE_CHECKING:  # takes longer than the answer to a wrong flag should
    import pandas as pd

T = TypeVar("T")

EXPERIMENT = "experiment.toml"
_COSTS = "work/costs.json"
_CHECKSUMS = "work/sha256"
_FITS, _FACTS = "work/fits", "fit.json"


@dataclass(frozen=True)
class Folders:
    """The folders that all runs share.

    Attributes:
        submissions: the folder of all runs.
        data: the folder for downloads, the demo corpus, and copies that the user puts there.
    """

    submissions: Path
    data: Path


class Run:
    """The folder of one run, locked while this object exists unless it is only read.

    File names are relative to the folder. Every file has a checksum, in `work/sha256/` or, for a fitted model, in its
    `fit.json`. Open a run with `Run.open`.

    Args:
        folder: `submissions/<run>`.
        lock: the open lock file. If the process is killed, the operating system releases the lock. None for a run that
            is only read.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     run = Run.open(Path(root), "my-run")
        ...     run.write_json("numbers.json", {"seed": 140})
        ...     run.has("numbers.json"), run.read_json("numbers.json")
        (True, {'seed': 140})
    """

    def __init__(self, folder: Path, lock: IO[str] | None = None) -> None:
        self.folder = folder
        if lock is not None:
            weakref.finalize(self, lock.close)  # releases the lock as soon as nothing refers to the run any more

    @classmethod
    def open(cls, root: Path, name: str) -> Self:
        """Open and lock the run of this name; its folder is created if missing.

        Args:
            root: the folder of all runs.
            name: the name of the run.

        Raises:
            UserError: the name is not allowed, or another process has locked the run.
        """
        check_name(name)
        if (root / name).is_file():
            raise UserError(
                f'"{name}" cannot name a run', "there is a file of that name", "use another name (--run NAME)"
            )
        work = root / name / "work"
        work.mkdir(parents=True, exist_ok=True)
        lock = acquire_lock(work / "lock")
        _remove_temporary_files(root / name)
        return cls(root / name, lock)

    @property
    def name(self) -> str:
        """The name of the run."""
        return self.folder.name

    def path(self, name: str) -> Path:
        """Return the path of a file of the run."""
        return self.folder / name

    def has(self, name: str) -> bool:
        """Return whether a file of the run exists and is undamaged."""
        return self.find_problem(name) == ""

    def check(self) -> None:
        """Check the checksum of every file of the run that exists.

        Raises:
            UserError: a file is damaged.
        """
        checksums = self.path(_CHECKSUMS)
        for path in sorted(checksums.rglob("*")):
            name = path.relative_to(checksums).as_posix()
            if path.is_file() and self.path(name).exists():
                self._check_file(name)

    def write_text(self, name: str, text: str) -> None:
        """Write a text file of the run, whole or not at all."""
        with self._atomic_write(name) as path:
            path.write_text(text, "utf-8")

    def read_text(self, name: str) -> str:
        """Read a text file of the run, with the line breaks as they were written.

        Raises:
            UserError: the file is missing or damaged.
        """
        self._check_file(name)
        return self.path(name).read_bytes().decode()

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file of the run."""
        self.write_text(name, json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> Any:
        """Read a JSON file of the run.

        Raises:
            UserError: the file is missing or damaged.
        """
        return json.loads(self.read_text(name))

    def write_table(self, name: str, table: "pd.DataFrame") -> None:
        """Write a CSV file of the run; floats are rounded to six significant digits, and every text is kept."""
        # Readers end a row at an unquoted carriage return. The csv module quotes the line terminator only.
        has_return = table.select_dtypes(exclude="number").map(lambda text: "\r" in str(text)).any(axis=None)
        quoting: Any = csv.QUOTE_NONNUMERIC if has_return else csv.QUOTE_MINIMAL
        with self._atomic_write(name) as path:
            table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n", quoting=quoting)

    def read_table(self, name: str, text_columns: Collection[str] = ()) -> "pd.DataFrame":
        """Read a CSV file of the run; empty fields and "NA" stay text, and so does every field of `text_columns`.

        Raises:
            UserError: the file is missing or damaged.
        """
        import pandas as pd

        self._check_file(name)
        return pd.read_csv(self.path(name), keep_default_na=False, dtype=dict.fromkeys(text_columns, str))

    def read_object(self, name: str, object_type: type[T]) -> T:
        """Read a JSON file of the run as an instance of a dataclass.

        Raises:
            UserError: the file is missing or damaged.
        """
        return msgspec.json.decode(self.read_text(name), type=object_type)

    def write_result(self, name: str, table: "pd.DataFrame") -> None:
        """Write a CSV file for users; a demo run adds a column `data`, so that nobody takes it for a real result."""
        self.write_table(name, table.assign(data="demo") if self.name.startswith(DEMO_PREFIX) else table)

    @contextmanager
    def _atomic_write(self, name: str) -> Iterator[Path]:
        """Give a temporary path for a file of the run; write its checksum, then rename it."""
        with atomic_path(self.path(name)) as path:
            yield path
            with atomic_path(self._checksum_path(name)) as checksum:
                checksum.write_text(sha256_of(path))

    def find_problem(self, name: str) -> str:
        """Return "missing" or "damaged", or an empty string if the file is as it was written."""
        if not self.path(name).exists():
            return "missing"
        checksum = self._checksum_path(name)
        intact = checksum.exists() and checksum.read_bytes() == sha256_of(self.path(name)).encode()
        return "" if intact else "damaged"

    def _check_file(self, name: str) -> None:
        """Raise a UserError if the file is missing or damaged."""
        if problem := self.find_problem(name):
            remedy = "run the earlier stages first: train, then blend"
            if problem == "damaged":
                remedy = "delete it and run the same command again: models that are trained already are kept"
            raise UserError(f"{name} is {problem}", f"in {self.folder}", remedy)

    def _checksum_path(self, name: str) -> Path:
        return self.path(f"{_CHECKSUMS}/{name}")

    def write_fit(
        self, name: str, arrays: Mapping[str, np.ndarray], weights: Mapping[str, np.ndarray], facts: Mapping[str, Any]
    ) -> None:
        """Write the result of a fit, with a checksum of each file.

        Args:
            name: the name of the fit, such as "conv_lstm-fold0".
            arrays: predictions and other arrays, by name.
            weights: the arrays that the model is rebuilt from.
            facts: everything else about the fit, such as its history and cost; must fit into JSON.
        """
        with atomic_folder(self._fit_folder(name)) as folder:
            for key, array in arrays.items():
                content = io.BytesIO()  # into a file, `np.save` reports a full disk as "498 requested and 330 written"
                np.save(content, array, allow_pickle=False)
                (folder / f"{key}.npy").write_bytes(content.getbuffer())
            np.savez(folder / "weights.npz", **dict(weights))  # type: ignore[arg-type]
            checksums = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
            (folder / _FACTS).write_text(dumps_checked({**facts, "sha256": checksums}), "utf-8")

    def has_fit(self, name: str) -> bool:
        """Return whether a fit is complete and undamaged; otherwise it has to be fitted again."""
        try:
            return all(self._find_fit_file(name, file).exists() for file in self.fit_facts(name)["sha256"])
        except UserError:
            return False

    def has_any_of_fit(self, name: str) -> bool:
        """Return whether the folder of a fit exists, even if it is damaged."""
        return self._fit_folder(name).exists()

    @property
    def has_any_fit(self) -> bool:
        """Whether the run has any fit, even a damaged one."""
        return self.path(_FITS).exists()

    def digest(self, files: Iterable[str], fits: Iterable[str]) -> str:
        """Compute one hash of files and fits of the run, as they were written: 16 hexadecimal digits.

        Raises:
            UserError: one of them is missing or damaged.
        """
        parts = []
        for name in files:
            self._check_file(name)
            parts.append(self._checksum_path(name).read_text())
        parts += [json.dumps(self.fit_facts(name)["sha256"]) for name in fits]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def fit_facts(self, name: str) -> dict[str, Any]:
        """Read the facts of a fit, and the checksums of its files as `sha256`.

        Raises:
            UserError: the fit is missing or damaged.
        """
        try:
            return loads_checked((self._fit_folder(name) / _FACTS).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise _missing_fit_error(name, self.folder) from error

    def read_fit(self, name: str, array: str) -> np.ndarray:
        """Read one array of a fit.

        Raises:
            UserError: the fit is missing or damaged.
        """
        return np.load(self._find_fit_file(name, f"{array}.npy"), allow_pickle=False)

    def fit_weights(self, name: str) -> dict[str, np.ndarray]:
        """Read the arrays that the model is rebuilt from, in the order in which they were written.

        Raises:
            UserError: the fit is missing or damaged.
        """
        with np.load(self._find_fit_file(name, "weights.npz"), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}

    def _find_fit_file(self, name: str, file: str) -> Path:
        """Return the path of a file of a fit, after checking its checksum."""
        path, checksums = self._fit_folder(name) / file, self.fit_facts(name)["sha256"]
        if not path.is_file() or sha256_of(path) != checksums.get(file):
            raise _missing_fit_error(name, self.folder)
        return path

    def add_cost(self, stage: str, seconds: float, peak_memory_mib: float) -> None:
        """Add the cost of a stage; the seconds of a continued run add up, and the higher peak memory counts."""
        costs = self.costs() if self.has(_COSTS) else {}
        before = costs.get(stage, {"seconds": 0.0, "peak_memory_mib": 0.0})
        costs[stage] = {
            "seconds": before["seconds"] + seconds,
            "peak_memory_mib": max(before["peak_memory_mib"], peak_memory_mib),
        }
        self.write_json(_COSTS, costs)

    def costs(self) -> dict[str, dict[str, float]]:
        """Read `seconds` and `peak_memory_mib` by stage."""
        return self.read_json(_COSTS)

    def _fit_folder(self, name: str) -> Path:
        return self.path(f"{_FITS}/{name}")


def _missing_fit_error(fit: str, folder: Path) -> UserError:
    remedy = "run the train stage again: it fits the missing models only"
    return UserError(f"model {fit} is not fitted or is damaged", f"in {folder}", remedy)


def _remove_temporary_files(folder: Path) -> None:
    """Remove unfinished files of a process that was killed; safe, since only the process with the lock writes here."""
    for path in folder.rglob(".*.tmp"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
