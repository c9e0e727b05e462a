"""Tasks in processes of this machine, several at a time."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ..worker import begin, interrupts_held
from . import Result, Shared, Task


@dataclass(frozen=True)
class Processes:
    """Processes that end when their tasks are done. Arrays are written to disk once and mapped into every one.

    Attributes:
        workers: how many, two or more.
    """

    workers: int

    def run(
        self, function: Callable[[Shared, Task], Result], tasks: Iterable[Task], shared: Shared
    ) -> Iterator[tuple[Task, Result]]:
        """As `Executor`."""
        parallel = Parallel(
            n_jobs=self.workers,
            return_as="generator_unordered",
            batch_size=1,
            max_nbytes="1M",
            mmap_mode="r",
            initializer=begin,
            initargs=(os.getpid(),),
        )
        try:
            with interrupts_held():
                results = parallel(delayed(_run_task)(function, shared, task) for task in tasks)
            yield from results
        except TerminatedWorkerError as error:
            raise MemoryError("a process was ended from outside") from error
        finally:  # else joblib keeps them, with all the memory they took, for the stages that need none
            get_reusable_executor(reuse=True).shutdown()


def _run_task(function: Callable[[Shared, Task], Result], shared: Shared, task: Task) -> tuple[Task, Result]:
    return task, function(shared, task)
