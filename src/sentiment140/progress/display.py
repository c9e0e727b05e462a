"""Show progress: one line in a terminal, with what runs now and the time left; a log line now and then elsewhere."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from operator import attrgetter
from time import monotonic
from typing import Any, Self

from tqdm import tqdm

from sentiment140.progress.events import Step, sending
from sentiment140.progress.forecast import Forecast, Work

log = logging.getLogger(__name__)

STARTUP = 7.0
"""Seconds, roughly, until a new process has loaded TensorFlow."""

_REFRESH = 1.0  # seconds between two refreshes of the line
_LOG_EVERY = 300.0  # seconds between two log lines, where there is no terminal
_BAR = "{desc} {percentage:3.0f} % |{bar:12}| {elapsed} elapsed{postfix}"
_NO_BAR = "{desc} | {elapsed} elapsed{postfix}{bar:0}"  # tqdm cuts a line to the terminal's width if it has a bar


def one_worker() -> int:
    """Return 1: work that runs in this process."""
    return 1


class Progress:
    """Show how far tasks are, while the `with` block runs them.

    `watch` goes to an executor; `finish` is called with each result. The line is refreshed by a thread, as this one
    waits for results.

    Args:
        what: what all tasks are for, such as "train".
        work: all tasks, in the order in which they are started; empty if nobody knows how far the work is.
        workers: gives the number of tasks that run at the same time.
        finished: the seconds of the tasks that were finished before, by name.
        name_of: gives the name of a task, as in `work`.
        startup: the seconds until workers start with their first task, roughly.
    """

    def __init__(
        self,
        what: str,
        work: Sequence[Work],
        workers: Callable[[], int] = one_worker,
        finished: Mapping[str, float] | None = None,
        name_of: Callable[[Any], str] = attrgetter("name"),
        startup: float = STARTUP,
    ) -> None:
        self._what, self._workers, self._name_of = what, workers, name_of
        self._begin = monotonic()
        self._forecast = Forecast(work, finished, self._begin, startup)
        self._known = bool(work)
        self._steps: dict[str, str] = {}
        self._lock, self._ended, self._stack = threading.Lock(), threading.Event(), ExitStack()

    def __enter__(self) -> Self:
        bar_format = _BAR if self._known else _NO_BAR
        self._bar = tqdm(
            total=100, desc=self._what, disable=None, leave=False, dynamic_ncols=True, bar_format=bar_format
        )
        self._stack.enter_context(self._bar)
        if not self._bar.disable:
            from tqdm.contrib.logging import logging_redirect_tqdm  # here: warns in a notebook without ipywidgets

            self._stack.enter_context(logging_redirect_tqdm())
        thread = threading.Thread(target=self._refresh_until_ended, daemon=True)
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(self._ended.set)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def watch(self, task: Any, event: object) -> None:
        """Record that a task has started (None), or how far it is (a `Step`); see `Executor.run`."""
        name, now = self._name_of(task), monotonic()
        with self._lock:
            if event is None:
                self._forecast.start(name, now)
            elif isinstance(event, Step):
                self._forecast.advance(name, event.share, now)
                self._steps[name] = event.what

    def finish(self, task: Any, seconds: float = 0.0) -> None:
        """Record that a task is finished.

        Args:
            task: the task.
            seconds: how long it took, in case the executor has not reported its start.
        """
        with self._lock:
            self._forecast.finish(self._name_of(task), monotonic(), seconds)

    def status(self) -> tuple[float, float, str]:
        """Return the share of the work that is done, 0 to 1, the seconds left, and what runs now."""
        now = monotonic()
        with self._lock:
            forecast = self._forecast
            running = ", ".join(f"{name} {self._steps.get(name, '')}".strip() for name in forecast.running)
            return forecast.share(now), forecast.seconds_left(now, max(1, self._workers())), running

    def _refresh_until_ended(self) -> None:
        while not self._ended.wait(_LOG_EVERY if self._bar.disable else _REFRESH):
            self.refresh()

    def refresh(self) -> None:
        """Show the line again with the time that has passed; without a terminal, log it."""
        if not self._known:
            if not self._bar.disable:
                self._bar.refresh()
            return
        share, left, running = self.status()
        percent = min(99.0, 100 * share)  # 100 only at the end
        text = f"about {format_seconds(left)} left" + (f" | {running}" if running else "")
        if self._bar.disable:
            elapsed = format_seconds(monotonic() - self._begin)
            log.info("%s: %.0f %%, %s elapsed, %s", self._what, percent, elapsed, text)
            return
        self._bar.n = percent
        self._bar.set_postfix_str(text)


@contextmanager
def showing(what: str, expected: float | None = None) -> Iterator[Progress]:
    """Show the progress of the code in the `with` block, which runs in this process and emits steps.

    Args:
        what: what the code does, such as "evaluate".
        expected: roughly its seconds; None if it emits no steps: then only the elapsed time is shown.

    Yields:
        The progress.
    """
    task = Work("", what, expected or 0.0)
    with Progress(what, [task] if expected else [], startup=0.0) as progress:
        if expected:
            progress.watch(task, None)
        with sending(partial(progress.watch, task) if expected else None):
            yield progress


def format_seconds(seconds: float) -> str:
    """Format a duration roughly.

    Examples:
        >>> [format_seconds(seconds) for seconds in (0.2, 42, 61, 780, 4800)]
        ['1 s', '42 s', '2 min', '13 min', '1 h 20 min']
    """
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = -int(-seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
