"""The names that a run may have."""

import re

from sentiment140.errors import UserError
from sentiment140.runs.ledger import LEDGER

DEMO_PREFIX = "demo-"  # starts the name of every run on the synthetic demo corpus, and of no other run


def check_name(name: str) -> None:
    """Check that a run may have this name.

    Raises:
        UserError: the name has other characters than letters, digits, "-", "_" and ".", starts with one of these signs,
            is longer than 100 characters, or is the name of the ledger.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) or name == LEDGER:
        remedy = "use a name of letters, digits, '-', '_' and '.' (--run NAME)"
        raise UserError(f'"{name}" cannot name a run', remedy=remedy)


def run_name(name: str, source: str) -> str:
    """Add "demo-" to the name of a demo run, so that nobody takes it for a result on Sentiment140.

    Args:
        name: the name that the user chose, or that of the preset.
        source: the source of the tweets, "real" or "demo".

    Raises:
        UserError: the name of a run on real tweets starts with "demo-".

    Examples:
        >>> run_name("quick", "demo"), run_name("quick", "real")
        ('demo-quick', 'quick')
    """
    if source == "real" and name.startswith(DEMO_PREFIX):
        raise UserError(
            f'"{name}" cannot name a run on real tweets',
            remedy="use a name that does not start with demo- (--run NAME)",
        )
    return name if source == "real" or name.startswith(DEMO_PREFIX) else DEMO_PREFIX + name
