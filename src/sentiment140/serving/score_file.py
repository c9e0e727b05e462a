"""A file of tweets to the same file with sentiments, in pieces: memory does not grow with the file."""

import gzip
import io
import logging
import os
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from tqdm import tqdm

from sentiment140.errors import UserError
from sentiment140.executors.pool import in_order
from sentiment140.labels import sentiments
from sentiment140.runs.files import atomic_path
from sentiment140.serving.formats import ENDINGS, FORMATS, Columns, Table
from sentiment140.serving.predictor import Predictor

log = logging.getLogger(__name__)

STANDARD = "-"
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_LEVEL = 3  # 2 µs a tweet, to 46 % of the size; 6, the usual one, 5 µs and 43 %, beside 15 µs of scoring
_WORDS_EXPLAINED = 5
_ARRIVING = 2**20  # bytes that are read at a time
_LONGEST_LINE = 2**24


@dataclass(frozen=True)
class Scoring:
    """What is told of each tweet.

    Attributes:
        abstain: how near to one half a probability is called uncertain.
        explain: whether the words that moved it most are named.
        colors: whether the explanation is for a terminal: all words, green or red by what they do.
    """

    abstain: float = 0.0
    explain: bool = False
    colors: bool = False

    @property
    def names(self) -> list[str]:
        """The columns that are appended."""
        return ["sentiment", "probability"] + ["explanation"] * self.explain

    def columns(self, predictor: Predictor, texts: Sequence[str]) -> Columns:
        """Those columns for these tweets."""
        probability = predictor.probability(texts)
        found: dict[str, np.ndarray | list[str]] = {
            "sentiment": sentiments(probability, self.abstain),
            "probability": probability,
        }
        if self.explain:
            explain = _colored if self.colors else _in_words
            found["explanation"] = [explain(effects) for effects in predictor.explain(texts)]
        return found


def score_file(
    folder: Path,
    source: str,
    target: Path | None,
    out: BinaryIO | None,
    *,
    scoring: Scoring,
    file_format: str | None = None,
    column: str | None = None,
    workers: int | None = None,
) -> int:
    """Writes a file of tweets with the columns of `scoring` appended, every row and column of it kept.

    Args:
        folder: of the model to use, with its manifest.
        source: a file of one of `FORMATS`, also one that gzip made smaller; `-` for standard input.
        target: where to write it, whole or not at all, by gzip where its name ends in `.gz`; None for `out`.
        out: a stream, such as standard output, for when there is no target, and only then.
        scoring: what is told of each tweet.
        file_format: a name of `FORMATS`; None for what the name of the source says, and CSV for standard input.
        column: the column with the tweets; None for the first of `TEXT_COLUMNS` that is there.
        workers: processes for a file of more than a piece; as many as there are cores.

    Returns:
        How many tweets were scored.

    Raises:
        UserError: no such file, no such column, a row that cannot be read, or a target named like another format.
    """
    file_format, workers = file_format or _format_of(source), workers or os.cpu_count() or 1
    with _source(source) as (raw, unpacked):
        table = FORMATS[file_format](unpacked, source, column)
        log.info("tweets: %s", table.column)
        if target is not None and ENDINGS.get(_ending(str(target)), file_format) != file_format:
            raise UserError(
                f"what is read as {file_format} comes back as {file_format}",
                str(target),
                f"end --output in .{file_format}",
            )
        with _sink(target, out) as sink, _bar(table, raw) as count:
            table.write(sink, scoring.names, _scored(folder, table, scoring, workers, count))
            return count(0)


def _scored(
    folder: Path, table: Table, scoring: Scoring, workers: int, count: Callable[[int], int]
) -> Iterator[tuple[Any, Columns]]:
    waiting: deque[Any] = deque()

    def texts_of_pieces() -> Iterator[list[str]]:
        for rows, texts in table.pieces():
            waiting.append(rows)  # they stay here: another process needs the texts only
            yield texts

    for columns in in_order(_scorer, (folder, scoring), texts_of_pieces(), workers):
        yield waiting.popleft(), columns
        count(len(columns["sentiment"]))


@lru_cache(maxsize=1)  # a process of a cluster scores file after file
def _scorer(folder: Path, scoring: Scoring) -> Callable[[Sequence[str]], Columns]:
    return partial(scoring.columns, Predictor.load(folder))


