"""Repair wrongly decoded texts, and replace the many ways to type a character by one.

"don’t", "donʼt", "donâ€™t", "don&#8217;t" and "do\\u00adn't" all become "don't".
"""

import html
import logging
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import chain, groupby, islice

log = logging.getLogger(__name__)

# A character of these is the first byte of a UTF-8 sequence, or a control character, if a text was wrongly decoded.
_SUSPICIOUS = re.compile(r"[Â-ô][^\x00-\x7f]|[\x80-\x9f]")
_CONTROLS = re.compile(r"[\x80-\x9f]")
_REPEATED = re.compile(r"Â(?=[‘’“”–—…])")  # of a character that was decoded wrongly twice, in two ways
# An apostrophe that was lost when its file was converted: "isn\ufffdt".
_LOST_APOSTROPHE = re.compile(r"(?<=\w)\ufffd+(?=(?:[stmd]|re|ve|ll)\b)", re.IGNORECASE)
_VARIANTS = {
    "'": "`´ʹʻʼʽˈˊ‘’‚‛′‵ꞌ՚＇｀",
    '"': "“”„‟«»‹›″‶〝〞〟＂「」『』",
    "-": "‐‑‒–—―−﹘﹣－",
    "/": "⁄∕",
    "...": "…",
    "I": "İ",
    "#": "№",  # its compatibility form, "No", is another word
    # The compatibility form of a trademark sign would be part of the word before it. The others are not seen: they
    # choose the drawing of an emoji, fill a syllable, or keep marks apart.
    "": "™℠\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10))),
}
_LONGEST_STACK = 30
_PLAIN = {ord(variant): plain for plain, variants in _VARIANTS.items() for variant in variants}


def repair(text: str) -> str:
    """Repair UTF-8 text that was decoded as Latin-1 or as Windows-1252, and return any other text unchanged.

    Example:
        >>> repair("donâ\\x80\\x99t"), repair("donâ€™t ♥")
        ('don’t', 'don’t ♥')
    """
    if not _SUSPICIOUS.search(text):
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
        if not _CONTROLS.search(text):
            return text
    return _fix_encoding()(_REPEATED.sub("", text))


@cache
def _fix_encoding() -> Callable[[str], str]:
    try:
        from ftfy import fix_encoding  # imported here: it takes as long as everything else that scoring needs
    except ImportError:
        log.warning("ftfy is not installed: texts of Windows-1252 that were decoded wrongly are not repaired")
        return str
    return fix_encoding


def normalize(text: str) -> str:
    """Replace typographic variants by plain characters, decode HTML entities, and remove characters that are not seen.

    - HTML entities are decoded, also if they were escaped twice, as in many old tweets.
    - Apostrophes, quotes and dashes become those of ASCII, and so do letters that only look different, such as
      full-width ones (the compatibility form NFKC of Unicode).
    - Control and format characters such as a soft hyphen, a zero-width space or a mark of direction are removed.

    Args:
        text: without line breaks; so is the result.

    Example:
        >>> normalize("“ha\\u200bte” &amp;lt;3 𝐡𝐚𝐭𝐞")
        '"hate" <3 hate'
    """
    if "&" in text:
        with suppress(ValueError):  # a numeric entity may have more digits than Python converts to an integer
            text = html.unescape(html.unescape(text)).replace("\n", " ")
    if not text.isprintable():
        text = "".join(character for character in text if unicodedata.category(character) not in ("Cc", "Cf"))
    if text.isascii():
        return text.replace("`", "'")
    if len(text) > _LONGEST_STACK:
        text = _without_stacks(text)
    # First the variants: the compatibility form of an acute accent is a space and a combining accent.
    text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    return _LOST_APOSTROPHE.sub("'", text)


def _without_stacks(text: str) -> str:
    """Keep 30 of the marks on one letter, as Unicode's stream-safe format does: normalization sorts them slowly."""
    runs = groupby(text, key=lambda character: unicodedata.combining(character) > 0)
    return "".join(chain.from_iterable(islice(run, _LONGEST_STACK) if is_mark else run for is_mark, run in runs))
