"""Read a file of tweets into a table, and count every row that is dropped."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd

from sentiment140.data.files import DataFile
from sentiment140.data.label_values import STRAY_SHARE, ambiguity
from sentiment140.data.layout import (
    NO_MAPPING,
    Layout,
    LayoutError,
    codes_of,
    is_id,
    layout_of,
    text_error,
)
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.rows import FileFormat, parse
from sentiment140.data.separated import Row
from sentiment140.data.sources import COLUMNS
from sentiment140.errors import UserError
from sentiment140.labels import NEUTRAL

EXAMPLES = 20
"""Maximum number of malformed rows that are listed in `Problems.examples`."""

_NO_LABEL = -100  # the code of a label without a meaning
_WANTED = (
    f"give a file with the columns {','.join(COLUMNS)} (header optional), or with a header that names label and text; "
)
_WANTED_LABELS = "say what they mean: --labels negative=NAME,positive=NAME, and neutral=NAME for rows to leave out"


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
        read_as: how the file was read: format, encoding, columns, labels and ids; for the log.
        missing: the columns that the file lacks.
        ids: why its ids are not used, empty if they are.
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
    read_as: str = ""
    missing: list[str] = field(default_factory=list)
    ids: str = ""

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
        """Return the counts as a dictionary, for JSON."""
        return {name: value for name, value in asdict(self).items() if name not in ("read_as", "missing", "ids")}


def read_tweets(
    file: DataFile, mapping: ColumnMapping = NO_MAPPING, *, training: bool = True, neutral: bool = False
) -> tuple[pd.DataFrame, Problems]:
    """Read a file of tweets into a table.

    The columns are those of the published file, or have their names in a header, or those that the user gave
    (data/layout.py). Only label and text are required. The labels are those of one of `label_values.SCHEMES`, or those
    that the user gave.

    Malformed rows are dropped. A row is malformed if it has another number of columns, its label or id is invalid, its
    text is empty, it has a NUL byte, or it cannot be read.

    With `training`, ids become unique integers. If an id occurs with both labels, all its rows are dropped, as its true
    label is unknown; of several rows with the same id and label, the first is kept. If the file has no ids, if more
    than 1 percent of them are not integers of 64 bits, or if more than 1 percent of the rows share an id with another
    text, the ids are the numbers of the rows in the file, from 1. Rows with equal texts are always kept.

    Args:
        file: the file, with or without a header.
        mapping: the columns and labels that the user named.
        training: whether to make ids unique and to require both classes.
        neutral: whether to keep neutral rows.

    Returns:
        (table, problems): one row per tweet in the order of the file, with the columns `id` int64, `label` int8 (0
        negative, 1 positive, -1 neutral), `date` str, `user` str and `text` str; and the counts of the file. Without
        `training`, the ids are str, as they are in the file.

    Raises:
        UserError: the file is empty or unreadable, its header lacks a column, its labels have no clear meaning, more
            than 1 percent of its rows are malformed, or `training` is set and the file has only one class.

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
    read = parse(file, lambda rows, form: _read_rows(rows, form, file, mapping))
    table, problems = _checked(read, file, mapping, training)
    if not neutral:
        is_neutral = (table["label"] == NEUTRAL).to_numpy()
        problems.neutral = int(is_neutral.sum())
        table = table[~is_neutral]
    if training and not problems.ids and (reason := _not_keys(table)):
        problems.ids, table = reason, table.assign(id=table["row"])
    table = table.drop(columns="row").reset_index(drop=True)
    _count_repeats(table, problems)
    if training:
        table = _with_unique_ids(table)
        if table["label"].nunique() < 2:
            remedy = "give a file with both negative (0) and positive (4) tweets, or --labels if it has them"
            raise UserError("all tweets have the same label", f"{file} ({problems.read_as})", remedy)
    problems.kept = len(table)
    return table, problems


@dataclass
class _Rows:
    """The rows of a file that have the right number of columns and a text, and what is wrong with the others."""

    form: FileFormat
    layout: Layout
    count: int = 0
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    targets: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    malformed: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str]] = field(default_factory=list)
    lines_of_ids: dict[int, int] = field(default_factory=dict)  # by index in `ids`: line of each that is no integer
    lines_of_labels: dict[str, int] = field(default_factory=dict)  # the first line of each label


def _read_rows(rows: Iterator[Row], form: FileFormat, file: DataFile, mapping: ColumnMapping) -> _Rows:
    first = next(rows, None)
    if first is None:
        raise UserError("the file of tweets is empty", str(file), "delete it and download it again")
    read = _Rows(form, _layout_of(first[1] or [""], form, file, mapping))
    layout = read.layout
    is_published, width, has_id = layout.is_published, layout.width, layout.positions[1] >= 0
    lines_of_labels, lines_of_ids = read.lines_of_labels, read.lines_of_ids
    for line, row, reason in rows if layout.has_header else _again(first, rows):
        read.count += 1
        if not reason and len(row) != width:
            reason = f"not {width} columns"
        if not reason:
            target, tweet_id, date, _, user, text = row if is_published else layout.fields(row)
            reason = text_error(date, user, text)
        if reason:
            read.malformed[reason] += 1
            if len(read.examples) < EXAMPLES:
                read.examples.append((line, reason))
            continue
        if target not in lines_of_labels:
            lines_of_labels[target] = line
        if has_id and not (len(tweet_id) < 19 and tweet_id.isdecimal() and tweet_id.isascii()) and not is_id(tweet_id):
            lines_of_ids[len(read.ids)] = line
        read.numbers.append(read.count)
        read.targets.append(target)
        read.ids.append(tweet_id)
        read.dates.append(date)
        read.users.append(user)
        read.texts.append(text)
    return read


