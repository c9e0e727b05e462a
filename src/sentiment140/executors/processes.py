"""Run tasks in several processes of this machine."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sentiment140.executors import Result, Shared, Task, Watch
from sentiment140.executors.pool import as_completed

_PREFIX = "sentiment140-shared-"


@dataclass(frozen=True)
class Processes:
    """Run tasks in processes that exit when all tasks are done.

    The data that all tasks share are written to disk once and memory-mapped into each process.

    Attributes:
        workers: number of processes, two or more.
    """

    workers: int

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        tasks: Iterable[Task],
        shared: Shared,
        watch: Watch | None = None,
    ) -> Iterator[tuple[Task, Result]]:
        """Run all tasks; see `Executor.run`."""
        tasks = list(tasks)
        if not tasks:
            return
        import joblib  # takes a tenth of a second, which an error in the arguments should not wait for

        _remove_stale()
        with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
            file = Path(folder) / "shared"
            joblib.dump(shared, file)
            yield from as_completed(_with_shared, (function, file), tasks, min(self.workers, len(tasks)), watch)


def _remove_stale() -> None:
    """Remove the shared data of processes that were killed: arrays of up to half a gigabyte."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # the process belongs to another user
        pass
    return True


def _with_shared(function: Callable[[Shared, Task], Result], file: Path) -> Callable[[Any], Any]:
    import joblib

    return partial(function, joblib.load(file, mmap_mode="r"))
