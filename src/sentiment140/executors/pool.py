"""A pool of worker processes on this machine, the only one in the package. Uses the standard library only."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import chain, count, islice
from typing import Any, TypeVar

from sentiment140.executors import Watch
from sentiment140.executors.worker import start_worker, starting_workers
from sentiment140.progress.events import sending

Item = TypeVar("Item")
Result = TypeVar("Result")
_CONTEXT = multiprocessing.get_context("spawn")  # a forked copy of a process with threads may hang
_POLL = 0.25  # seconds between two looks for events of tasks


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
    with _pool(make, arguments, workers, None) as submit:
        for item in items:
            waiting.append(submit(item))
            if len(waiting) > workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def as_completed(
    make: Callable[..., Callable[[Item], Result]],
    arguments: tuple[Any, ...],
    items: Iterable[Item],
    workers: int,
    watch: Watch | None = None,
) -> Iterator[tuple[Item, Result]]:
    """Apply a function to the items in other processes, and yield each item with its result as it is completed.

    Even a single item is processed in another process. The other arguments and the errors are those of `in_order`.

    Args:
        make: see `in_order`.
        arguments: see `in_order`.
        items: the items.
        workers: number of worker processes.
        watch: is called in this thread with an item and None when a process starts with it, and with an item and an
            event for each event that the function emits.

    Yields:
        One pair (item, result) per item.
    """
    items = list(items)
    with starting_workers():
        events = None if watch is None else _CONTEXT.SimpleQueue()
    with _pool(make, arguments, workers, events) as submit:
        waiting = {submit(item): item for item in items}
        while waiting:
            done = wait(waiting, None if watch is None else _POLL, FIRST_COMPLETED).done
            while watch is not None and events is not None and not events.empty():
                number, event = events.get()  # events of a task come before its result
                watch(items[number], event)
            for future in done:
                yield waiting.pop(future), future.result()


@contextmanager
def _pool(
    make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], workers: int, events: Any
) -> Iterator[Callable[[Item], "Future[Result]"]]:
    """Start worker processes, which exit at the end of the `with` block.

    Args:
        make: see `in_order`.
        arguments: see `in_order`.
        workers: number of worker processes.
        events: a queue for the events of the items, with their numbers in the order in which they are submitted; the
            event None says that a process starts with an item. None for no queue.

    Yields:
        A function that submits an item.
    """
    others, numbers = set(multiprocessing.active_children()), count()
    with starting_workers():
        executor = ProcessPoolExecutor(workers, _CONTEXT, _initialize, (make, arguments, os.getpid(), events))
    with executor as pool:

        def submit(item: Item) -> "Future[Result]":
            with starting_workers():
                return pool.submit(_process, next(numbers), item)

        try:
            yield submit
        except BaseException as error:  # Ctrl-C too: running tasks may take minutes, and nobody needs their results
            stopped = set(multiprocessing.active_children()) - others
            for process in stopped:
                process.terminate()
            for process in stopped:
                process.join()
            # A process that was stopped while it sent a result has left a part of it in the pipe. The executor's thread
            # would wait forever for the rest, because this process could still write to the pipe.
            pool._result_queue._writer.close()  # type: ignore[attr-defined]
            if isinstance(error, BrokenProcessPool):
                raise WorkerKilledError("a worker process was killed from outside") from error
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_function: Callable[[Any], Any]
_failure: Exception | None = None
_events: Any


def _initialize(
    make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], owner: int, events: Any
) -> None:
    global _function, _failure, _events
    start_worker(owner)
    _events = events
    try:
        _function = make(*arguments)
    except Exception as error:  # noqa: BLE001 - raised with the first item: raised here it would only break the pool
        _failure = error


def _process(number: int, item: Any) -> Any:
    if _failure is not None:
        raise _failure
    if _events is None:
        return _function(item)
    _send_event(number, None)
    with sending(partial(_send_event, number)):
        return _function(item)


def _send_event(number: int, event: Any) -> None:
    _events.put((number, event))
