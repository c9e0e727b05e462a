"""Tasks in processes of this machine, several at a time."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(
    function: Callable[[Shared, Task], Result], tasks: Iterable[Task], shared: Shared, workers: int
) -> Iterator[tuple[Task, Result]]:
    """Each task with what the function made of it and of what all tasks share, in the order they are done.

    Args:
        function: importable by name; what it raises is raised here.
        tasks: begun in this order.
        shared: its arrays are written to disk once and mapped into every process.
        workers: processes, ended when the tasks are done; with 1 all is done in this one.
    """
    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1, max_nbytes="1M", mmap_mode="r")
    try:
        yield from parallel(delayed(_run_task)(function, shared, task, os.getpid()) for task in tasks)
    finally:
        if workers > 1:  # else joblib keeps them, with all the memory they took, for the stages that need none
            get_reusable_executor(reuse=True).shutdown()


def _run_task(
    function: Callable[[Shared, Task], Result], shared: Shared, task: Task, owner: int
) -> tuple[Task, Result]:
    if os.getpid() != owner:
        _end_with(owner)
    return task, function(shared, task)


@cache
def _end_with(owner: int) -> None:
    """Ends this process soon after its owner: one that is killed cannot tell its workers, which would wait for ever."""

    def watch() -> None:
        while os.getppid() == owner:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
