"""Stress tests: killed, starved and damaged runs, a full disk, invalid files, an overloaded service.

There is one module per stress test. `python -m benchmarks.stress` runs them at length, the test suite briefly.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """The outcome of one stress test.

    Attributes:
        what: the name of the harm, such as "a full disk".
        tried: how often it was tried.
        lost: one line for each time that data were lost, a number was wrong or an error was unclear; should be empty.
        notes: further lines for the report.
    """

    what: str
    tried: int = 0
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def table(outcomes: Iterable[Outcome]) -> str:
    """Format the outcomes as a table with one line per outcome, followed by the notes and what was lost."""
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
