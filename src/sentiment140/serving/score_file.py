"""Score a file of tweets in chunks, so that memory does not grow with the file."""

import errno
import gzip
import io
import logging
import os
import stat
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from tqdm import tqdm

from sentiment140.errors import UserError, unknown_name
from sentiment140.executors.pool import in_order
from sentiment140.runs.files import atomic_path
from sentiment140.serving.formats import ENDINGS, FORMATS, Columns, Options, Table
from sentiment140.serving.formats.plain_text import PlainText
from sentiment140.serving.models import Model
from sentiment140.serving.scoring import Scoring, Tally

log = logging.getLogger(__name__)

STANDARD_INPUT = "-"
_GZIP_MAGIC = b"\x1f\x8b"
# Level 3 takes 2 µs per tweet and compresses to 46 percent; the usual level 6 takes 5 µs and compresses to 43 percent.
# Scoring takes 15 µs.
_GZIP_LEVEL = 3


_DEFAULT = Options()

FLAGS = {
    "column": "--column",
    "encoding": "--encoding",
    "delimiter": "--delimiter",
    "quoting": "--quoting",
    "header": "--no-header",
    "on_bad_line": "--on-bad-line",
    "replace_columns": "--replace-columns",
}
"""The flag of each field of `Options`, for error messages."""


def score_file(
    folder: Path,
    source: str,
    target: Path | None,
    out: BinaryIO | None,
    *,
    scoring: Scoring,
    file_format: str | None = None,
    options: Options = _DEFAULT,
    overwrite: bool = False,
    workers: int | None = None,
) -> int:
    """Write a copy of a file of tweets with the columns of `scoring` appended. All rows and columns are kept.

    Args:
        folder: the model folder, with its manifest.
        source: a file in one of `FORMATS`, also compressed with gzip; `-` for standard input.
        target: the file to write, whole or not at all; compressed with gzip if its name ends in `.gz`. None to write
            to `out`.
        out: a binary stream such as standard output, used only if `target` is None.
        scoring: the columns to append.
        file_format: a name in `FORMATS`; None to derive it from the name of the source (CSV for standard input).
        options: how the file is read.
        overwrite: whether the target may be the source itself.
        workers: number of processes for a file of more than one chunk; None for one per core.

    Returns:
        The number of tweets scored.

    Raises:
        UserError: the file or the column does not exist, a row cannot be read, the name of the target stands for
            another format, or the target is the source.
    """
    name, workers = file_format or _format_of(source), workers or os.cpu_count() or 1
    table_class = FORMATS[name]
    if foreign := sorted(options.given() - table_class.takes):
        flags = " and ".join(FLAGS[option] for option in foreign)
        verb, remedy = ("has", "omit the flag") if len(foreign) == 1 else ("have", "omit the flags")
        raise UserError(f"{flags} {verb} no meaning for the format {name}", source, f"{remedy}, or check --format")
    with _source(source) as (raw, unpacked):
        if target is not None:
            _check_target(target, source, name, is_given=file_format is not None)
        _check_distinct(raw, target, out, source, overwrite=overwrite)
        table = table_class(unpacked, source, options)
        if isinstance(table, PlainText) and table.table_format and file_format is None:
            remedy = f"add --format {table.table_format}, or --format txt if it is a tweet"
            raise UserError("the first line has the column names of a table", source, remedy)
        log.info("%s: column with the tweets: %s", source, table.column)
        tally = Tally()
        with _sink(target, out) as sink, _progress(table, raw) as count:

            def scored(columns: Columns) -> None:
                tally.add(columns)
                count(len(columns["sentiment"]))

            table.write(sink, scoring.names, _scored_chunks(folder, table, scoring, workers, scored))
        for remark in [*table.remarks(), *tally.remarks()]:
            log.warning("%s: %s", source, remark)
        return tally.texts


def read_texts(source: str, options: Options = _DEFAULT) -> list[str]:
    """Read the tweets of a file, as `score_file` does.

    Args:
        source: a file in one of `FORMATS`, also compressed with gzip; `-` for standard input.
        options: how the file is read.

    Raises:
        UserError: the file or the column does not exist, or a row cannot be read.
    """
    with _source(source) as (_, unpacked):
        table = FORMATS[_format_of(source)](unpacked, source, options)
        log.info("%s: column with the tweets: %s", source, table.column)
        return [text for _, texts in table.chunks() for text in texts]


def _check_target(target: Path, source: str, name: str, *, is_given: bool) -> None:
    """Refuse a target whose name promises another format than it would have.

    A name without an ending promises nothing, and neither does the ending of the source if its format is given.
    """
    ending = _ending(str(target))
    if format_of_name(str(target)) == name or not ending or (is_given and ending == _ending(source)):
        return
    what = f"the output format must equal the input format ({name})"
    raise UserError(what, str(target), f"end the name of --output in {FORMATS[name].endings[0]}")


