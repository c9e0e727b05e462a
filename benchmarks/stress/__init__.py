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


def page(outcomes: Iterable[Outcome], command: str, code: str) -> str:
    """Format the outcomes as a page in Markdown.

    Args:
        outcomes: the outcomes of a run of the stress tests.
        command: the command that was typed.
        code: the commit and the machine.
    """
    outcomes = list(outcomes)
    rows = [
        (outcome.what, f"{outcome.tried:,}", f"{outcome.tried - len(outcome.lost):,}", str(len(outcome.lost)))
        for outcome in outcomes
    ]
    lines = ["# Outcomes of the stress tests", "", f"Written by `{command}`, {code}. [stress.md](stress.md) describes"]
    lines += ["each test.", "", "| test | tried | survived | lost |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    for outcome in outcomes:
        if outcome.notes or outcome.lost:
            lines += ["", f"**{outcome.what[0].upper()}{outcome.what[1:]}**", ""]
            lines += [f"- {note}" for note in outcome.notes]
            lines += [f"- lost: {loss}" for loss in outcome.lost[:20]]
    return "\n".join(lines) + "\n"
