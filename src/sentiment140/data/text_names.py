"""The usual names of the column with the tweets."""

import re
from collections.abc import Sequence

TEXT_COLUMNS = ("text", "tweet", "content", "message", "body", "sentence", "review", "comment")
"""The names that a column with tweets may have, in order of preference; case is ignored."""
_NOUNS = {*TEXT_COLUMNS, "sms", "post", "caption"}
# What may stand before or after such a word: full_text, review_body, Tweet_Text. Not "title" or "id": these are others.
_QUALIFIERS = {"full", "raw", "original", "clean", "cleaned", "the", "my", "user", "customer", "input", "status"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+|\d+")


def usual_column(names: Sequence[str]) -> int | None:
    """Return the index of the column with the most usual name for tweets, without regard to case and punctuation.

    The names in `TEXT_COLUMNS` come first, in their order, then names made of such words, such as `full_text`.

    Examples:
        >>> usual_column(["id", "Tweet_Text"]), usual_column(["reviewBody", "TEXT"]), usual_column(["text_id", "title"])
        (1, 1, None)
    """
    plain = [plain_name(name) for name in names]
    for candidate in TEXT_COLUMNS:
        for form in (candidate, f"{candidate}s"):
            if form in plain:
                return plain.index(form)
    for position, name in enumerate(names):
        words = [word.lower() for word in _WORDS.findall(name)]
        nouns = [word for word in words if word in _NOUNS or word.removesuffix("s") in _NOUNS]
        if nouns and all(word in nouns or word in _QUALIFIERS for word in words):
            return position
    return next((plain.index(name) for name in ("fulltext", "tweettext", "reviewtext") if name in plain), None)


def plain_name(name: str) -> str:
    """Return a name in lowercase and without punctuation, as names are compared."""
    return "".join(character for character in name.lower() if character.isalnum())
