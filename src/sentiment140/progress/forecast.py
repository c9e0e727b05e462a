"""Forecast how long tasks still take: learned from the tasks of this run, at first from rough expectations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from statistics import fmean

_ENOUGH = 0.05  # share of a task after which its speed says how long it takes
_SURE = 0.5  # share of a task from which on its own speed alone counts


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
        now: the time.
        startup: the seconds until workers start with their first task, roughly.

    Examples:
        >>> forecast = Forecast([Work("a", "x", 1.0), Work("b", "x", 1.0)])
        >>> forecast.start("a", now=0.0)
        >>> forecast.advance("a", 0.0, now=0.0)
        >>> forecast.advance("a", 0.5, now=30.0)  # 60 seconds for one task
        >>> forecast.seconds_left(now=30.0, workers=1), forecast.share(now=30.0)
        (90.0, 0.25)
    """

    def __init__(
        self,
        work: Sequence[Work],
        finished: Mapping[str, float] | None = None,
        now: float = 0.0,
        startup: float = 0.0,
    ) -> None:
        self._work = {task.name: task for task in work}
        self._before = dict(finished or {})
        self._startup, self._last_change = startup, now
        self._seconds: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._first_steps: dict[str, tuple[float, float]] = {}
        self._steps: dict[str, tuple[float, float]] = {}

    @property
    def running(self) -> list[str]:
        """The names of the tasks that are known to run, in the order in which they were started."""
        return list(self._started)

    def start(self, name: str, now: float) -> None:
        """Record that a task has started."""
        self._started[name] = self._last_change = now

    def advance(self, name: str, share: float, now: float) -> None:
        """Record the share of a running task that is done, 0 to 1."""
        if name in self._started:
            self._first_steps.setdefault(name, (now, share))
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
        total = self._totals(now)
        done = sum(total[name] for name in (*self._seconds, *self._before))
        done += sum(total[name] - self._left(name, now, total) for name in self._started)
        return done / sum(total.values()) if sum(total.values()) else 1.0

    def seconds_left(self, now: float, workers: int) -> float:
        """Return how long the tasks still take with this number of workers, which start the next task when free."""
        total = self._totals(now)
        free = [self._left(name, now, total) for name in self._started]
        free += [0.0] * (workers - len(free))
        heapify(free)
        known = self._seconds.keys() | self._before.keys() | self._started.keys()
        pending = [name for name in self._work if name not in known]
        for name in pending:
            heapreplace(free, free[0] + total[name])
        if self._started or not pending:
            return max(free)
        # Workers are starting. Or nobody says which tasks run, as on a cluster: but then some do.
        return max(0.0, max(free) + self._startup - (now - self._last_change))

    def _left(self, name: str, now: float, total: Mapping[str, float]) -> float:
        """The seconds that a running task still takes."""
        at, share = self._steps.get(name, (self._started[name], 0.0))
        return max(0.0, total[name] * (1 - share) - (now - at))

    def _totals(self, now: float) -> dict[str, float]:
        """The seconds that each task takes or took as a whole."""
        by_group = self._by_group({**self._before, **self._seconds})
        running = {}
        for name, started in self._started.items():
            _, share = self._steps.get(name, (started, 0.0))
            own, weight = self._own_total(name), min(1.0, share / _SURE)
            expected = by_group[self._work[name].group]
            running[name] = max(now - started, expected if own is None else (1 - weight) * expected + weight * own)
        # Those that have done enough say how long the others of their group take, until one of these is finished.
        telling = {name: total for name, total in running.items() if self._own_total(name) is not None}
        by_group = self._by_group({**self._before, **self._seconds}, telling)
        return {name: by_group[task.group] for name, task in self._work.items()} | running | self._seconds

    def _own_total(self, name: str) -> float | None:
        """The seconds that a running task takes as a whole by its speed so far, if it has done enough to tell.

        Its preparation, up to its first step, says nothing about its speed.
        """
        if name not in self._steps:
            return None
        (first, share_then), (now, share_now) = self._first_steps[name], self._steps[name]
        done = share_now - share_then
        return (first - self._started[name]) + (now - first) / done if done >= _ENOUGH else None

    def _by_group(self, *sources: Mapping[str, float]) -> dict[str, float]:
        """The seconds of a task of each group: of the first source that has one of them, or else as expected.

        What is expected is scaled by the groups of which more is known: this machine may be faster or slower.
        """
        seen: dict[str, float] = {}
        for source in sources:
            of_source: dict[str, list[float]] = {}
            for name, seconds in source.items():
                of_source.setdefault(self._work[name].group, []).append(seconds)
            seen = {group: fmean(values) for group, values in of_source.items()} | seen
        expected = {task.group: task.expected for task in self._work.values()}
        known = sum(expected[group] for group in seen)
        scale = sum(seen.values()) / known if known else 1.0
        return {group: seen.get(group, scale * seconds) for group, seconds in expected.items()}
