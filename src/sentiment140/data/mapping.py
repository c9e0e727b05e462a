"""Which column of a file holds what, and what its labels mean, where the user has to say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sentiment140.data.label_values import canonical
from sentiment140.data.sources import COLUMNS
from sentiment140.errors import UserError, unknown_name
from sentiment140.labels import NEGATIVE, NEUTRAL, POSITIVE

_CLASSES = {NEGATIVE: 0, POSITIVE: 1, "neutral": NEUTRAL}


@dataclass(frozen=True)
class ColumnMapping:
    """What the user says about a file of tweets; empty if its names and labels tell.

    Attributes:
        columns: (one of `sources.COLUMNS`, name in the file) for each column that is given. A number is the position in
            a file without a header; the first is 1.
        labels: (label in the file, 0, 1 or `NEUTRAL`) for each label that is given.
        flags: how the user names the columns, for error messages.

    Examples:
        >>> mapping = ColumnMapping.parse(["text=Tweet,target=Class"], ["negative=bad,positive=good"])
        >>> mapping.columns
        (('text', 'Tweet'), ('target', 'Class'))
        >>> mapping.labels
        (('bad', 0), ('good', 1))
    """

    columns: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, int], ...] = ()
    flags: str = "--columns target=NAME,text=NAME names them"

    @classmethod
    def parse(cls, columns: Iterable[str], labels: Iterable[str]) -> "ColumnMapping":
        """Parse the values of the flags --columns and --labels.

        Raises:
            UserError: a part is not NAME=VALUE, a name is unknown, a column is given twice, a label has two meanings,
                or the labels lack a class.
        """
        of_columns = [_pair("--columns", "column", part, COLUMNS) for text in columns for part in text.split(",")]
        for number, (column, _) in enumerate(of_columns):
            if column in dict(of_columns[:number]):
                raise UserError(f"column {column} is given twice", "--columns", "give one name for each column")
        of_labels = [_pair("--labels", "class", part, _CLASSES) for text in labels for part in text.split(",")]
        codes: dict[str, int] = {}
        for sentiment, label in of_labels:
            if codes.setdefault(canonical(label), _CLASSES[sentiment]) != _CLASSES[sentiment]:
                raise UserError(f'label "{label}" has two meanings', "--labels", "give each label once")
        if codes and not {0, 1} <= set(codes.values()):
            remedy = "give a negative and a positive label, such as negative=bad,positive=good"
            raise UserError("a class has no label", "--labels", remedy)
        return cls(tuple(of_columns), tuple(codes.items()))

    def as_dict(self) -> dict[str, Any]:
        """Return what is given, for the identity of a run; empty if nothing is."""
        columns = ",".join(sorted(f"{column}={name}" for column, name in self.columns))
        labels = ",".join(sorted(f"{label}={code}" for label, code in self.labels))
        return {name: text for name, text in {"columns": columns, "labels": labels}.items() if text}


def _pair(flag: str, what: str, text: str, known: Iterable[str]) -> tuple[str, str]:
    name, _, value = (part.strip() for part in text.partition("="))
    if name not in known:
        raise UserError(unknown_name(what, name, known), flag)
    if not value:
        raise UserError(f'"{text}" has no value', flag, f"write {name}=NAME, with the name in the file")
    return name, value
