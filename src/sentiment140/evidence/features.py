"""The features of a tweet that predict people's labels: the model's logit, its lexicon, emoticons and emoji."""

import numpy as np

from sentiment140.evidence.lexicon import lexicon_polarity
from sentiment140.evidence.terms import EMOTICONS, Terms, contains, emoji_polarity
from sentiment140.text.tokenize import Tokens

FEATURES = ("logit", "confidence", "probability", "lexicon", "lexicon strength", "agreement", *EMOTICONS)
"""The names of the features."""
_SMILE, _SAD = (FEATURES.index(token) for token in ("<smile>", "<sadface>"))
# All features have roughly the same size, so that a regularized regression treats them alike.
_OF_LEXICON, _OF_EMOTICON = 3.0, 2.0
_OF_EMOJI = 2  # in emoticons


def features(logits: np.ndarray, tokens: Tokens, terms: Terms) -> np.ndarray:
    """Compute the features of tweets.

    An emoji counts like two emoticons of its polarity. No tweet that the weights were fitted on has an emoji, so this
    is not fitted: if it counted once, a tweet of nothing but a heart would be neutral.

    Args:
        logits: float [tweets], the calibrated logits of positive of a model.
        tokens: the tweets.
        terms: whether emoji and emoticons count; the lexicon always does.

    Returns:
        float64 [tweets, features], in the order of `FEATURES`.
    """
    lexicon = lexicon_polarity(tokens) * _OF_LEXICON
    probability = 1.5 * np.tanh(logits / 2)  # that of positive minus 0.5, times 3
    columns = [logits, np.abs(logits), probability, lexicon, np.abs(lexicon), logits * lexicon / 2]
    symbols = np.zeros((len(tokens), len(EMOTICONS)))
    if terms.emoticons:
        symbols[contains(tokens, list(EMOTICONS))] = 1
    found = np.column_stack([*columns, symbols])
    if terms.emoji:
        polarity = emoji_polarity(tokens)
        found[:, _SMILE] += _OF_EMOJI * np.maximum(polarity, 0)
        found[:, _SAD] += _OF_EMOJI * np.maximum(-polarity, 0)
    found[:, len(columns) :] *= _OF_EMOTICON
    return found
