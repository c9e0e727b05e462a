"""The user's mistakes: what a command answers with one line and exit code 2."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something the user can mend: what is wrong, where, and what to do about it.

    Args:
        what: the mistake, such as "no tweets found".
        where: the file, line, option or address it was met at; may be empty.
        remedy: what to type or change; may be empty.
    """

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(", ".join(part for part in (what, where, remedy) if part))


def unknown_name(what: str, name: object, known: Iterable[str]) -> str:
    """`unknown <what> "<name>": did you mean <nearest>? (known: ...)`, the question only where a name is near."""
    known = sorted(known)
    near = get_close_matches(str(name), known, n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    return f'unknown {what} "{name}"{hint} (known: {", ".join(known) or "none"})'
