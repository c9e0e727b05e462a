"""JSON: an array of objects or of texts. A file of lines that has this ending is read as JSON Lines."""

import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, BinaryIO, ClassVar

from sentiment140.data.json_tables import refuse_json_table
from sentiment140.errors import UserError
from sentiment140.serving.formats.encoding import TextFile
from sentiment140.serving.formats.json_lines import Element, JsonObjects, key_of_texts
from sentiment140.serving.formats.table import LONGEST_FIELD, Options

_EXAMPLE = 'write an array such as [{"text": "I love it"}] or ["I love it"], or one object per line'
_READ_SIZE = 2**20  # characters
_SPACE = re.compile(r"[ \t\n\r]*")


class JsonArray(JsonObjects):
    """A JSON array. Each object is kept as it was written; the new keys are appended to it. A text becomes an object.

    The array is read piece by piece, so memory does not grow with its length.

    Examples:
        >>> import io
        >>> table = JsonArray(io.BytesIO(b'["I love it"]'), "tweets.json", Options())
        >>> sink = io.BytesIO()
        >>> table.write(sink, ["sentiment"], [(rows, {"sentiment": ["positive"]}) for rows, texts in table.chunks()])
        >>> sink.getvalue()
        b'[\\n{"text": "I love it", "sentiment": "positive"}\\n]\\n'
    """

    endings: ClassVar[tuple[str, ...]] = (".json",)
    takes: ClassVar[frozenset[str]] = frozenset({"column", "encoding", "replace_columns"})

    def __init__(self, raw: BinaryIO, source: str, options: Options) -> None:
        self._source, self._options = source, options
        self._file = TextFile(raw, source, options.encoding, newline="\n")
        refuse_json_table(self._file.head, source)
        self._is_array = self._file.head.lstrip().startswith("[")
        if self._is_array:
            self.start, self.between, self.end = "[\n", ",\n", "\n]\n"
        elements = self._in_array() if self._is_array else self._in_sequence()
        head = list(islice(elements, 20))
        self._rest = chain(head, elements)
        if head:
            self.column = key_of_texts([values for _, values in head], options.column, source)
        elif self._is_array:
            self.column = options.column or "text"
        else:
            raise UserError("the file is empty", source, _EXAMPLE)

    def _in_array(self) -> Iterator[Element]:
        """Yield the elements of an array."""
        text = _Buffer(self._file, self._source)
        text.skip("[")
        if text.peek() == "]":
            text.skip("]")
        else:
            while True:
                yield self._element(text)
                if text.peek() == "]":
                    text.skip("]")
                    break
                text.skip(",")
        if text.peek():
            raise UserError("there is text after the end of the array", self._source, _EXAMPLE)

    def _in_sequence(self) -> Iterator[Element]:
        """Yield the objects of a file that are separated by line breaks or spaces only."""
        text = _Buffer(self._file, self._source)
        while text.peek():
            yield self._element(text)

    def _element(self, text: "_Buffer") -> Element:
        written, value = text.value()
        if isinstance(value, str):
            return f'{{"text": {written}}}', {"text": value}
        if not isinstance(value, dict):
            what = f"value {text.count:,} is not an object or a text ({' '.join(written.split())[:40]})"
            raise UserError(what, self._source, _EXAMPLE)
        return written, value


class _Buffer:
    """The part of a JSON file that is parsed now."""

    def __init__(self, file: TextFile, source: str) -> None:
        self._lines, self._source = file.lines, source
        self._text, self._position, self._parse = "", 0, json.JSONDecoder().raw_decode
        self.count = 0  # of values

    def peek(self) -> str:
        """Return the next character that is not a space; "" at the end of the file."""
        while True:
            space = _SPACE.match(self._text, self._position)
            self._position = space.end() if space else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._more():
                return ""

    def skip(self, character: str) -> None:
        """Go on after a character.

        Raises:
            UserError: another one follows.
        """
        if (found := self.peek()) != character:
            where = f"after value {self.count:,}" if self.count else "at the start"
            what = f'not valid JSON: expected "{character}" {where}, found {json.dumps(found) if found else "the end"}'
            raise UserError(what, self._source, _EXAMPLE)
        self._position += 1

    def value(self) -> tuple[str, Any]:
        """Parse the next value.

        Returns:
            The value as it is written, and its content.

        Raises:
            UserError: it is not valid JSON, or longer than 16 Mi characters.
        """
        self.peek()
        self.count += 1
        while True:
            try:
                value, end = self._parse(self._text, self._position)
            except (ValueError, RecursionError) as error:
                problem = f"value {self.count:,} is not valid JSON ({str(error).partition(': line ')[0]})"
                if len(self._text) - self._position > LONGEST_FIELD:
                    problem = f"value {self.count:,} is not valid JSON, or longer than {LONGEST_FIELD:,} characters"
                elif not isinstance(error, RecursionError) and self._more():
                    continue
                raise UserError(problem, self._source, _EXAMPLE) from error
            # A number may go on after the end of the buffer; objects and texts, which count here, do not.
            written = self._text[self._position : end]
            self._position = end
            return written, value

    def _more(self) -> bool:
        """Read on; False at the end of the file. Twice as much each time, so that a long value is parsed seldom."""
        rest = self._text[self._position :]
        more = self._lines.read(max(_READ_SIZE, len(rest)))
        self._text, self._position = rest + more, 0
        return bool(more)
