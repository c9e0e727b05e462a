"""How a process that works for another begins: it leaves Ctrl-C to its owner, and ends with it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def interrupts_held() -> Iterator[None]:
    """A Ctrl-C in here is told afterwards; to processes begun in here, which may still load, never."""
    resource_tracker.ensure_running()  # begun in here, it would let all signals through again
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a new process takes the mask over
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def begin(owner: int) -> None:
    """Called first in a process that works for another; `owner` is that one's number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(owner,), daemon=True).start()


def _end_with(owner: int) -> None:
    """Ends this process soon after its owner: one that is killed cannot tell its workers, which would wait for ever."""
    while os.getppid() == owner:
        time.sleep(1)
    os._exit(1)
