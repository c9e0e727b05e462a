"""Tasks one after the other in this process."""

from collections.abc import Callable, Iterable, Iterator

from sentiment140.executors import Result, Shared, Task


class Local:
    """This process."""

    def run(
        self, function: Callable[[Shared, Task], Result], tasks: Iterable[Task], shared: Shared
    ) -> Iterator[tuple[Task, Result]]:
        """As `Executor`; but what is shared is the caller's own."""
        for task in tasks:
            yield task, function(shared, task)
