"""Worker processes of this machine: the one process pool of the project. Standard library only."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, TypeVar

from sentiment140.executors.worker import begin, interrupts_held

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerKilledError(MemoryError):
    """A worker process was ended from outside, as the system does where memory is short."""


def in_order(
    make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """The results for the items, in their order, as they are needed: few more items are held than are worked on.

    A single item is worked on in this process: no other is started for it.

    Args:
        make: importable by name; `make(*arguments)`, called once in each process, gives the function for the items.
        arguments: of `make`.
        items: taken as they are needed.
        workers: processes; with 1 all is done in this one.

    Raises:
        WorkerKilledError: a worker was ended from outside.
    """
    items = iter(items)
    begun = list(islice(items, 2))
    items = chain(begun, items)
    if len(begun) < 2 or workers == 1:
        yield from map(make(*arguments), items) if begun else ()
        return
    waiting: list[Future[Result]] = []
    with _pool(make, arguments, workers) as submit:
        for item in items:
            waiting.append(submit(item))
            if len(waiting) > workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def as_completed(
    make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], items: Iterable[Item], workers: int
) -> Iterator[tuple[Item, Result]]:
    """Each item with its result, in the order in which they are done; all in other processes.

    Arguments and errors are those of `in_order`.
    """
    with _pool(make, arguments, workers) as submit:
        waiting = {submit(item): item for item in items}
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()


@contextmanager
def _pool(
    make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], workers: int
) -> Iterator[Callable[[Item], "Future[Result]"]]:
    """Processes that end with the block; gives what hands them an item."""
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(workers, context, _begin, (make, arguments, os.getpid())) as pool:

        def submit(item: Item) -> "Future[Result]":
            with interrupts_held():
                return pool.submit(_work, item)

        try:
            yield submit
        except BaseException as error:  # Ctrl-C too: what is being worked on may take minutes, and nobody waits for it
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise WorkerKilledError("a worker process was ended from outside") from error
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_function: Callable[[Any], Any]
_failure: Exception | None = None


def _begin(make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], owner: int) -> None:
    global _function, _failure
    begin(owner)
    try:
        _function = make(*arguments)
    except Exception as error:  # noqa: BLE001 - raised with the first item: here it would only break the pool
        _failure = error


def _work(item: Any) -> Any:
    if _failure is not None:
        raise _failure
    return _function(item)
