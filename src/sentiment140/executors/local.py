"""One task after the other, in this process."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(
    function: Callable[[Shared, Task], Result], tasks: Iterable[Task], shared: Shared
) -> Iterator[tuple[Task, Result]]:
    """Each task with what the function made of it and of what all tasks share."""
    for task in tasks:
        yield task, function(shared, task)
