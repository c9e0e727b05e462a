"""Read the published CSV of tweets into a table, in one pass, and count every row that is dropped."""

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
"""Maximum number of malformed rows that are listed in `Problems.examples`."""

MALFORMED_SHARE = 0.01
"""A file with a larger share of malformed rows is refused: it is probably not a file of tweets."""

_LONGEST_FIELD = 2**17  # characters; a tweet had at most 140, so a longer field is an unclosed quote
_LONGEST_LINE = 2**20  # characters
_ID_DIGITS = 18  # any such number fits into int64; Twitter's ids have at most 19 digits, those of 2009 have 10


@dataclass
class Problems:
    """The counts of a file of tweets.

    Attributes:
        rows: number of rows in the file, without a header.
        kept: number of rows in the table.
        malformed: number of malformed rows by reason; they are dropped.
        examples: (line number, reason) of the first malformed rows.
        neutral: number of neutral rows that are dropped; 0 if they are kept.
        contradictory_ids: number of ids that occur with both labels.
        repeated_ids: number of rows with the same id and label as an earlier row.
        contradictory_texts: number of texts that occur with both labels; they are kept, as label noise is part of the
            data.
        repeated_texts: number of rows with the same text as an earlier row; they are kept.
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
        """Return the counts as one line of text; counts of 0 are left out.

        Examples:
            >>> Problems(rows=3, kept=2, malformed={"empty text": 1}, examples=[(3, "empty text")]).summary()
            'rows read: 3, kept: 2; malformed rows dropped: 1 (empty text: 1; first in line 3)'
        """
        parts = [f"rows read: {self.rows:,}, kept: {self.kept:,}"]
        if self.malformed:
            reasons = "; ".join(f"{reason}: {count:,}" for reason, count in self.malformed.items())
            first = f"first in line {self.examples[0][0]:,}"
            parts.append(f"malformed rows dropped: {sum(self.malformed.values()):,} ({reasons}; {first})")
        counts = {
            "neutral rows dropped": self.neutral,
            "ids with both labels": self.contradictory_ids,
            "rows that repeat an id": self.repeated_ids,
            "texts with both labels": self.contradictory_texts,
            "rows that repeat a text": self.repeated_texts,
        }
        return "; ".join([*parts, *(f"{what}: {count:,}" for what, count in counts.items() if count)])

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes as a dictionary, for JSON."""
        return asdict(self)


def read_tweets(file: DataFile, *, training: bool = True, neutral: bool = False) -> tuple[pd.DataFrame, Problems]:
    """Read a file of tweets into a table.

    Malformed rows are dropped. A row is malformed if it does not have six columns, its label or id is invalid, its text
    is empty, it has a NUL byte, or the csv module cannot read it.

    With `training`, ids become unique: if an id occurs with both labels, all its rows are dropped, as its true label is
    unknown; of several rows with the same id and label, the first is kept. Rows with equal texts are always kept.

    Args:
        file: the CSV file, with or without a header.
        training: whether to make ids unique and to require both classes.
        neutral: whether to keep neutral rows.

    Returns:
        (table, problems): one row per tweet in the order of the file, with the columns `id` int64, `label` int8 (0
        negative, 1 positive, -1 neutral), `date` str, `user` str and `text` str; and the counts of the file.

    Raises:
        UserError: the file is empty or unreadable, more than 1 percent of its rows are malformed, or `training` is set
            and the file has only one class.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tweets.csv"
        ...     _ = path.write_text('"0","7","Mon Apr 06","NO_QUERY","ann","so sad"\\n"4","8","","","bob","great"\\n')
        ...     table, problems = read_tweets(DataFile(path))
        >>> table["label"].tolist(), table["text"].tolist(), problems.kept
        ([0, 1], ['so sad', 'great'], 2)
    """
    with file.open() as stream:
        table, problems = _parse(stream, neutral)
    malformed = sum(problems.malformed.values())
    if not problems.rows:
        raise UserError("the file of tweets is empty", str(file), "delete it and download it again")
    if malformed > MALFORMED_SHARE * problems.rows:
        line, reason = problems.examples[0]
        what = f"{malformed:,} of {problems.rows:,} rows are malformed: {reason}"
        remedy = f"give a CSV file with the columns {','.join(COLUMNS)} (header optional)"
        raise UserError(what, f"{file}, line {line}", remedy)
    _count_repeats(table, problems)
    if training:
        table = _with_unique_ids(table)
        if table["label"].nunique() < 2:
            remedy = "give a file with both negative (0) and positive (4) tweets"
            raise UserError("all tweets have the same label", str(file), remedy)
    problems.kept = len(table)
    return table, problems


def _parse(stream: BinaryIO, neutral: bool) -> tuple[pd.DataFrame, Problems]:
    """Read all well-formed rows; the counts `kept`, and of repeated ids and texts, are not set yet."""
    problems = Problems()
    malformed: Counter[str] = Counter()
    ids: list[int] = []
    labels: list[int] = []
    dates: list[str] = []
    users: list[str] = []
    texts: list[str] = []
    for line, row, csv_error in _rows(stream):
        if problems.rows == 0 and row[:1] and row[0].lower() == COLUMNS[0]:
            continue  # some copies of the file have a header
        problems.rows += 1
        reason = csv_error or _row_error(row)
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
    """Yield (number of its last line, fields, error of the csv module or "") for each row; skip blank lines."""
    csv.field_size_limit(_LONGEST_FIELD)
    lines = io.TextIOWrapper(stream, ENCODING, errors="replace", newline="")  # "" keeps line ends inside quotes
    reader = csv.reader(lines_of(lines, _LONGEST_LINE))
    while True:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row, ""
        except csv.Error as error:  # the reader continues with the next line
            yield reader.line_num, [], f"unreadable ({error})"
        else:
            return


def _row_error(row: list[str]) -> str:
    """Return why a row is malformed, or an empty string."""
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
    """Set the counts of contradictory and repeated ids and texts."""
    by_id, by_text = _label_counts(table, "id"), _label_counts(table, "text")
    problems.contradictory_ids = int((by_id > 1).sum())
    problems.repeated_ids = int(table.duplicated(["id", "label"]).sum())
    problems.contradictory_texts = int((by_text > 1).sum())
    problems.repeated_texts = int(table["text"].duplicated().sum())


def _label_counts(table: pd.DataFrame, column: str) -> pd.Series:
    """Return the number of different labels of each value that occurs more than once in the column."""
    repeated = table[table[column].duplicated(keep=False)]
    return repeated.groupby(column)["label"].nunique()


def _with_unique_ids(table: pd.DataFrame) -> pd.DataFrame:
    """Drop ids with both labels, and all but the first row of every other id."""
    by_id = _label_counts(table, "id")
    contradictory = table["id"].isin(by_id.index[by_id > 1])
    return table[~contradictory].drop_duplicates("id").reset_index(drop=True)
