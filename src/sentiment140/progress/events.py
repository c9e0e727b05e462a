"""Events of running work: the work emits them, and whoever started it receives them, possibly in another process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

Send = Callable[[Any], None]

_send: Send | None = None
_PAUSE = 0.5  # seconds between two events of a meter


@dataclass(frozen=True)
class Step:
    """An event: how far the work is.

    Attributes:
        share: the share of the work that is done, 0 to 1.
        what: what runs now, such as "epoch 2/3".
    """

    share: float
    what: str = ""


def emit(event: object) -> None:
    """Send an event to the receiver of the running work; without a receiver, do nothing."""
    if _send is not None:
        _send(event)


@contextmanager
def sending(send: Send | None) -> Iterator[None]:
    """Let `emit` call a function during the `with` block; None for no function.

    Examples:
        >>> with sending(print):
        ...     emit("half done")
        half done
        >>> emit("nobody receives this")
    """
    global _send
    before, _send = _send, send
    try:
        yield
    finally:
        _send = before


class Meter:
    """Add up the work that is done, and emit a `Step` about twice per second.

    The steps go to the receiver at the time when the meter was made.

    Args:
        total: the whole work, in any unit.

    Examples:
        >>> with sending(print):
        ...     meter = Meter(total=200)
        >>> meter.add(50, "epoch 1/2")
        Step(share=0.25, what='epoch 1/2')
    """

    def __init__(self, total: float) -> None:
        self._total, self._done, self._sent, self._what = total, 0.0, float("-inf"), ""
        self._send = _send

    def add(self, work: float, what: str) -> None:
        """Add work that is done.

        Args:
            work: in the unit of the total.
            what: what runs now.
        """
        self._done += work
        now = monotonic()
        if now - self._sent >= _PAUSE or what != self._what:
            self._sent, self._what = now, what
            if self._send is not None:
                self._send(Step(min(1.0, self._done / self._total), what))
