"""Tweets from the published CSV to a table, in one pass, with every row left out counted."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from sentiment140.data.files import DataFile
from sentiment140.data.sources import COLUMNS, ENCODING, LABELS
from sentiment140.errors import UserError
from sentiment140.labels import NEUTRAL
from sentiment140.runs.files import lines_of

EXAMPLES = 20
MALFORMED_SHARE = 0.01
"""With more malformed rows than this share, the file is taken for something else than tweets."""

_LONGEST_FIELD = 2**17  # characters; of a tweet at most 140 were typed, so a longer one is a quote left open
_LONGEST_LINE = 2**20
_ID_DIGITS = 18  # what int64 holds for sure; Twitter's ids have at most 19 digits, those of 2009 ten


@dataclass
class Problems:
    """What was met in a file of tweets.

    Attributes:
        rows: rows of the file, but for a header line.
        kept: rows of the table.
        malformed: rows left out, by reason.
        examples: line number and reason of the first malformed rows.
        neutral: well-formed rows left out because their label is neutral.
        contradictory_ids: ids that carry both labels.
        repeated_ids: rows whose id an earlier row of the same label has.
        contradictory_texts: texts that carry both labels; kept, as noise is part of the data.
        repeated_texts: rows whose text an earlier row has; kept.
    """

    rows: int = 0
    kept: int = 0
    malformed: dict[str, int] = field(default_factory=dict)
    examples: list[tuple[int, str]] = field(default_factory=list)
    neutral: int = 0
    contradictory_ids: int = 0
    repeated_ids: int = 0
    contradictory_texts: int = 0
    repeated_texts: int = 0

    def summary(self) -> str:
        """Gives the counts in plain words, on one line."""
        parts = [f"{self.rows:,} rows read, {self.kept:,} kept"]
        if self.malformed:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.malformed.items())
            parts.append(f"malformed and left out: {reasons} (first in line {self.examples[0][0]:,})")
        counts = (
            (self.neutral, "neutral rows left out"),
            (self.contradictory_ids, "ids carry both labels"),
            (self.repeated_ids, "rows repeat an id"),
            (self.contradictory_texts, "texts carry both labels"),
            (self.repeated_texts, "rows repeat a text"),
        )
        parts += [f"{count:,} {meaning}" for count, meaning in counts if count]
        return "; ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Gives the counts for a JSON file."""
        return asdict(self)


def read_tweets(file: DataFile, *, training: bool = True, neutral: bool = False) -> tuple[pd.DataFrame, Problems]:
    """Gives the tweets of one file, in its order, and what was left out or is noteworthy.

    A malformed row is left out: not six columns, a label or an id that is none, an empty text, a NUL, what the csv
    module refuses. In training, an id with both labels is left out with all its rows, as its label is unknown, and of
    rows with one id and one label the first is kept: so `id` is unique. Equal texts are kept, whatever their labels.

    Args:
        file: with or without a header.
        training: whether to apply the rules for ids and to demand both classes.
        neutral: whether to keep neutral rows, with label -1.

    Returns:
        Columns `id` int64, `label` int8 (0 negative, 1 positive, -1 neutral), `date`, `user`, `text` (str), and the
        problems.

    Raises:
        UserError: the file is empty, unreadable, has over 1 % of malformed rows or, in training, only one class.
    """
    with file.open() as stream:
        table, problems = _parse(stream, neutral)
    malformed = sum(problems.malformed.values())
    if not problems.rows:
        raise UserError("the file of tweets is empty", str(file), "fetch it again")
    if malformed > MALFORMED_SHARE * problems.rows:
        line, reason = problems.examples[0]
        what = f"{malformed:,} of {problems.rows:,} rows are malformed, the first in line {line}: {reason}"
        raise UserError(what, str(file), f"expected are the columns {','.join(COLUMNS)}, no header needed")
    _count_repeats(table, problems)
    if training:
        table = _with_unique_ids(table)
        if table["label"].nunique() < 2:
            raise UserError("tweets of one class only", str(file), "training needs negative and positive ones")
    problems.kept = len(table)
    return table, problems


def _parse(stream: BinaryIO, neutral: bool) -> tuple[pd.DataFrame, Problems]:
    problems = Problems()
    malformed: Counter[str] = Counter()
    ids: list[int] = []
    labels: list[int] = []
    dates: list[str] = []
    users: list[str] = []
    texts: list[str] = []
    for line, row, refusal in _rows(stream):
        if problems.rows == 0 and row[:1] and row[0].lower() == COLUMNS[0]:
            continue  # a header, which some copies have
        problems.rows += 1
        reason = refusal or _fault(row)
        if reason:
            malformed[reason] += 1
            if len(problems.examples) < EXAMPLES:
                problems.examples.append((line, reason))
            continue
        target, tweet_id, date, _, user, text = row
        label = LABELS[target]
        if label == NEUTRAL and not neutral:
            problems.neutral += 1
            continue
        ids.append(int(tweet_id))
        labels.append(label)
        dates.append(date)
        users.append(user)
        texts.append(text)
    problems.malformed = dict(malformed.most_common())
    columns = {
        "id": np.array(ids, dtype=np.int64),
        "label": np.array(labels, dtype=np.int8),
        "date": pd.array(dates, dtype="str"),
        "user": pd.array(users, dtype="str"),
        "text": pd.array(texts, dtype="str"),
    }
    return pd.DataFrame(columns), problems


def _rows(stream: BinaryIO) -> Iterator[tuple[int, list[str], str]]:
    """Gives each row that is no blank line: the line it ends in, its fields, and why the csv module refuses it."""
    csv.field_size_limit(_LONGEST_FIELD)
    lines = io.TextIOWrapper(stream, ENCODING, errors="replace", newline="")  # "": line ends inside quotes stay
    reader = csv.reader(lines_of(lines, _LONGEST_LINE))
    while True:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row, ""
        except csv.Error as error:  # the reader goes on with the next line
            yield reader.line_num, [], f"unreadable ({error})"
        else:
            return


def _fault(row: list[str]) -> str:
    """Gives why the row is malformed, or an empty string."""
    if len(row) != len(COLUMNS):
        return f"not {len(COLUMNS)} columns"
    target, tweet_id, date, _, user, text = row
    if target not in LABELS:
        return f"label not one of {', '.join(LABELS)}"
    if not (tweet_id.isdigit() and tweet_id.isascii() and len(tweet_id) <= _ID_DIGITS):
        return "id not an integer"
    if "\0" in text or "\0" in user or "\0" in date:
        return "NUL byte"
    return "" if text and not text.isspace() else "empty text"


def _count_repeats(table: pd.DataFrame, problems: Problems) -> None:
    by_id, by_text = _label_counts(table, "id"), _label_counts(table, "text")
    problems.contradictory_ids = int((by_id > 1).sum())
    problems.repeated_ids = int(table.duplicated(["id", "label"]).sum())
    problems.contradictory_texts = int((by_text > 1).sum())
    problems.repeated_texts = int(table["text"].duplicated().sum())


def _label_counts(table: pd.DataFrame, column: str) -> pd.Series:
    """Gives, for each value that occurs more than once, with how many labels it does."""
    repeated = table[table[column].duplicated(keep=False)]
    return repeated.groupby(column)["label"].nunique()


def _with_unique_ids(table: pd.DataFrame) -> pd.DataFrame:
    by_id = _label_counts(table, "id")
    unknown = table["id"].isin(by_id.index[by_id > 1])
    return table[~unknown].drop_duplicates("id").reset_index(drop=True)
