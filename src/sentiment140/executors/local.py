"""Run tasks one after the other in this process."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from sentiment140.executors import Result, Shared, Task, Watch
from sentiment140.progress.events import sending


class Local:
    """Run tasks in this process.

    Examples:
        >>> list(Local().run(pow, [1, 2, 3], 10))
        [(1, 10), (2, 100), (3, 1000)]
    """

    workers = 1

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        tasks: Iterable[Task],
        shared: Shared,
        watch: Watch | None = None,
    ) -> Iterator[tuple[Task, Result]]:
        """Run all tasks; see `Executor.run`. A task gets the caller's own `shared`, not a read-only copy."""
        for task in tasks:
            if watch is not None:
                watch(task, None)
            with sending(None if watch is None else partial(watch, task)):
                result = function(shared, task)
            yield task, result
