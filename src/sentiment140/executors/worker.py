"""How worker processes start and end: they ignore Ctrl-C and SIGHUP, which their owner handles, and exit with it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def block_interrupts() -> Iterator[None]:
    """Delay Ctrl-C (SIGINT) and SIGHUP, which the end of a terminal sends, until the end of the `with` block.

    Processes that are started in the block never receive them, not even while they still import their modules. That of
    Python's resource tracker is one of them: the first lock or queue that processes share starts it.
    """
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # a new process inherits the mask
    try:
        # The tracker ignores Ctrl-C itself, and unblocks it here when it starts. SIGHUP would kill it.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


def start_worker(owner: int) -> None:
    """Prepare this process to work for another one. Every worker calls this first.

    Args:
        owner: process id of the owner, which is this process's parent.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_exit_with, args=(owner,), daemon=True).start()


def _exit_with(owner: int) -> None:
    """Exit this process at most a second after its owner.

    An owner that is killed cannot stop its workers, and they would wait for tasks forever.
    """
    while os.getppid() == owner:
        time.sleep(1)
    os._exit(1)
