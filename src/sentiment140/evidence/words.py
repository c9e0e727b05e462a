"""Look up the words of tweets."""

from collections.abc import Callable

import numpy as np

from sentiment140.text.tokenize import Tokens

IDENTITY = frozenset(
    """
    african africans american americans arab arabs asian asians atheist atheists australian autistic bisexual black
    blacks blind boy boys british buddhist buddhists canadian catholic catholics chinese christian christians deaf
    disabled elderly english european female females foreigner foreigners french gay gays german girl girls guy guys
    handicapped hindu hindus hispanic hispanics homeless homosexual immigrant immigrants indian indians irish islam
    islamic italian japanese jew jewish jews kid kids ladies lady latino latinos lesbian lesbians male males man men
    mexican mexicans migrant migrants muslim muslims native nigerian old poor queer refugee refugees russian spanish
    straight trans transgender turkish white whites woman women young
    """.split()
)
"""Words for groups of people. Whoever is talked about, what is added to the logit of a model must not depend on it."""


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
