"""The user's mistakes: what a script answers with one line and exit code 2."""


class UserError(Exception):
    """Something the user can mend: what is wrong, where, and what to do about it.

    Args:
        what: the mistake, such as "no tweets found".
        where: the file, line, option or address it was met at; may be empty.
        remedy: what to type or change; may be empty.
    """

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(", ".join(part for part in (what, where, remedy) if part))