def _again(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _checked(read: _Rows, file: DataFile, mapping: ColumnMapping, training: bool) -> tuple[pd.DataFrame, Problems]:
    """Find the meaning of the labels, decide about the ids, and drop malformed rows.

    Returns:
        The table, with a column `row`, the number of the row in the file; and the problems that are known so far.
    """
    if not read.count:
        raise UserError("the file of tweets is empty", str(file), "delete it and download it again")
    counts = Counter(read.targets)
    codes, wrong_label = codes_of(counts, mapping)
    problems = Problems(rows=read.count, missing=read.layout.missing)
    if training and "id" in problems.missing:
        problems.ids = "the file has no ids"
    elif training and len(read.lines_of_ids) > STRAY_SHARE * read.count:
        index, line = next(iter(read.lines_of_ids.items()))
        problems.ids = f"ids such as {_shown(read.ids[index])} in line {line} are not integers of 64 bits"
    strays = {label: count for label, count in counts.items() if label not in codes}
    malformed, examples = read.malformed + Counter({wrong_label: sum(strays.values())}), list(read.examples)
    examples += [(read.lines_of_labels[label], wrong_label) for label in strays]
    if sum(strays.values()) > STRAY_SHARE * read.count:
        line = min(read.lines_of_labels[label] for label in strays)
        raise UserError(ambiguity(strays if mapping.labels else counts), f"{file}, line {line}", _WANTED_LABELS)
    labels_of_rows = np.fromiter(map(codes.get, read.targets, repeat(_NO_LABEL)), np.int8, len(read.targets))
    is_good = labels_of_rows != _NO_LABEL
    if training and not problems.ids:
        wrong_ids = [index for index in read.lines_of_ids if is_good[index]]
        is_good[wrong_ids] = False
        malformed["id not an integer"] += len(wrong_ids)
        examples += [(read.lines_of_ids[index], "id not an integer") for index in wrong_ids]
    problems.malformed = {reason: count for reason, count in malformed.most_common() if count}
    problems.examples = sorted(examples)[:EXAMPLES]
    if (dropped := sum(problems.malformed.values())) > STRAY_SHARE * read.count:
        line, reason = problems.examples[0]
        what = f"{dropped:,} of {read.count:,} rows are malformed: {reason}"
        raise UserError(what, f"{file}, line {line}", _WANTED + mapping.flags)
    meaning = {0: "negative", 1: "positive", NEUTRAL: "neutral"}
    labels = ", ".join(f"{meaning[codes[label]]} {_shown(label)}: {counts[label]:,}" for label in sorted(codes))
    problems.read_as = f"{read.form}; {read.layout}; {labels}"
    numbers = np.array(read.numbers, np.int64)
    ids: Any = numbers if problems.ids else read.ids
    table = table_of(ids, labels_of_rows, read.dates, read.users, read.texts).assign(row=numbers)
    table = table if is_good.all() else table[is_good]
    return (table.assign(id=table["id"].astype(np.int64)) if training else table), problems


def _shown(value: str) -> str:
    return value if value.isprintable() and 0 < len(value) <= 20 else ascii(value[:20])


def _not_keys(table: pd.DataFrame) -> str:
    """Return why the ids are no keys of the tweets: many rows share one with another text; empty if they are."""
    shared = table[table["id"].duplicated(keep=False)]
    others = shared.groupby("id")["text"].transform("nunique") > 1 if len(shared) else shared["label"] > 1
    if others.sum() <= STRAY_SHARE * len(table):
        return ""
    return f"{int(others.sum()):,} rows share an id with another text, such as {shared['id'][others].iloc[0]}"


def table_of(ids: Any, labels: Any, dates: list[str], users: list[str], texts: list[str]) -> pd.DataFrame:
    """Make the table of tweets from its columns."""
    columns = {
        "id": ids if isinstance(ids, np.ndarray) else pd.array(ids, dtype="str"),
        "label": np.array(labels, dtype=np.int8),
        "date": pd.array(dates, dtype="str"),
        "user": pd.array(users, dtype="str"),
        "text": pd.array(texts, dtype="str"),
    }
    return pd.DataFrame(columns)


def _layout_of(first: list[str], form: FileFormat, file: DataFile, mapping: ColumnMapping) -> Layout:
    try:
        return layout_of(first, mapping, named=form.has_names)
    except LayoutError as error:
        raise UserError(str(error), str(file), _WANTED + mapping.flags) from error


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
