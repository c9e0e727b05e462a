"""Score lines as they arrive on standard input, and texts of the command line."""

import codecs
import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, cast

from sentiment140.data.encodings import marked_encoding
from sentiment140.errors import UserError
from sentiment140.serving.formats.encoding import readable_line
from sentiment140.serving.formats.table import as_strings
from sentiment140.serving.formats.text_column import table_hint
from sentiment140.serving.predictor import Predictor
from sentiment140.serving.scoring import Scoring, Tally

log = logging.getLogger(__name__)

_READ_SIZE = 2**20  # bytes
_LONGEST_LINE = 2**24  # characters
_FILES = {b"\x1f\x8b": "csv", b"PAR1": "parquet", b"PK\x03\x04": "xlsx"}
"""The first bytes of files that are no lines of text, and their format; of a gzip file, the most frequent."""


def score_lines(predictor: Predictor, chunks: Iterable[Sequence[str]], out: BinaryIO, scoring: Scoring) -> None:
    """Write one line per text: its sentiment, probabilities and text, separated by tabs.

    Each chunk is written before the next one is taken. An empty text is scored as a tweet without known words.

    Args:
        predictor: the model.
        chunks: the texts, several at a time.
        out: a binary stream such as standard output.
        scoring: whether to label tweets "uncertain", and which columns to append.
    """
    tally = Tally()
    for texts in chunks:
        columns = scoring.columns(predictor, [readable_line(text) for text in texts])
        tally.add(columns)
        one_line = [text.replace("\t", " ").replace("\n", " ") for text in texts]
        probabilities = [[f"{value:.4f}" for value in columns[name]] for name in scoring.probabilities]
        others = [as_strings(columns[name]) for name in scoring.names[1 + len(probabilities) :]]
        cells = [columns["sentiment"], *probabilities, one_line, *others]
        for line in zip(*cells, strict=True):
            out.write(("\t".join(line) + "\n").encode("utf-8", "surrogateescape"))
        out.flush()
    for remark in tally.remarks():
        log.warning("%s", remark)


def arriving_lines(source: BinaryIO) -> Iterator[list[str]]:
    """Read lines from a stream as they arrive.

    Args:
        source: a buffered binary stream such as standard input, in UTF-8 or in the encoding of its byte order
            mark.

    Yields:
        All complete lines that have arrived, without their line breaks. Bytes that are not UTF-8 become surrogates.

    Raises:
        UserError: a line is longer than 16 Mi characters, or the stream is a table and not lines of text.

    Examples:
        >>> list(arriving_lines(io.BufferedReader(io.BytesIO(b"I love it\\nnot my day"))))
        [['I love it'], ['not my day']]
    """
    stream = cast(io.BufferedReader, source)
    arrived = stream.read1(_READ_SIZE)
    _refuse_binary(arrived)
    encoding, mark = marked_encoding(arrived)
    encoding = encoding or "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding == "utf-8" else "replace")
    arrived, rest, is_first = arrived[len(mark) :], "", True
    while True:
        *lines, rest = (rest + decoder.decode(arrived, final=not arrived)).split("\n")
        if not arrived and rest:
            lines, rest = [*lines, rest], ""
        if lines:
            if is_first:
                _check_no_table(lines[0])
            is_first = False
            yield [line.removesuffix("\r") for line in lines]
        if len(rest) > _LONGEST_LINE:
            what = f"a line is longer than {_LONGEST_LINE:,} characters"
            raise UserError(what, "in standard input", "write one tweet per line")
        if not arrived:
            return
        arrived = stream.read1(_READ_SIZE)


def _refuse_binary(start: bytes) -> None:
    for magic, name in _FILES.items():
        if start.startswith(magic):
            remedy = f"add --input - and the --format, such as {name}"
            raise UserError("not lines of text but a file", "in standard input", remedy)


def _check_no_table(line: str) -> None:
    name = table_hint(line)
    if name is not None:
        flags = "--input -" if name == "csv" else f"--input - --format {name}"
        remedy = f"to score its column of tweets add {flags}, or --input - --format txt if it is a tweet"
        raise UserError("the first line has the column names of a table", "in standard input", remedy)
    if line.strip().strip('"').lower() in ("text", "tweet"):
        log.warning('the first line, "%s", is scored as a tweet; for a table with this column: --input -', line.strip())
