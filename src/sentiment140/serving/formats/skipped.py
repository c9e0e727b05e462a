"""Lines that were not scored because they cannot be read."""

from sentiment140.errors import UserError

_LISTED = 20  # lines whose numbers are kept


class SkippedLines:
    """Counts the lines that were skipped, and remembers the first ones.

    Args:
        source: the name of the file, for error messages.

    Examples:
        >>> skipped = SkippedLines("tweets.csv")
        >>> skipped.add(3, "has 4 columns, but the first line has 2")
        >>> skipped.remarks()
        ['1 line skipped: 3 (line 3 has 4 columns, but the first line has 2)']
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._count, self._numbers, self._first = 0, list[int](), ""

    def add(self, number: int, what: str) -> None:
        """Count a line that was skipped."""
        self._count += 1
        self._first = self._first or f"line {number} {what}"
        if len(self._numbers) < _LISTED:
            self._numbers.append(number)

    def check(self, read: bool) -> None:
        """Refuse a file of which nothing but bad lines was read: the fault is then in how it is read.

        Raises:
            UserError: lines were skipped, and none was read.
        """
        if self._count and not read:
            raise UserError(f"no line can be read: {self._first}", self._source, "check the first line and --delimiter")

    def remarks(self) -> list[str]:
        """Return how many lines were skipped and which, in one line; nothing if there was none."""
        if not self._count:
            return []
        lines = "1 line" if self._count == 1 else f"{self._count:,} lines"
        more = ", ..." if self._count > len(self._numbers) else ""
        return [f"{lines} skipped: {', '.join(map(str, self._numbers))}{more} ({self._first})"]
