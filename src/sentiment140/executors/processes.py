"""Tasks in processes of this machine, several at a time."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ..worker import begin

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

    Raises:
        MemoryError: the system ended a process, which it does when memory runs out.
    """
    parallel = Parallel(
        n_jobs=workers,
        return_as="generator_unordered",
        batch_size=1,
        max_nbytes="1M",
        mmap_mode="r",
        initializer=begin,
        initargs=(os.getpid(),),
    )
    try:
        yield from parallel(delayed(_run_task)(function, shared, task) for task in tasks)
    except TerminatedWorkerError as error:
        raise MemoryError("a process was ended from outside") from error
    finally:
        if workers > 1:  # else joblib keeps them, with all the memory they took, for the stages that need none
            get_reusable_executor(reuse=True).shutdown()


def _run_task(function: Callable[[Shared, Task], Result], shared: Shared, task: Task) -> tuple[Task, Result]:
    return task, function(shared, task)