def score_lines(predictor: Predictor, pieces: Iterable[Sequence[str]], out: BinaryIO, scoring: Scoring) -> None:
    """Writes sentiment, probability of positive and text, parted by tabs, a line a text, each piece as it comes.

    A blank text is a text: it gets the probability of a tweet without any known word.
    """
    for texts in pieces:
        columns = scoring.columns(predictor, texts)
        shown = [text.replace("\t", " ").replace("\n", " ") for text in texts]
        probability = [f"{value:.4f}" for value in columns["probability"]]
        cells = [columns["sentiment"], probability, shown, *([columns["explanation"]] if scoring.explain else [])]
        for line in zip(*cells, strict=True):
            out.write(("\t".join(line) + "\n").encode("utf-8", "surrogateescape"))
        out.flush()


def arriving_lines(source: BinaryIO) -> Iterator[list[str]]:
    """The lines of a stream, as many together as have arrived; bytes that are not UTF-8 stay as surrogates.

    Raises:
        UserError: a line is longer than any text.
    """
    rest = b""
    while arrived := cast(io.BufferedReader, source).read1(_ARRIVING):
        *lines, rest = (rest + arrived).split(b"\n")
        if lines:
            yield [_line(line) for line in lines]
        if len(rest) > _LONGEST_LINE:
            what = f"a line of more than {_LONGEST_LINE:,} bytes"
            raise UserError(what, "standard input", "a tweet a line is expected")
    if rest:
        yield [_line(rest)]


def _line(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _in_words(effects: Sequence[tuple[str, float]]) -> str:
    """The words that moved the probability most, strongest first: `love +0.31, not -0.12`."""
    strongest = sorted(effects, key=lambda pair: -abs(pair[1]))[:_WORDS_EXPLAINED]
    return ", ".join(f"{_named(word)} {effect:+.2f}" for word, effect in strongest if abs(effect) >= 0.005)


def _named(word: str) -> str:
    """The word; a sign in quotes, or it would be taken for one of the sentence that it stands in."""
    return word if any(sign.isalnum() for sign in word) else f'"{word}"'


def _colored(effects: Sequence[tuple[str, float]]) -> str:
    """All words with their effects, in a terminal's colors."""
    shades = ((0.05, "1;32"), (0.005, "32"), (-0.005, "0"), (-0.05, "31"), (-np.inf, "1;31"))
    words = []
    for word, effect in effects:
        shade = next(code for lowest, code in shades if effect >= lowest)
        words.append(word if shade == "0" else f"\x1b[{shade}m{word} {effect:+.2f}\x1b[0m")
    return " ".join(words)


def _format_of(source: str) -> str:
    if source == STANDARD:
        return "csv"
    if Path(source).is_dir():
        raise UserError("a folder, not a file", source, "check --input")
    ending = _ending(source)
    if ending in ENDINGS:
        return ENDINGS[ending]
    remedy = f"name it with --format ({', '.join(FORMATS)})"
    raise UserError(f'no format is known by the ending "{ending}"', source, remedy)


def _ending(name: str) -> str:
    return Path(name.lower().removesuffix(".gz")).suffix


@contextmanager
def _source(source: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """(the file as it lies there, what is in it)."""
    try:
        raw = sys.stdin.buffer if source == STANDARD else Path(source).open("rb")  # noqa: SIM115 - closed below
    except FileNotFoundError as error:
        raise UserError("no such file", source, "check --input") from error
    except OSError as error:
        raise UserError(f"cannot read ({error.strerror or error})", source, "check --input") from error
    with raw:
        packed = cast(io.BufferedReader, raw).peek(2)[:2] == _GZIP_MAGIC
        try:
            yield raw, cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise UserError(f"not whole ({error})", source, "it was not packed, or not copied, to its end") from error


@contextmanager
def _sink(target: Path | None, out: BinaryIO | None) -> Iterator[BinaryIO]:
    if target is None:
        assert out is not None
        yield out
        return
    if target.is_dir() or not target.parent.is_dir():
        raise UserError("no file can be written there", str(target), "check --output")
    try:
        with atomic_path(target) as path, path.open("wb") as file:
            if target.suffix != ".gz":
                yield file
                return
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                yield cast(BinaryIO, packed)
    except gzip.BadGzipFile:  # of what is read
        raise
    except OSError as error:
        raise UserError(f"cannot write ({error.strerror or error})", str(target), "check --output") from error


@contextmanager
def _bar(table: Table, raw: BinaryIO) -> Iterator[Callable[[int], int]]:
    """A progress bar, as what is called with how many tweets were scored and gives how many that makes."""
    size = os.fstat(raw.fileno()).st_size if table.rows is None and raw.seekable() else None
    unit: dict[str, Any] = {"unit": "B", "unit_scale": True} if size else {"unit": "tweet"}
    scored = 0
    with tqdm(total=size or table.rows, desc="scoring", disable=None, **unit) as bar:

        def count(more: int) -> int:
            nonlocal scored
            scored += more
            bar.update(raw.tell() - bar.n if size else more)
            return scored

        yield count
