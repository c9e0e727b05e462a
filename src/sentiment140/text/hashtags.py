"""Split hashtags into words."""

import re
from itertools import pairwise

_PRODUCTS = ("Phone", "Pod", "Pad", "Mac", "Tunes", "Touch", "OS", "Cloud", "Bay")  # with an "i" or an "e" before
_DIGITS, _SEVERAL_DIGITS = re.compile(r"(\d+)"), re.compile(r"(\d{2,})")


def split_hashtag(hashtag: str) -> list[str]:
    """Split a hashtag at `_`, before capitals, and at numbers.

    One digit in a hashtag without capitals, or of capitals only, is taken for a letter, as in "gr8" and "2NE1".

    Args:
        hashtag: without its "#".

    Example:
        >>> split_hashtag("WorstServiceEver"), split_hashtag("NBAFinals2016"), split_hashtag("my_iPhone")
        (['Worst', 'Service', 'Ever'], ['NBA', 'Finals', '2016'], ['my', 'iPhone'])
    """
    return [
        word
        for part in hashtag.split("_")
        for run in (_SEVERAL_DIGITS if part in (part.lower(), part.upper()) else _DIGITS).split(part)
        for word in _split_at_capitals(run)
    ]


def _split_at_capitals(text: str) -> list[str]:
    starts = [0, *(position for position in range(1, len(text)) if _starts_word(text, position)), len(text)]
    return [text[start:end] for start, end in pairwise(starts) if start < end]


def _starts_word(text: str, position: int) -> bool:
    before, here, after = text[position - 1], text[position], text[position + 1 : position + 3]
    if not here.isupper() or before.isdigit() or before == "'":  # "DON'T"
        return False
    if before.isupper():  # the last capital of several begins a word ("NBAFinals"), but not for a plural ("DVDs")
        return after[:1].islower() and after != "s"
    return not (position == 1 and text[1:].startswith(_PRODUCTS))
