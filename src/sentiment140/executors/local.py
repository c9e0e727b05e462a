"""Run tasks one after the other in this process."""

from collections.abc import Callable, Iterable, Iterator

from sentiment140.executors import Result, Shared, Task


class Local:
    """Run tasks in this process.

    Examples:
        >>> list(Local().run(pow, [1, 2, 3], 10))
        [(1, 10), (2, 100), (3, 1000)]
    """

    def run(
        self, function: Callable[[Shared, Task], Result], tasks: Iterable[Task], shared: Shared
    ) -> Iterator[tuple[Task, Result]]:
        """Run all tasks; see `Executor.run`. A task gets the caller's own `shared`, not a read-only copy."""
        for task in tasks:
            yield task, function(shared, task)
