"""Runs that are killed, starved and damaged, readers that are fed rubbish, a service that is asked too much.

Each kind of harm is a file; scripts/torture.py does it many times, the tests a few.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What came of one kind of harm.

    Attributes:
        what: the harm.
        tried: times it was done.
        lost: one line for each time something was lost, wrong or unclear; the aim is none.
        notes: what else is worth telling.
    """

    what: str
    tried: int = 0
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def table(outcomes: Iterable[Outcome]) -> str:
    """One line an outcome, then what was lost and noted."""
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
