"""Forecast how long tasks still take: learned from the tasks of this run, at first from rough expectations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from statistics import fmean

_ENOUGH = 0.05  # share of a task after which its speed says how long it takes


@dataclass(frozen=True)
class Work:
    """A task to be done.

    Attributes:
        name: a unique name.
        group: tasks of the same group take about equally long.
        expected: a rough expectation of its seconds; only ratios matter as soon as one task is under way.
    """

    name: str
    group: str
    expected: float


class Forecast:
    """The state of all tasks, and how long they still take. Times are seconds of any clock that runs evenly.

    Args:
        work: all tasks, in the order in which they are started.
        finished: the seconds of the tasks that were finished before, by name.

    Examples:
        >>> forecast = Forecast([Work("a", "x", 1.0), Work("b", "x", 1.0)])
        >>> forecast.start("a", now=0.0)
        >>> forecast.advance("a", 0.5, now=30.0)  # 60 seconds for one task
        >>> forecast.seconds_left(now=30.0, workers=1), forecast.share(now=30.0)
        (90.0, 0.25)
    """

    def __init__(self, work: Sequence[Work], finished: Mapping[str, float] | None = None) -> None:
        self._work = {task.name: task for task in work}
        self._before = dict(finished or {})
        self._seconds: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._steps: dict[str, tuple[float, float]] = {}
        self._last_change: float | None = None

    @property
    def running(self) -> list[str]:
        """The names of the tasks that are known to run, in the order in which they were started."""
        return list(self._started)

    @property
    def is_finished(self) -> bool:
        """Whether all tasks are finished."""
        return not self._pending and not self._started

    def start(self, name: str, now: float) -> None:
        """Record that a task has started."""
        self._started[name] = self._last_change = now

    def advance(self, name: str, share: float, now: float) -> None:
        """Record the share of a running task that is done, 0 to 1."""
        if name in self._started:
            self._steps[name] = (now, share)

    def finish(self, name: str, now: float, seconds: float) -> None:
        """Record that a task is finished.

        Args:
            name: its name.
            now: the time.
            seconds: how long it took, in case nobody has recorded its start.
        """
        started = self._started.pop(name, None)
        self._seconds[name] = seconds if started is None else now - started
        self._last_change = now

    def share(self, now: float) -> float:
        """Return the share of the work that is done, in seconds of one worker: 0 to 1."""
        by_group = self._by_group(now)
        total = {name: self._total(name, now, by_group) for name in self._work}
        done = sum(total[name] for name in (*self._seconds, *self._before))
        done += sum(total[name] - self._left(name, now, by_group) for name in self._started)
        return done / sum(total.values()) if sum(total.values()) else 1.0

    def seconds_left(self, now: float, workers: int) -> float:
        """Return how long the tasks still take with this number of workers, which start the next task when free."""
        by_group = self._by_group(now)
        free = [self._left(name, now, by_group) for name in self._started]
        free += [0.0] * (workers - len(free))
        heapify(free)
        for name in self._pending:
            heapreplace(free, free[0] + self._total(name, now, by_group))
        last = max(free)
        if not self._started and self._last_change is not None:  # nobody says which tasks run, but some do
            last = max(0.0, last - (now - self._last_change))
        return last

    @property
    def _pending(self) -> list[str]:
        known = self._seconds.keys() | self._before.keys() | self._started.keys()
        return [name for name in self._work if name not in known]

    def _left(self, name: str, now: float, by_group: Mapping[str, float]) -> float:
        """The seconds that a running task still takes."""
        at, share = self._steps.get(name, (self._started[name], 0.0))
        return max(0.0, self._total(name, now, by_group) * (1 - share) - (now - at))

    def _total(self, name: str, now: float, by_group: Mapping[str, float]) -> float:
        """The seconds that a task takes or took as a whole."""
        if name in self._seconds:
            return self._seconds[name]
        own = self._own_speed(name) if name in self._started else None
        expected = by_group[self._work[name].group] if own is None else own
        return max(expected, now - self._started[name]) if name in self._started else expected

    def _own_speed(self, name: str) -> float | None:
        """The seconds that a running task takes as a whole, if it has done enough to tell."""
        at, share = self._steps.get(name, (0.0, 0.0))
        return (at - self._started[name]) / share if share >= _ENOUGH else None

    def _by_group(self, now: float) -> dict[str, float]:
        """The seconds of a task of each group: of the finished ones, of the running ones, or else as expected.

        What is expected is scaled by the groups of which more is known: this machine may be faster or slower.
        """
        seen: dict[str, float] = {}
        running = {name: total for name in self._started if (total := self._own_speed(name)) is not None}
        for source in (self._before, running, self._seconds):
            by_group: dict[str, list[float]] = {}
            for name, seconds in source.items():
                by_group.setdefault(self._work[name].group, []).append(seconds)
            seen |= {group: fmean(values) for group, values in by_group.items()}
        expected = {task.group: task.expected for task in self._work.values()}
        known = sum(expected[group] for group in seen)
        scale = sum(seen.values()) / known if known else 1.0
        return {group: seen.get(group, scale * seconds) for group, seconds in expected.items()}