def _check_distinct(raw: BinaryIO, target: Path | None, out: BinaryIO | None, source: str, *, overwrite: bool) -> None:
    """Refuse to write to the file that is read, under whatever name."""
    try:
        read = os.fstat(raw.fileno())
        written = target.stat() if target is not None else os.fstat(out.fileno()) if out is not None else None
    except OSError:  # a target that does not exist yet, or a stream without a file
        return
    if written is None or not os.path.samestat(read, written) or not stat.S_ISREG(read.st_mode):
        return
    if target is None:
        raise UserError("standard output is the file that is read", source, "name another file with --output")
    if not overwrite:
        raise UserError("the output is the input", str(target), "name another file, or add --overwrite")


def _scored_chunks(
    folder: Path, table: Table, scoring: Scoring, workers: int, scored: Callable[[Columns], None]
) -> Iterator[tuple[Any, Columns]]:
    waiting: deque[Any] = deque()  # rows whose texts are being scored

    def texts_of_chunks() -> Iterator[list[str]]:
        for rows, texts in table.chunks():
            waiting.append(rows)  # the rows stay in this process; the workers get only the texts
            yield texts

    for columns in in_order(load_scorer, (folder, scoring), texts_of_chunks(), workers):
        yield waiting.popleft(), columns
        scored(columns)


@lru_cache(maxsize=1)  # a process of a cluster scores many files with the same model
def load_scorer(folder: Path, scoring: Scoring) -> Callable[[Sequence[str]], Columns]:
    """Load a model once in each process, and return the function that scores a chunk of texts."""
    return partial(scoring.columns, scoring.predictor(Model.read(folder)))


def _format_of(source: str) -> str:
    if source == STANDARD_INPUT:
        return "csv"
    if Path(source).is_dir():
        raise UserError("a folder, not a file", source, "name a folder for the results with --output")
    if (name := format_of_name(source)) is not None:
        return name
    ending, remedy = _ending(source), f"name the format with --format ({', '.join(FORMATS)})"
    raise UserError(unknown_name("file ending", ending, ENDINGS), source, remedy)


def format_of_name(name: str) -> str | None:
    """Return the format that the ending of a file name stands for; None if it is unknown.

    Examples:
        >>> format_of_name("tweets.CSV.gz"), format_of_name("tweets.pdf")
        ('csv', None)
    """
    return ENDINGS.get(_ending(name))


def _ending(name: str) -> str:
    return Path(name.lower().removesuffix(".gz")).suffix


@contextmanager
def _source(source: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open the source.

    Yields:
        The file itself, and its content, decompressed if it is compressed with gzip.
    """
    try:
        raw = sys.stdin.buffer if source == STANDARD_INPUT else Path(source).open("rb")  # noqa: SIM115 - closed below
    except FileNotFoundError as error:
        raise UserError("no such file", source, "name another with --input") from error
    except OSError as error:
        raise UserError(
            f"cannot read the file ({error.strerror or error})", source, "name another with --input"
        ) from error
    with raw:
        compressed = cast(io.BufferedReader, raw).peek(2)[:2] == _GZIP_MAGIC
        try:
            yield raw, cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if compressed else raw
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            what = f"the gzip file is incomplete or damaged ({error})"
            raise UserError(what, source, "copy or compress it again") from error
        except UnicodeError as error:  # of an encoding in which not every byte can be kept, such as UTF-16
            what = f"cannot decode the file ({' '.join(str(error).split())[:100]})"
            raise UserError(what, source, "name its encoding with --encoding") from error


@contextmanager
def _sink(target: Path | None, out: BinaryIO | None) -> Iterator[BinaryIO]:
    if target is None:
        assert out is not None
        yield out
        return
    if target.is_dir():
        raise UserError("cannot write to a folder", str(target), "name a file with --output")
    if not target.parent.is_dir():
        raise UserError(
            "cannot write the file: its folder does not exist", str(target), f"run: mkdir -p {target.parent}"
        )
    try:
        with atomic_path(target) as path, path.open("wb") as file:
            if target.suffix != ".gz":
                yield file
                return
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as compressed:
                yield cast(BinaryIO, compressed)
    except gzip.BadGzipFile:  # the source is damaged, not the target
        raise
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):  # of the processes that score; the file is not the cause
            raise
        what = f"cannot write the file ({error.strerror or error})"
        raise UserError(what, str(target), "name another with --output") from error


@contextmanager
def _progress(table: Table, raw: BinaryIO) -> Iterator[Callable[[int], None]]:
    """Show a progress bar.

    Yields:
        A function that takes the number of newly scored tweets and updates the bar.
    """
    size = os.fstat(raw.fileno()).st_size if table.rows is None and raw.seekable() else None
    unit: dict[str, Any] = {"unit": "B", "unit_scale": True} if size else {"unit": "tweet"}
    with tqdm(total=size or table.rows, desc="scoring", disable=None, **unit) as bar:

        def count(more: int) -> None:
            bar.update(raw.tell() - bar.n if size else more)

        yield count
