"""JSON Lines: one object per line; and what they share with JSON arrays."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO, ClassVar

from sentiment140.data.json_tables import refuse_json_table
from sentiment140.errors import UserError
from sentiment140.runs.files import lines_of
from sentiment140.serving.formats.encoding import TextFile
from sentiment140.serving.formats.skipped import SkippedLines
from sentiment140.serving.formats.table import (
    LONGEST_FIELD,
    Chunk,
    Columns,
    Options,
    Table,
    as_values,
    chunked,
    new_names,
    text_of,
)
from sentiment140.serving.formats.text_column import find_by_name

_EXAMPLE = 'write one object per line, such as {"text": "I love it"}'

_ARRAY = re.compile(r"\s*\[\s*\{")

Element = tuple[str, dict[str, Any]]  # an object as it is written in the file, and its content


class JsonObjects(Table):
    """Objects of JSON. Each is kept as it was written; the new keys are appended to it.

    A subclass sets the attributes, and yields the objects.

    Attributes:
        start, between, end: what is written before, between and after the objects.
    """

    start, between, end = "", "\n", "\n"
    _source: str
    _options: Options
    _file: TextFile
    _rest: Iterator[Element]

    def chunks(self) -> Iterator[Chunk]:
        """Read the file in chunks, as `Table.chunks` does."""
        for elements in chunked(self._rest, lambda element: len(element[0])):
            texts = [text_of(values.get(self.column), self._source) for _, values in elements]
            yield elements, self._file.readable(texts)

    def write(self, sink: BinaryIO, names: Sequence[str], scored: Iterable[tuple[Any, Columns]]) -> None:
        """Write a file of the same format, as `Table.write` does."""
        lines, before = self._file.writer(sink), self.start
        for elements, columns in scored:
            new = zip(*(as_values(columns[name]) for name in names), strict=True)
            for element, values in zip(elements, new, strict=True):
                lines.write(before + append_members(element, names, values, replace=self._options.replace_columns))
                before = self.between
            lines.flush()
        lines.write(self.end if before == self.between else self.start.rstrip() + self.end.lstrip())
        lines.flush()
        lines.detach()

    def remarks(self) -> list[str]:
        """Return whether bytes are not valid in the encoding."""
        return self._file.remarks()


class JsonLines(JsonObjects):
    """JSON Lines. Each line is kept as it was written; the new keys are appended to it.

    Examples:
        >>> import io
        >>> table = JsonLines(io.BytesIO(b'{"text": "I love it"}\\n'), "tweets.jsonl", Options())
        >>> sink = io.BytesIO()
        >>> table.write(sink, ["sentiment"], [(rows, {"sentiment": ["positive"]}) for rows, texts in table.chunks()])
        >>> sink.getvalue()
        b'{"text": "I love it", "sentiment": "positive"}\\n'
    """

    endings: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")
    takes: ClassVar[frozenset[str]] = frozenset({"column", "encoding", "on_bad_line", "replace_columns"})

    def __init__(self, raw: BinaryIO, source: str, options: Options) -> None:
        self._source, self._options = source, options
        self._file = TextFile(raw, source, options.encoding, newline="\n")
        refuse_json_table(self._file.head, source)
        if _ARRAY.match(self._file.head):
            raise UserError("the file is a JSON array", source, "add --format json")
        self._skipped = SkippedLines(source) if options.on_bad_line == "skip" else None
        elements = self._elements()
        head = list(islice(elements, 20))
        if not head:
            if self._skipped is not None:
                self._skipped.check(read=False)
            raise UserError("the file is empty", source, _EXAMPLE)
        self._rest = chain(head, elements)
        self.column = key_of_texts([values for _, values in head], options.column, source)

    def remarks(self) -> list[str]:
        """Return which lines were skipped, and whether bytes are not valid in the encoding."""
        return [*super().remarks(), *(self._skipped.remarks() if self._skipped else [])]

    def _elements(self) -> Iterator[Element]:
        for number, line in enumerate(lines_of(self._file.lines, LONGEST_FIELD), 1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except (ValueError, RecursionError) as error:
                what = f"is not valid JSON ({error})"
            else:
                what = "is not a JSON object"
                if isinstance(values, dict):
                    yield line, values
                    continue
            if self._skipped is None:
                raise UserError(f"line {number} {what}", self._source, f"{_EXAMPLE}, or add --on-bad-line skip")
            else:
                self._skipped.add(number, what)


def key_of_texts(objects: Sequence[dict[str, Any]], column: str | None, source: str) -> str:
    """Find the key of the tweets by the first objects of a file.

    Raises:
        UserError: there is no such key.
    """
    keys = list(objects[0])
    sample = [[values.get(key) for key in keys] for values in objects]
    return keys[find_by_name(keys, column, source, sample).position]


def append_members(element: Element, names: Sequence[str], values: Sequence[Any], *, replace: bool) -> str:
    """Append members to an object, whose text stays as it is unless one of its members is replaced.

    Examples:
        >>> append_members(('{ "text":"so"}', {"text": "so"}), ["n"], [1], replace=False)
        '{ "text":"so", "n": 1}'
    """
    written, members = element
    if replace and any(name in members for name in names):
        return json.dumps({**members, **dict(zip(names, values, strict=True))}, ensure_ascii=False)
    new = dict(zip(new_names(names, list(members)), values, strict=True))
    separator = ", " if members else ""
    return written.rstrip()[:-1].rstrip() + separator + json.dumps(new, ensure_ascii=False)[1:]
