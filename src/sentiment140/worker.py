"""How a process that works for another begins: it leaves Ctrl-C to its owner, and ends with it."""

import os
import signal
import threading
import time


def begin(owner: int) -> None:
    """Called first in a process that works for another; `owner` is that one's number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(owner,), daemon=True).start()


def _end_with(owner: int) -> None:
    """Ends this process soon after its owner: one that is killed cannot tell its workers, which would wait for ever."""
    while os.getppid() == owner:
        time.sleep(1)
    os._exit(1)
