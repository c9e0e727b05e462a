"""Errors that the user can correct: a command prints them as one line and exits with code 2."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """An error that the user can correct: what is wrong, where, and what to do about it.

    The message is these three parts joined by commas.

    Args:
        what: what is wrong, with the value, such as `unknown preset "fsat"`.
        where: the file, line, flag or address, such as "in runs/a" or "--port 80"; may be empty.
        remedy: what to type or to change, as an imperative; may be empty.

    Examples:
        >>> raise UserError("oof.csv is missing", "in submissions/a", "run the train stage first")
        Traceback (most recent call last):
        sentiment140.errors.UserError: oof.csv is missing, in submissions/a, run the train stage first
    """

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(", ".join(part for part in (what, where, remedy) if part))


def unknown_name(what: str, name: object, known: Iterable[str]) -> str:
    """Describe an unknown name, with all known names and a suggestion if one of them is similar.

    Args:
        what: what the name stands for, such as "preset".
        name: the unknown name.
        known: the valid names, in any order.

    Returns:
        One line without a full stop, to be used as the `what` of a `UserError`.

    Examples:
        >>> unknown_name("preset", "quikc", ["standard", "quick"])
        'unknown preset "quikc": did you mean quick? (known: quick, standard)'
    """
    known = sorted(known)
    similar = get_close_matches(str(name), known, n=1)
    hint = f": did you mean {similar[0]}?" if similar else ""
    return f'unknown {what} "{name}"{hint} (known: {", ".join(known) or "none"})'
