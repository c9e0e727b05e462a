"""Check what a caller passes as texts and as labels."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import Any

import numpy as np

from sentiment140.labels import CLASSES

Texts = Iterable[str | None]
"""Several texts: a list, tuple, generator, 1-d array or Series of strings. None and NaN stand for a missing text."""

_MISSING = ("NAType", "NaTType")
_EXPECTED = "expected a list or Series of texts, found"
# Ways to write the labels; those of Sentiment140's files are 0, 2 and 4.
_WAYS: tuple[Mapping[Any, str], ...] = (
    {name: name for name in CLASSES[3]},
    dict(zip((0, 1), CLASSES[2], strict=True)),
    dict(zip((0, 2, 4), CLASSES[3], strict=True)),
)


def checked_texts(texts: Any) -> Iterator[str]:
    """Check that an object holds several texts.

    A missing text (None, NaN, `pandas.NA`, `pandas.NaT`) counts as an empty one, as in a file: its probability is that
    of a tweet without known words.

    Args:
        texts: a list, tuple, generator, 1-d array or Series of strings.

    Returns:
        The texts, one after the other.

    Raises:
        TypeError: `texts` is something else, such as a single string, dict, set or DataFrame; or, when it is reached,
            one of the texts is no string.

    Examples:
        >>> list(checked_texts(["I love it", None]))
        ['I love it', '']
        >>> checked_texts("I love it")
        Traceback (most recent call last):
        TypeError: expected a list or Series of texts, found a single text: pass [text]
    """
    found = type(texts).__name__
    if isinstance(texts, str | bytes | bytearray):
        raise TypeError(f"{_EXPECTED} a single text: pass [text]")
    if isinstance(texts, Mapping):
        raise TypeError(f"{_EXPECTED} a {found}: pass list(texts.values()), or the key that holds the texts")
    if isinstance(texts, Set):
        raise TypeError(f"{_EXPECTED} a {found}, which has no order: pass sorted(texts)")
    if hasattr(texts, "columns"):  # of pandas, polars, Spark, Arrow; without importing them
        raise TypeError(f'{_EXPECTED} a {found}: pass its column with the texts, such as texts["text"]')
    if getattr(texts, "ndim", 1) != 1:
        raise TypeError(f"{_EXPECTED} an array with {texts.ndim} dimensions: pass one dimension, such as texts.ravel()")
    if not isinstance(texts, Iterable):
        raise TypeError(f"{_EXPECTED} {texts!r:.100} of type {found}")
    return map(_checked_text, texts)


def _checked_text(text: Any) -> str:
    if isinstance(text, str):
        return text
    # the types of pandas, without importing it
    if text is None or type(text).__name__ in _MISSING or (isinstance(text, float | np.floating) and np.isnan(text)):
        return ""
    if isinstance(text, bytes | bytearray):
        raise TypeError(f"expected texts, found {bytes(text)!r:.100}: decode them, such as text.decode('utf-8')")
    raise TypeError(f"expected texts, found {text!r:.100} of type {type(text).__name__}")


def sentiments_of(labels: Any, classes: Collection[str] = CLASSES[2]) -> np.ndarray:
    """Convert labels to the names of the classes.

    Args:
        labels: "negative" and "positive", or 0 and 1, or 0 and 4 as in Sentiment140's files, where 2 is neutral; in a
            list, array or Series.
        classes: the names that are allowed.

    Returns:
        str [labels], each of them one of `classes`.

    Raises:
        ValueError: a label is something else, or the ways are mixed.

    Examples:
        >>> sentiments_of([0, 4]).tolist(), sentiments_of([True, False]).tolist()
        (['negative', 'positive'], ['positive', 'negative'])
        >>> sentiments_of([0, 2, 4], CLASSES[3]).tolist()
        ['negative', 'neutral', 'positive']
    """
    ways = [{label: name for label, name in way.items() if name in classes} for way in _WAYS]
    values = np.asarray(labels if hasattr(labels, "__array__") else list(labels)).ravel().tolist()
    for names in ways:
        if all(isinstance(value, str | int | float) and value in names for value in values):
            return np.array([names[value] for value in values], "<U8")
    known = {label for names in ways for label in names}
    wrong = [value for value in values if not isinstance(value, str | int | float) or value not in known]
    found = f"found {wrong[0]!r:.100}" if wrong else "these are mixed"
    expected = "'negative' and 'positive', 0 and 1, or 0 and 4"
    if len(classes) > 2:
        expected = "'negative', 'neutral' and 'positive', or 0, 2 and 4"
    raise ValueError(f"labels must be {expected}: {found}")
