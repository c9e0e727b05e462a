"""Look up the words of tweets."""

from collections.abc import Callable

import numpy as np

from sentiment140.text.tokenize import Tokens


def of_each_word(tokens: Tokens, value: Callable[[str], float], default: float = 0.0) -> np.ndarray:
    """Look up a value for each word that occurs in tweets.

    A tokenizer knows many more words than the tweets of one batch have, and only those of the batch are looked up.

    Args:
        tokens: the tweets.
        value: a function from a word to its value.
        default: the value of words that do not occur.

    Returns:
        float64 [words], by token id.

    Example:
        >>> from sentiment140.text.tokenize import tokenize
        >>> of_each_word(tokenize(["so good"]), len).tolist()  # the unknown word does not occur
        [0.0, 2.0, 4.0]
    """
    occurs = np.zeros(len(tokens.words), bool)
    occurs[tokens.flat] = True
    values = np.full(len(tokens.words), default)
    ids = np.flatnonzero(occurs)
    values[ids] = [value(tokens.words[word_id]) for word_id in ids.tolist()]
    return values
