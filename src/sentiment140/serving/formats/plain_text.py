"""Plain text: one tweet per line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, ClassVar

from sentiment140.errors import UserError
from sentiment140.runs.files import lines_of
from sentiment140.serving.formats.encoding import TextFile
from sentiment140.serving.formats.table import LONGEST_FIELD, Chunk, Columns, Options, Table, as_strings, chunked
from sentiment140.serving.formats.text_column import table_hint

_MOST_EMPTY = 100_000  # lines in a row: a gzipped file of a kilobyte may have a million


class PlainText(Table):
    """Plain text, one tweet per line. Sentiment and probability are written before the tweet, separated by tabs.

    This is what the command prints for the lines of standard input. A tab in a tweet becomes a space. An empty line
    is a tweet without words.

    Attributes:
        table_format: "csv", "tsv" or "jsonl" if the first line is that of a table of this format, else None.

    Examples:
        >>> import io
        >>> table = PlainText(io.BytesIO(b"I love it\\n"), "tweets.txt", Options())
        >>> sink = io.BytesIO()
        >>> table.write(sink, ["sentiment"], [(rows, {"sentiment": ["positive"]}) for rows, texts in table.chunks()])
        >>> sink.getvalue()
        b'positive\\tI love it\\n'
    """

    endings: ClassVar[tuple[str, ...]] = (".txt",)
    takes: ClassVar[frozenset[str]] = frozenset({"encoding"})
    column = "the lines"

    def __init__(self, raw: BinaryIO, source: str, options: Options) -> None:
        self._source = source
        self._file = TextFile(raw, source, options.encoding, newline="\n")
        if not self._file.head:
            raise UserError("the file is empty", source, "write one tweet per line")
        self.table_format = table_hint(self._file.head.partition("\n")[0])

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks, as `Table.chunks` does."""
        for lines in chunked(self._tweets(), len):
            yield lines, self._file.readable(lines)

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a line per tweet: the new columns and the tweet, separated by tabs."""
        writer = self._file.writer(sink)
        for lines, columns in scored:
            cells = [as_strings(columns[name]) for name in names]
            texts = [line.replace("\t", " ") for line in lines]
            rows = zip(*cells[:2], texts, *cells[2:], strict=True)
            writer.writelines("\t".join(row) + "\n" for row in rows)
            writer.flush()
        writer.flush()
        writer.detach()

    def remarks(self) -> list[str]:
        """Return whether bytes are not valid in the encoding."""
        return self._file.remarks()

    def _tweets(self) -> Iterator[str]:
        empty = 0
        for number, line in enumerate(lines_of(self._file.lines, LONGEST_FIELD), 1):
            if len(line) > LONGEST_FIELD:
                what = f"line {number} is longer than {LONGEST_FIELD:,} characters"
                raise UserError(what, self._source, "write one tweet per line")
            tweet = line.removesuffix("\n").removesuffix("\r")
            empty = 0 if tweet else empty + 1
            if empty > _MOST_EMPTY:
                what = f"lines {number - _MOST_EMPTY} to {number} are all empty"
                raise UserError(what, self._source, "remove the empty lines")
            yield tweet
