"""A pool of worker processes on this machine, the only one in the package. Uses the standard library only."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, TypeVar

from sentiment140.executors.worker import block_interrupts, start_worker

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerKilledError(MemoryError):
    """A worker process was killed from outside, as the operating system does when memory runs out."""


def in_order(
    make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Apply a function to the items in several processes, and yield the results in the order of the items.

    Items are taken lazily: at most one more than there are workers is waiting or being processed. With a single item
    or a single worker everything runs in this process, and no other is started.

    Args:
        make: a function that can be imported by name. `make(*arguments)` is called once in each process and returns the
            function that is applied to the items.
        arguments: the arguments of `make`.
        items: the items, taken as they are needed.
        workers: number of worker processes.

    Yields:
        One result per item.

    Raises:
        WorkerKilledError: a worker was killed from outside.

    Examples:
        >>> from functools import partial
        >>> from operator import add
        >>> list(in_order(partial, (add, 100), [1, 2, 3], workers=1))
        [101, 102, 103]
    """
    items = iter(items)
    first = list(islice(items, 2))
    items = chain(first, items)
    if len(first) < 2 or workers == 1:
        yield from map(make(*arguments), items) if first else ()
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
    """Apply a function to the items in other processes, and yield each item with its result as it is completed.

    Even a single item is processed in another process. The arguments and errors are those of `in_order`.

    Yields:
        One pair (item, result) per item.
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
    """Start worker processes, which exit at the end of the `with` block.

    Yields:
        A function that submits an item.
    """
    context = multiprocessing.get_context("spawn")  # a forked copy of a process with threads may hang
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(workers, context, _initialize, (make, arguments, os.getpid())) as pool:

        def submit(item: Item) -> "Future[Result]":
            with block_interrupts():
                return pool.submit(_process, item)

        try:
            yield submit
        except BaseException as error:  # Ctrl-C too: running tasks may take minutes, and nobody needs their results
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise WorkerKilledError("a worker process was killed from outside") from error
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_function: Callable[[Any], Any]
_failure: Exception | None = None


def _initialize(make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], owner: int) -> None:
    global _function, _failure
    start_worker(owner)
    try:
        _function = make(*arguments)
    except Exception as error:  # noqa: BLE001 - raised with the first item: raised here it would only break the pool
        _failure = error


def _process(item: Any) -> Any:
    if _failure is not None:
        raise _failure
    return _function(item)
