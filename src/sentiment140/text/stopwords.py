"""The stopword lists that the setting `stopwords` chooses from, and the removal of stopwords from tweets."""

import numpy as np

from sentiment140.text.tokenize import Tokens

# NLTK's English list, which most notebooks use: Porter's list with contractions (https://www.nltk.org/nltk_data/).
_STANDARD = frozenset(
    """
    i me my myself we our ours ourselves you you're you've you'll you'd your yours yourself yourselves he him his
    himself she she's her hers herself it it's its itself they them their theirs themselves what which who whom this
    that that'll these those am is are was were be been being have has had having do does did doing a an the and but
    if or because as until while of at by for with about against between into through during before after above
    below to from up down in out on off over under again further then once here there when where why how all any
    both each few more most other some such no nor not only own same so than too very s t can will just don don't
    should should've now d ll m o re ve y ain aren aren't couldn couldn't didn didn't doesn doesn't hadn hadn't hasn
    hasn't haven haven't isn isn't ma mightn mightn't mustn mustn't needn needn't shan shan't shouldn shouldn't wasn
    wasn't weren weren't won won't wouldn wouldn't
    """.split()
)
NEGATIONS = frozenset({"no", "nor", "not", "against", "ain"}) | {
    word for word in _STANDARD if word.endswith("n't") or f"{word}'t" in _STANDARD
}
_INTENSIFIERS = frozenset("so too very such more most few only just".split())

STOPWORDS: dict[str, frozenset[str]] = {
    "standard": _STANDARD,
    # If negations were removed, "not good" would become "good", which is the opposite sentiment.
    "keep_negation": _STANDARD - NEGATIONS - _INTENSIFIERS,
    "none": frozenset(),
}


def without_stopwords(tokens: Tokens, is_stopword: np.ndarray) -> Tokens:
    """Remove the stopwords from tweets, except from tweets that consist of stopwords only.

    Args:
        tokens: the tweets; none of them is empty.
        is_stopword: bool [values], true for each value of `tokens.flat` that is a stopword.

    Returns:
        The tweets without their stopwords; none of them is empty.

    Example:
        >>> from sentiment140.text.tokenize import tokenize
        >>> tokens = tokenize(["the cat", "the"])
        >>> is_stopword = np.array([tokens.words[token_id] == "the" for token_id in tokens.flat])
        >>> kept = without_stopwords(tokens, is_stopword)
        >>> kept.tweet(0), kept.tweet(1)
        (['cat'], ['the'])
    """
    is_kept = ~is_stopword
    has_others = np.logical_or.reduceat(is_kept, tokens.starts) if len(tokens) else np.empty(0, bool)
    return tokens.where(is_kept | np.repeat(~has_others, tokens.lengths))
