"""The encoding of a text file: how it is detected, read, and written again byte for byte."""

import codecs
import io
import logging
import re
from collections.abc import Sequence
from typing import BinaryIO, cast

from sentiment140.data.encodings import CANDIDATES, WINDOWS, detect_encoding, marked_encoding
from sentiment140.errors import UserError, unknown_name

log = logging.getLogger(__name__)

HEAD_SIZE = 2**18  # bytes that decide the encoding; the rest may be longer than the memory
_BUFFER_SIZE = 2**16
_BINARY = {b"PK\x03\x04": ("an Excel workbook", "xlsx"), b"PAR1": ("a Parquet file", "parquet")}
_SHIFTED = ("iso2022", "hz", "utf-7")  # encodings in which the meaning of a byte depends on what came before
_STRAY = re.compile("[\udc80-\udcff]")  # a byte that cannot be decoded is a surrogate
_READ_STRAY = {0xDC00 + byte: bytes([byte]).decode(WINDOWS, "ignore") or chr(byte) for byte in range(128, 256)}


class TextFile:
    """A text file in any encoding, which can be written again as it was.

    Bytes that are not valid in its encoding are kept. In the texts to be scored, they are read as Windows-1252. So a
    wrong guess of the encoding never stops the scoring, and changes no byte of the other columns.

    Args:
        raw: the open file.
        source: its name for error messages.
        encoding: the name of a codec; None for the byte order mark's, UTF-8 if the first 256 KB are UTF-8, or else the
            one that charset-normalizer finds most likely.

    Attributes:
        lines: the decoded file, without byte order mark and with its own line breaks.
        head: the first 256 KB, decoded.
        whole: whether `head` is the whole file.

    Examples:
        >>> file = TextFile(io.BytesIO(b"It isn\\x92t good\\n"), "tweets.txt", None)
        >>> file.encoding, file.lines.read()
        ('cp1252', 'It isn’t good\\n')
    """

    def __init__(self, raw: BinaryIO, source: str, encoding: str | None, newline: str = "") -> None:
        head = raw.read(HEAD_SIZE)
        for start, (what, name) in _BINARY.items():
            if head.startswith(start) and b"\0" in head:
                raise UserError(f"this is {what}, not text", source, f"add --format {name}")
        self.whole = len(head) < HEAD_SIZE
        marked, self.mark = marked_encoding(head)
        self.encoding = marked or (_known_codec(encoding, source) if encoding else detect_encoding(head))
        wide = self.encoding.startswith(("utf-16", "utf-32"))
        self._errors = "surrogatepass" if wide else "surrogateescape"
        if encoding is None and self.encoding != "utf-8":
            found = "by its byte order mark" if marked else "detected; --encoding NAME if it is another"
            log.info("%s: encoding %s (%s)", source, self.encoding, found)
        self._stray = 0
        joined: io.RawIOBase = _Joined(head[len(self.mark) :], raw)
        if not _keeps_bytes(self.encoding):
            joined = _Checked(joined, self.encoding, source)
        content = io.BufferedReader(joined, _BUFFER_SIZE)
        self.lines = io.TextIOWrapper(content, self.encoding, self._errors, newline=newline)
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        self.head = decoder.decode(head[len(self.mark) :], final=self.whole)

    def writer(self, sink: BinaryIO) -> io.TextIOWrapper:
        """Return a stream that writes text to `sink` in the encoding of this file, with its byte order mark.

        A character that the encoding does not have becomes a question mark; only a new column can have one.
        """
        sink.write(self.mark)
        errors = self._errors if self._errors == "surrogatepass" else _KEEP_BYTES
        return io.TextIOWrapper(sink, self.encoding, errors, newline="")

    def readable(self, texts: Sequence[str]) -> list[str]:
        """Read bytes of the texts that are not valid in the encoding as Windows-1252."""
        return [text if text.isascii() else self._readable(text) for text in texts]

    def _readable(self, text: str) -> str:
        if self._errors == "surrogatepass" or not _STRAY.search(text):
            return text
        self._stray += 1
        return text.translate(_READ_STRAY)

    def remarks(self) -> list[str]:
        """Return how many texts had bytes that are not valid in the encoding."""
        if not self._stray:
            return []
        many = "1 text has" if self._stray == 1 else f"{self._stray:,} texts have"
        return [f"{many} bytes that are not {self.encoding}, read as {WINDOWS} (--encoding NAME if it is another)"]


