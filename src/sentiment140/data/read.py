"""Read a CSV file of tweets into a table, and count every row that is dropped."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

import numpy as np
import pandas as pd

from sentiment140.data.files import DataFile
from sentiment140.data.layout import (
    Layout,
    LayoutError,
    TextLayout,
    field_error,
    labels_with,
    layout_of,
    layout_of_test,
    parse,
    rows_of,
)
from sentiment140.data.sources import COLUMNS, LABELS
from sentiment140.errors import UserError
from sentiment140.labels import NEUTRAL, UNLABELED

EXAMPLES = 20
"""Maximum number of malformed rows that are listed in `Problems.examples`."""

MALFORMED_SHARE = 0.01
"""A file with a larger share of malformed rows is refused: it is probably not a file of tweets."""

_WANTED = f"give a CSV file with the columns {','.join(COLUMNS)} (header optional)"
_WANTED_TEST = f"give a CSV file with a header and the columns id,text, or with {','.join(COLUMNS)} (header optional)"


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

    The columns are those of the published file, or have their names in a header (data/layout.py). Labels are 0 and 4 (2
    is neutral), or 0 and 1: the first label other than 0 decides.

    Malformed rows are dropped. A row is malformed if it has another number of columns, its label or id is invalid, its
    text is empty, it has a NUL byte, or the csv module cannot read it.

    With `training`, ids become unique: if an id occurs with both labels, all its rows are dropped, as its true label is
    unknown; of several rows with the same id and label, the first is kept. Rows with equal texts are always kept.

    Args:
        file: the CSV file, with or without a header.
        training: whether to make ids unique and to require both classes.
        neutral: whether to keep neutral rows.

    Returns:
        (table, problems): one row per tweet in the order of the file, with the columns `id` int64, `label` int8 (0
        negative, 1 positive, -1 neutral), `date` str, `user` str and `text` str; and the counts of the file. Without
        `training`, the ids are str, as they are in the file.

    Raises:
        UserError: the file is empty or unreadable, its header lacks a column, more than 1 percent of its rows are
            malformed, or `training` is set and the file has only one class.

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
    table, problems = parse(file, lambda text: _parse(text, file, training, neutral))
    malformed = sum(problems.malformed.values())
    if not problems.rows:
        raise UserError("the file of tweets is empty", str(file), "delete it and download it again")
    if malformed > MALFORMED_SHARE * problems.rows:
        line, reason = problems.examples[0]
        what = f"{malformed:,} of {problems.rows:,} rows are malformed: {reason}"
        raise UserError(what, f"{file}, line {line}", _WANTED)
    _count_repeats(table, problems)
    if training:
        table = _with_unique_ids(table)
        if table["label"].nunique() < 2:
            remedy = "give a file with both negative (0) and positive (4) tweets"
            raise UserError("all tweets have the same label", str(file), remedy)
    problems.kept = len(table)
    return table, problems


def _parse(text: TextIO, file: DataFile, training: bool, neutral: bool) -> tuple[pd.DataFrame, Problems]:
    """Read all well-formed rows; the counts `kept`, and of repeated ids and texts, are not set yet."""
    problems = Problems()
    malformed: Counter[str] = Counter()
    ids: list[str] = []
    codes: list[int] = []
    dates: list[str] = []
    users: list[str] = []
    texts: list[str] = []
    layout: Layout | None = None
    labels: Mapping[str, int] | None = None
    for line, row, csv_error in rows_of(text):
        if layout is None:
            layout = _layout_of(row or [""], file)
            if layout.has_header:
                continue
        problems.rows += 1
        reason, fields = csv_error or f"not {layout.width} columns", row
        if not csv_error and len(row) == layout.width:
            fields = row if layout.is_published else [row[position] for position in layout.positions]
            known = labels or labels_with(fields[0]) or LABELS
            reason = field_error(fields, known)
        if reason:
            malformed[reason] += 1
            if len(problems.examples) < EXAMPLES:
                problems.examples.append((line, reason))
            continue
        target, tweet_id, date, _, user, tweet = fields
        labels, label = labels or labels_with(target), known[target]
        if label == NEUTRAL and not neutral:
            problems.neutral += 1
            continue
        ids.append(tweet_id)
        codes.append(label)
        dates.append(date)
        users.append(user)
        texts.append(tweet)
    problems.malformed = dict(malformed.most_common())
    return _table(np.array(ids, np.int64) if training else ids, codes, dates, users, texts), problems


def _table(ids: Any, labels: Any, dates: list[str], users: list[str], texts: list[str]) -> pd.DataFrame:
    columns = {
        "id": ids if isinstance(ids, np.ndarray) else pd.array(ids, dtype="str"),
        "label": np.array(labels, dtype=np.int8),
        "date": pd.array(dates, dtype="str"),
        "user": pd.array(users, dtype="str"),
        "text": pd.array(texts, dtype="str"),
    }
    return pd.DataFrame(columns)


def _layout_of(first: list[str], file: DataFile) -> Layout:
    try:
        return layout_of(first)
    except LayoutError as error:
        raise UserError(str(error), str(file), _WANTED) from error


def read_test_tweets(file: DataFile) -> tuple[pd.DataFrame, Problems]:
    """Read test tweets: Sentiment140's six columns with labels, or `id` and `text` without.

    Rows with labels are read as by `read_tweets`. Of a file without labels every row is kept, one with an empty text
    too: a submission needs a prediction for each. Its ids may be any text, and need not be unique.

    Args:
        file: the CSV file; one without labels has a header.

    Returns:
        (table, problems): as `read_tweets` with `training=False` and `neutral=True`. The label is `UNLABELED` if the
        file has none.

    Raises:
        UserError: the file is empty or unreadable, lacks columns, or a row without labels is malformed.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "test.csv"
        ...     _ = path.write_text("id,text\\n007,so sad\\n007,\\n")
        ...     table, _ = read_test_tweets(DataFile(path))
        >>> table["id"].tolist(), table["text"].tolist(), table["label"].tolist()
        (['007', '007'], ['so sad', ''], [-2, -2])
    """
    layout = check_test_tweets(file)
    if isinstance(layout, Layout):
        return read_tweets(file, training=False, neutral=True)

    def read_rows(text: TextIO) -> tuple[list[str], list[str]]:
        ids, texts = [], []
        rows = rows_of(text, strict=True)  # strict: a quote that is never closed would swallow the rest of the file
        next(rows)
        for line, row, csv_error in rows:
            if csv_error or len(row) != layout.width:
                what = csv_error or f"{len(row)} columns, but the first line has {layout.width}"
                remedy = "put texts with commas, quotes or line breaks into quotes"
                raise UserError(what, f"{file}, line {line}", remedy)
            ids.append(row[layout.id])
            texts.append(row[layout.text])
        return ids, texts

    ids, texts = parse(file, read_rows)
    if not texts:
        raise UserError("the file of test tweets has no rows", str(file), _WANTED_TEST)
    blank = [""] * len(texts)
    table = _table(ids, np.full(len(texts), UNLABELED), blank, blank, texts)
    problems = Problems(rows=len(table), kept=len(table))
    problems.repeated_texts = int(table["text"].duplicated().sum())
    return table, problems


def check_test_tweets(file: DataFile) -> Layout | TextLayout:
    """Find the columns of a file of test tweets by its first line.

    Raises:
        UserError: the file is empty or unreadable, or has other columns.
    """
    first = parse(file, lambda text: next(rows_of(text), None))
    if first is None:
        raise UserError("the file of test tweets is empty", str(file), _WANTED_TEST)
    try:
        return layout_of_test(first[1] or [""])
    except LayoutError as error:
        raise UserError(str(error), str(file), _WANTED_TEST) from error


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
