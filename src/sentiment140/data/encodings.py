"""Detect the encoding of a text file, for training files and for files that are scored."""

import codecs
import re
from collections.abc import Iterable

# UTF-32 first: its byte order mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WINDOWS = "cp1252"
"""By far the most frequent encoding of English files that are not UTF-8."""
# The encodings that people meet. With all 90 of Python's, a short text is often taken for a rare one.
CANDIDATES = [
    *(WINDOWS, "mac_roman", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
"""The encodings that are detected, besides Unicode's."""
_SAMPLE_SIZE = 2**14  # bytes that charset-normalizer is given; it needs up to a second for more
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_UTF_8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def marked_encoding(head: bytes) -> tuple[str, bytes]:
    """Return the encoding that the byte order mark at the start of a file states, and the mark; "" if there is none.

    Examples:
        >>> marked_encoding(b"\\xff\\xfet\\0"), marked_encoding(b"text")
        (('utf-16-le', b'\\xff\\xfe'), ('', b''))
    """
    return next(((name, mark) for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), ("", b""))


def detect_encoding(head: bytes) -> str:
    """Detect the encoding of the start of a file without a byte order mark: UTF-16, or what `detect_by_lines` finds.

    Examples:
        >>> detect_encoding(b"fine"), detect_encoding("so naïve".encode()), detect_encoding(b"n\\0o\\0t\\0 \\0")
        ('utf-8', 'utf-8', 'utf-16-le')
    """
    return detect_utf_16(head) or detect_by_lines(head)


def detect_utf_16(head: bytes) -> str:
    """Return "utf-16-le" or "utf-16-be" if the start of a file is UTF-16, else "".

    Half of the bytes of an English text are then NUL, all of them at even places or all at odd ones.
    """
    odd, even = head[1::2].count(b"\0"), head[::2].count(b"\0")
    if odd + even <= len(head) // 4 or max(odd, even) <= 20 * min(odd, even):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def detect_by_lines(lines: bytes) -> str:
    """Detect the encoding of lines in which the bytes of ASCII are ASCII.

    UTF-8 if two thirds of the bytes beyond ASCII are valid UTF-8; else the encoding that charset-normalizer finds most
    likely.
    """
    beyond, valid = len(_BEYOND_ASCII.findall(lines)), sum(map(len, _UTF_8_SEQUENCE.findall(lines)))
    if beyond - valid <= valid // 2:
        return "utf-8"
    found = _most_likely(lines_beyond_ascii(lines.splitlines(keepends=True)))
    text = codecs.getincrementaldecoder(found)("surrogateescape").decode(lines)
    # Of some characters, an East Asian encoding has two forms. The file would not be written again as it was.
    return found if lines.startswith(text.encode(found, "surrogateescape")) else WINDOWS


def _most_likely(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # imported here: most files are UTF-8

    matches = from_bytes(sample, cp_isolation=CANDIDATES)
    best = matches.best()
    if best is None:
        return WINDOWS
    for match in matches:  # of encodings that are equally likely, the most frequent
        equal = (match.chaos, match.coherence) == (best.chaos, best.coherence)
        if equal and WINDOWS in match.could_be_from_charset:
            return WINDOWS
    return codecs.lookup(best.encoding).name


def lines_beyond_ascii(lines: Iterable[bytes]) -> bytes:
    """Join the first lines that have bytes beyond ASCII, up to 16 KB."""
    sample = bytearray()
    for line in lines:
        if not line.isascii():
            sample += line
            if len(sample) >= _SAMPLE_SIZE:
                break
    return bytes(sample[:_SAMPLE_SIZE])
