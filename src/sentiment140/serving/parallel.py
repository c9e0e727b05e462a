"""Work in processes, its results in order, without waiting for all of it. Standard library only."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, TypeVar

from ..errors import UserError
from ..worker import begin, interrupts_held

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """What the function that `make(*arguments)` gives makes of each item, in order.

    A single item is worked on in this process: no other is started for it. Not many more items are held than are worked
    on.

    Args:
        make: importable by name; called once in each process.
        arguments: of `make`.
        items: taken as they are needed.
        workers: processes; with 1 all is done in this one.

    Raises:
        UserError: a process was ended from outside, as the system does where memory is short.
    """
    items = iter(items)
    begun = list(islice(items, 2))
    items = chain(begun, items)
    if len(begun) < 2 or workers == 1:
        yield from map(make(*arguments), items) if begun else ()
        return
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    with ProcessPoolExecutor(workers, context, _begin, (make, arguments, os.getpid())) as pool:
        results: deque[Future[Result]] = deque()
        try:
            for item in items:
                with interrupts_held():
                    results.append(pool.submit(_work, item))
                if len(results) > workers:
                    yield results.popleft().result()
            while results:
                yield results.popleft().result()
        except BrokenProcessPool as error:
            what = "a process that scored tweets was ended from outside"
            raise UserError(what, f"one of {workers}", "free some memory and try again") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_function: Callable[[Any], Any]


def _begin(make: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], owner: int) -> None:
    global _function
    begin(owner)
    _function = make(*arguments)


def _work(item: Any) -> Any:
    return _function(item)
