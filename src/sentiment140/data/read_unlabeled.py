"""Read the tweets that a run predicts: every row is kept, or the file is refused."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sentiment140.data.files import DataFile
from sentiment140.data.label_values import ambiguity
from sentiment140.data.layout import NO_MAPPING, Layout, LayoutError, TextLayout, codes_of, layout_of_test
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.read import Problems, read_tweets, table_of
from sentiment140.data.rows import FileFormat, head_rows, parse
from sentiment140.data.separated import LONGEST_TEXT, Row
from sentiment140.data.sources import COLUMNS
from sentiment140.errors import UserError
from sentiment140.labels import UNLABELED

_WANTED = (
    f"give a CSV file with a header and the columns id,text, or with {','.join(COLUMNS)} (header optional); "
    "--columns id=NAME,text=NAME names them"
)


def read_test_tweets(file: DataFile, mapping: ColumnMapping = NO_MAPPING) -> tuple[pd.DataFrame, Problems]:
    """Read test tweets: Sentiment140's six columns with labels; or `id` and `text`, with labels or without.

    Sentiment140's six columns are read as by `read_tweets`. Of other files every row is kept, one with an empty text
    too: a submission needs a prediction for each. Its labels are used if the meaning of each is clear. Its ids may be
    any text, and need not be unique; without a column of ids, they are the numbers of the rows, from 1.

    Args:
        file: the file; one without labels has a header.
        mapping: the columns and labels that the user named. Columns that the file does not have are ignored.

    Returns:
        (table, problems): as `read_tweets` with `training=False` and `neutral=True`. The label is `UNLABELED` if the
        file has none.

    Raises:
        UserError: the file is empty or unreadable, lacks columns, or a row of a file without the six columns is
            malformed.

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
    layout = check_test_tweets(file, mapping)
    if isinstance(layout, Layout):
        named = tuple(pair for pair in mapping.columns if pair[1] in layout.names)
        return read_tweets(file, ColumnMapping(named, mapping.labels), training=False, neutral=True)

    def read_rows(rows: Iterator[Row], form: FileFormat) -> tuple[list[list[str]], FileFormat]:
        places = [place for place in (layout.text, layout.id, layout.target) if place >= 0]
        kept: list[list[str]] = []
        next(rows)
        for line, row, csv_error in rows:
            if csv_error or len(row) != layout.width:
                what = csv_error or f"{len(row)} columns, but the first line has {layout.width}"
                remedy = "put texts with commas, quotes or line breaks into quotes"
                raise UserError(what, f"{file}, line {line}", remedy)
            if len(row[layout.text]) > LONGEST_TEXT:
                what = f"a text has more than {LONGEST_TEXT:,} characters"
                raise UserError(what, f"{file}, line {line}", "check that it is one tweet")
            kept.append([row[place] for place in places])
        return kept, form

    # strict: a quote that is never closed would swallow the rest of the file
    kept, form = parse(file, read_rows, strict=True)
    if not kept:
        raise UserError("the file of test tweets has no rows", str(file), _WANTED)
    texts, *others = (list(column) for column in zip(*kept, strict=True))
    ids = others.pop(0) if layout.id >= 0 else [str(number) for number in range(1, len(texts) + 1)]
    labels, read_as = _test_labels(others[0], mapping) if others else (np.full(len(texts), UNLABELED), "no labels")
    blank = [""] * len(texts)
    table = table_of(ids, labels, blank, blank, texts)
    problems = Problems(rows=len(table), kept=len(table), ids="" if layout.id >= 0 else "the file has no ids")
    problems.repeated_texts = int(table["text"].duplicated().sum())
    problems.read_as = f"{form}; {read_as}"
    return table, problems


def _test_labels(targets: Sequence[str], mapping: ColumnMapping) -> tuple[np.ndarray, str]:
    """Return the labels of test tweets; `UNLABELED` for all if one of them has no clear meaning."""
    counts = Counter(targets)
    codes, _ = codes_of(counts, mapping)
    if unclear := counts.keys() - codes:
        return np.full(len(targets), UNLABELED), f"labels not used: {ambiguity(dict.fromkeys(unclear, 1))}"
    return np.array([codes[target] for target in targets], np.int8), f"labels {', '.join(sorted(codes))}"


def check_test_tweets(file: DataFile, mapping: ColumnMapping = NO_MAPPING) -> Layout | TextLayout:
    """Find the columns of a file of test tweets by its first line.

    Raises:
        UserError: the file is empty or unreadable, or has other columns.
    """
    rows, form = head_rows(file)
    if not rows:
        raise UserError("the file of test tweets is empty", str(file), _WANTED)
    try:
        return layout_of_test(rows[0][1] or [""], mapping, named=form.has_names)
    except LayoutError as error:
        raise UserError(str(error), str(file), _WANTED) from error
