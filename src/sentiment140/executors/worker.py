"""How worker processes start and end: they ignore Ctrl-C and SIGHUP, which their owner handles, and exit with it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

_INTERRUPTS = (signal.SIGINT, signal.SIGHUP)
_STOPS = (*_INTERRUPTS, signal.SIGTERM)


@contextmanager
def starting_workers() -> Iterator[None]:
    """Protect the start of processes, in the `with` block, from signals.

    A signal that this process handles is handled at the end of the block: a worker that was started by half would wait
    for the rest of its instructions forever. Processes that are started in the block never receive Ctrl-C (SIGINT) and
    SIGHUP, which the end of a terminal sends, not even while they still import their modules. That of Python's resource
    tracker is one of them: the first lock or queue that processes share starts it.
    """
    with _delayed_handlers():
        previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # a new process inherits the mask
        try:
            # The tracker ignores Ctrl-C itself, and unblocks it here when it starts. SIGHUP would kill it.
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, previous)


@contextmanager
def _delayed_handlers() -> Iterator[None]:
    """Delay Python's signal handlers until the end of the `with` block.

    To block the signals would not suffice: another thread may receive them, and the handler still runs in this one.
    """
    if threading.current_thread() is not threading.main_thread():  # handlers run in the main thread only
        yield
        return
    received: dict[int, None] = {}
    handlers = {number: handler for number in _STOPS if callable(handler := signal.getsignal(number))}
    for number in handlers:
        signal.signal(number, lambda number, _: received.setdefault(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for late in received:
            signal.raise_signal(late)


def start_worker(owner: int) -> None:
    """Prepare this process to work for another one. Every worker calls this first.

    Args:
        owner: process id of the owner, which is this process's parent.
    """
    for number in _INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_exit_with, args=(owner,), daemon=True).start()


def _exit_with(owner: int) -> None:
    """Exit this process at most a second after its owner.

    An owner that is killed cannot stop its workers, and they would wait for tasks forever.
    """
    while os.getppid() == owner:
        time.sleep(1)
    os._exit(1)