def readable_line(text: str) -> str:
    """Read bytes of a line that are not UTF-8 as Windows-1252.

    Examples:
        >>> readable_line(b"It isn\\x92t good".decode("utf-8", "surrogateescape"))
        'It isn’t good'
    """
    return text.translate(_READ_STRAY) if _STRAY.search(text) else text


def _known_codec(name: str, source: str) -> str:
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)  # codecs such as base64 encode no text
    except (LookupError, ValueError) as error:
        raise UserError(unknown_name("encoding", name, ["utf-8", "utf-16", *CANDIDATES]), source) from error
    # Without a byte order mark, a file of this name is little-endian, as on Windows.
    return {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(codec.name, codec.name)


class _Joined(io.RawIOBase):
    """Bytes that were read before, followed by the rest of a stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if len(self._head) == 0:
            return cast(io.BufferedReader, self._rest).readinto(buffer)
        count = min(len(buffer), len(self._head))
        buffer[:count], self._head = self._head[:count], self._head[count:]
        return count


class _Checked(io.RawIOBase):
    """A stream whose bytes are decoded and encoded again as they are read, to see that they would be written as before.

    Raises:
        UserError: they would not: of some characters, the encoding has two forms.
    """

    def __init__(self, stream: io.RawIOBase, encoding: str, source: str) -> None:
        self._stream, self._encoding, self._source = stream, encoding, source
        # Between the shifts of such an encoding, a byte that is not valid has no place of its own.
        errors = "strict" if encoding.startswith(_SHIFTED) else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._encoder = codecs.getincrementalencoder(encoding)(_KEEP_BYTES)
        self._pending = b""  # read, and not yet seen to be written again

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._stream.readinto(buffer) or 0
        self._pending += bytes(buffer[:count])
        written = self._encoder.encode(self._decoder.decode(bytes(buffer[:count]), final=not count), final=not count)
        if not self._pending.startswith(written) or (not count and written != self._pending):
            what = f"not every byte of the file can be kept in the encoding {self._encoding}"
            remedy = f"convert it (iconv -f {self._encoding} -t utf-8), or add --encoding latin-1, which keeps them"
            raise UserError(what, self._source, remedy)
        self._pending = self._pending[len(written) :]
        return count


def _keeps_bytes(encoding: str) -> bool:
    """Whether every byte of a file is written again as it was, whatever it is.

    Examples:
        >>> _keeps_bytes("utf-8"), _keeps_bytes("cp1252"), _keeps_bytes("cp932"), _keeps_bytes("utf-7")
        (True, True, False, False)
    """
    if encoding.startswith(("utf-8", "utf-16", "utf-32")):
        return True
    if encoding.startswith(_SHIFTED):
        return False
    every = bytes(range(256))
    try:
        text = every.decode(encoding, "surrogateescape")
        return len(text) == len(every) and text.encode(encoding, _KEEP_BYTES) == every  # one byte for each character
    except UnicodeError:
        return False


def _keep_bytes(error: UnicodeError) -> tuple[str | bytes, int]:
    """Write surrogates as the bytes that they stand for, and other characters as question marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    kept = (ord(character) & 0xFF if _STRAY.match(character) else ord("?") for character in characters)
    return bytes(kept), error.end


_KEEP_BYTES = "sentiment140.keep_bytes"
codecs.register_error(_KEEP_BYTES, _keep_bytes)
