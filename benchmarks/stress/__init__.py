"""Stress tests: runs that are killed, starved and damaged, invalid files for readers, an overloaded service.

Each stress test is a file. `python -m benchmarks.stress` runs them at length, the test suite briefly.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """The outcome of one stress test.

    Attributes:
        what: what was tried.
        tried: how often.
        lost: one line for each time something was lost, wrong or unclear; the aim is none.
        notes: what else is worth reporting.
    """

    what: str
    tried: int = 0
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def table(outcomes: Iterable[Outcome]) -> str:
    """Gives one line per outcome, then what was lost and noted."""
    outcomes = list(outcomes)
    width = max(len(outcome.what) for outcome in outcomes)
    lines = [f"{'what':{width}}  {'tried':>9}  {'survived':>9}  {'lost':>5}"]
    for outcome in outcomes:
        survived = outcome.tried - len(outcome.lost)
        lines.append(f"{outcome.what:{width}}  {outcome.tried:>9,}  {survived:>9,}  {len(outcome.lost):>5}")
    for outcome in outcomes:
        lines += [f"{outcome.what}: {note}" for note in outcome.notes]
        lines += [f"LOST, {outcome.what}: {loss}" for loss in outcome.lost[:20]]
    return "\n".join(lines)
