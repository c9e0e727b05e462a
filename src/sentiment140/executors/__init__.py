"""Executors run tasks in this process, in several processes, or on a Ray cluster. They know nothing about the tasks."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from sentiment140.errors import UserError, unknown_name

EXECUTORS = ("processes", "local", "ray")

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")
Watch = Callable[[Any, Any], None]
"""Called as `watch(task, None)` when a task starts, and as `watch(task, event)` for each event that it emits."""


class Executor(Protocol):
    """Run tasks somewhere."""

    @property
    def workers(self) -> int:
        """The number of tasks that run at the same time."""

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        tasks: Iterable[Task],
        shared: Shared,
        watch: Watch | None = None,
    ) -> Iterator[tuple[Task, Result]]:
        """Call `function(shared, task)` for each task.

        Args:
            function: a function that can be imported by name. An error that it raises is raised here.
            tasks: the tasks, started in this order.
            shared: the data that all tasks share. They are sent once to each place where tasks run, not with each task.
                A task cannot change the arrays in them.
            watch: is called in this thread, while it waits for results, with what the tasks emit
                (progress/events.py). A Ray cluster does not call it.

        Yields:
            One pair (task, result) per task, in the order of completion.

        Raises:
            MemoryError: memory ran out, and the operating system killed a task.
        """


def executor_named(name: str, workers: int, address: str | None = None, gpus: float = 0.0) -> Executor:
    """Create an executor by its name.

    Args:
        name: one of `EXECUTORS`. With one worker, "processes" is the same as "local".
        workers: number of tasks that run at the same time on this machine. An existing cluster runs as many as it has
            cores.
        address: address of the head of the Ray cluster, `host:port`. If None, that in the environment variable
            `RAY_ADDRESS`, else a cluster of this machine only.
        gpus: GPUs per task on the cluster; 0.5 lets two tasks share one.

    Raises:
        UserError: the name is unknown, Ray is not installed, or `address` or `gpus` is given without Ray.

    Examples:
        >>> executor_named("processes", workers=2)
        Processes(workers=2)
        >>> executor_named("locl", workers=2)
        Traceback (most recent call last):
        sentiment140.errors.UserError: unknown executor "locl": did you mean local? (known: local, processes, ray)
    """
    if name not in EXECUTORS:
        raise UserError(unknown_name("executor", name, EXECUTORS))
    if name == "ray":
        from sentiment140.executors.cluster import Cluster  # Ray is an optional dependency

        return Cluster(address, workers, gpus)
    if address is not None or gpus:
        raise UserError("--address and --gpus need a Ray cluster", remedy="add --executor ray")
    if name == "local" or workers == 1:
        from sentiment140.executors.local import Local

        return Local()
    from sentiment140.executors.processes import Processes

    return Processes(workers)
