"""What the labels of a file mean: numbers and words with one clear reading, or what the user says."""

from collections.abc import Mapping

from sentiment140.data.sources import BINARY_LABELS, LABELS
from sentiment140.labels import NEUTRAL

WORDS: Mapping[str, int] = {"negative": 0, "neutral": NEUTRAL, "positive": 1}
"""The labels in words."""
SCHEMES: tuple[Mapping[str, int], ...] = (
    LABELS,
    BINARY_LABELS,
    {"-1": 0, "0": NEUTRAL, "1": 1},
    WORDS,
    {name[:3]: label for name, label in WORDS.items()},
    {"false": 0, "true": 1},
)
"""The labels that a file may have, the most frequent first. Each file has labels of one scheme."""

STRAY_SHARE = 0.01
"""The share of the rows of a file that may be malformed, such as those with another label."""

_LONGEST = 40  # characters of a label that are shown
_SHOWN = 6  # labels


def canonical(label: str) -> str:
    """Return a label without outer blanks, in lower case, and a whole number without a decimal point.

    Examples:
        >>> canonical(" Positive"), canonical("4.0"), canonical("+1"), canonical("-1.0")
        ('positive', '4', '1', '-1')
    """
    label = label.strip().lower()
    number = label.removeprefix("+")
    if number[-2:] == ".0":
        number = number[:-2]
    return number if number.removeprefix("-").isdecimal() else label


def is_label(text: str) -> bool:
    """Return whether a text is a label of one of the schemes."""
    return any(canonical(text) in scheme for scheme in SCHEMES)


def scheme_of(counts: Mapping[str, int]) -> Mapping[str, int]:
    """Find the scheme of the labels of a file: the first that explains 99 percent of the rows, else the best one.

    So one stray -1 in a file of 0 and 1 does not turn the zeros into neutral rows.

    Args:
        counts: the number of rows by label, as written in the file.

    Examples:
        >>> scheme_of({"0": 10, "1": 9})
        {'0': 0, '1': 1}
        >>> scheme_of({"-1": 10, "0": 9, "1": 8})
        {'-1': 0, '0': -1, '1': 1}
        >>> scheme_of({"0.0": 10, "4.0": 9})
        {'0': 0, '2': -1, '4': 1}
    """

    def rows_in(scheme: Mapping[str, int]) -> int:
        return sum(count for label, count in counts.items() if canonical(label) in scheme)

    enough = (1 - STRAY_SHARE) * sum(counts.values())
    return next((scheme for scheme in SCHEMES if rows_in(scheme) >= enough), max(SCHEMES, key=rows_in))


def ambiguity(counts: Mapping[str, int]) -> str:
    """Describe labels that no scheme explains, the most frequent first.

    Examples:
        >>> ambiguity({"1": 5, "2": 9})
        'labels 2, 1 have no clear meaning'
    """
    frequent = sorted(counts, key=lambda label: -counts[label])
    shown = [label if len(label) <= _LONGEST else f"{label[:_LONGEST]} ..." for label in frequent[:_SHOWN]]
    more = f" and {len(frequent) - _SHOWN} more" if len(frequent) > _SHOWN else ""
    return f"labels {', '.join(map(_printable, shown))}{more} have no clear meaning"


def _printable(label: str) -> str:
    return label if label.isprintable() and label else ascii(label)
