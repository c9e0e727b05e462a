"""A file of tweets to the same file with sentiments, in pieces: memory does not grow with the file."""

import csv
import io
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from ..disk import atomic_path
from ..errors import UserError
from .predictor import Predictor, sentiments

log = logging.getLogger(__name__)

TEXT_COLUMNS = ("text", "tweet", "content", "message", "body", "sentence", "review", "comment")
_PIECE = 16_384
_LONGEST_FIELD = 2**24


def score_csv(predictor: Predictor, source: Path, target: Path | None, out: BinaryIO, column: str | None) -> int:
    """Writes the CSV file `source` with the columns `sentiment` and `probability` appended.

    Every row and column is kept as it is, bytes that are not UTF-8 included. A column name that is taken gets an
    underscore.

    Args:
        predictor: of the model to use.
        source: a CSV file with a header line.
        target: where to write it, whole or not at all; None for `out`.
        out: a stream, such as standard output, for when there is no target.
        column: the column with the tweets; None for the first of `TEXT_COLUMNS` that is there.

    Returns:
        How many tweets were scored.

    Raises:
        UserError: no such file, no such column, or a row that has not as many columns as the header.
    """
    if not source.is_file():
        raise UserError("not a file" if source.exists() else "no such file", str(source), "check --input")
    with _source(source) as raw, _sink(target, out) as sink:
        # surrogates carry bytes that are not UTF-8 through unharmed
        text = io.TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline="")
        rows = _rows(text, source)
        header = next(rows, None)
        if header is None:
            raise UserError("the file is empty", str(source), "a CSV file with a header line is expected")
        position = _text_column(header, column, source)
        log.info("tweets: column %s", header[position])
        wrapper = io.TextIOWrapper(sink, "utf-8", "surrogateescape", newline="", write_through=True)
        writer = csv.writer(wrapper, lineterminator="\n")
        writer.writerow([*header, *(_free(name, header) for name in ("sentiment", "probability"))])
        scored = 0
        with tqdm(total=source.stat().st_size, unit="B", unit_scale=True, desc="scoring", disable=None) as bar:
            while piece := list(islice(rows, _PIECE)):
                probability = predictor.predict_proba([row[position] for row in piece])
                writer.writerows(
                    [*row, sentiment, f"{p:.6f}"]
                    for row, sentiment, p in zip(piece, sentiments(probability), probability, strict=True)
                )
                scored += len(piece)
                bar.update(raw.tell() - bar.n)
        wrapper.detach()
        text.detach()
    return scored


def _rows(text: io.TextIOWrapper, source: Path) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(text, strict=True)  # else a quote left open swallows the rest without a word
    width = 0
    try:
        for row in reader:
            if not row:  # a blank line is no row
                continue
            width = width or len(row)
            if len(row) != width:
                what = f"line {reader.line_num} has {len(row)} columns, the header {width}"
                raise UserError(what, str(source), "quote texts that hold commas")
            yield row
    except csv.Error as error:
        raise UserError(f"line {reader.line_num} is no CSV ({error})", str(source), "check its quotes") from error


def _text_column(header: list[str], column: str | None, source: Path) -> int:
    if column is not None:
        if column in header:
            return header.index(column)
        what = f'no column "{column}"'
    else:
        names = [name.strip().lower() for name in header]
        for candidate in TEXT_COLUMNS:
            if candidate in names:
                return names.index(candidate)
        what = "no column that is known to hold texts"
    remedy = "name it with --column"
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        remedy = "separate the columns by commas"
    raise UserError(f"{what} (columns: {', '.join(header[:20])})", str(source), remedy)


def _free(name: str, header: list[str]) -> str:
    while name in header:
        name += "_"
    return name


def _source(source: Path) -> BinaryIO:
    try:
        return source.open("rb")
    except OSError as error:
        raise UserError(f"cannot read ({error.strerror or error})", str(source), "check --input") from error


@contextmanager
def _sink(target: Path | None, out: BinaryIO) -> Iterator[BinaryIO]:
    if target is None:
        yield out
        return
    if target.is_dir() or not target.parent.is_dir():
        raise UserError("no file can be written there", str(target), "check --output")
    try:
        with atomic_path(target) as path, path.open("wb") as file:
            yield file
    except OSError as error:
        raise UserError(f"cannot write ({error.strerror or error})", str(target), "check --output") from error


def lines(source: BinaryIO) -> Iterator[str]:
    """The lines of a stream; bytes that are not UTF-8 stay as surrogates."""
    for line in source:
        yield line.decode("utf-8", "surrogateescape").rstrip("\r\n")


def score_lines(predictor: Predictor, texts: Iterable[str], out: BinaryIO) -> None:
    """Writes `sentiment`, the probability of positive and the text, parted by tabs, a line a text.

    A blank text is a text: it gets the probability of a tweet without any known word.
    """
    waiting = iter(texts)
    while piece := list(islice(waiting, _PIECE)):
        probability = predictor.predict_proba(piece)
        for sentiment, p, text in zip(sentiments(probability), probability, piece, strict=True):
            shown = text.replace("\t", " ").replace("\n", " ")
            out.write(f"{sentiment}\t{p:.4f}\t{shown}\n".encode("utf-8", "surrogateescape"))
        out.flush()
