"""How tasks run: in this process, in several of this machine, or on a Ray cluster. They know no fold and no tweet."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from sentiment140.errors import UserError

EXECUTORS = ("processes", "local", "ray")

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


class Executor(Protocol):
    """Where tasks run."""

    def run(
        self, function: Callable[[Shared, Task], Result], tasks: Iterable[Task], shared: Shared
    ) -> Iterator[tuple[Task, Result]]:
        """Each task with what the function made of it and of what all tasks share, in the order they are done.

        Args:
            function: importable by name; what it raises is raised here.
            tasks: begun in this order.
            shared: goes to where the tasks run once, not with every task; its arrays cannot be changed there.

        Raises:
            MemoryError: the memory ran out, and the system ended a task.
        """


def executor_named(name: str, workers: int, address: str | None = None, gpus: float = 0.0) -> Executor:
    """The executor of this name.

    Args:
        name: one of `EXECUTORS`.
        workers: tasks at a time on this machine; a cluster of several has as many as it has cores.
        address: of the cluster's head, `host:port`; None for `RAY_ADDRESS`, else a cluster of this machine alone.
        gpus: that each task on the cluster takes, such as 0.5 for two at a time on one.

    Raises:
        UserError: Ray is asked for and not installed, or cannot be reached.
    """
    if name == "ray":
        from sentiment140.executors.cluster import Cluster  # only who asks for it needs Ray

        return Cluster(address, workers, gpus)
    if address is not None or gpus:
        raise UserError("--address and --gpus are those of a cluster", remedy="add --executor ray")
    if name == "local" or workers == 1:
        from sentiment140.executors.local import Local

        return Local()
    from sentiment140.executors.processes import Processes

    return Processes(workers)
