"""Negative, neutral or positive: from the logit of any model, with weights fitted on tweets labeled by people."""

import numpy as np

from sentiment140.evidence.features import features
from sentiment140.evidence.terms import Terms, Weights, fitted_weights, sum_once
from sentiment140.text.tokenize import Tokens


def three_logits(logits: np.ndarray, tokens: Tokens, terms: Terms, weights: Weights | None = None) -> np.ndarray:
    """Compute the logits of negative, neutral and positive.

    Args:
        logits: float [tweets], the calibrated logits of positive of a model.
        tokens: the tokens of the tweets.
        terms: whether emoji and emoticons count; the lexicon always does.
        weights: None for those of the package.

    Returns:
        float64 [tweets, 3]. Their softmax are the probabilities that a reader calls the tweet negative, neutral and
        positive, if all three are equally frequent.
    """
    of = (weights or fitted_weights()).three_labels
    total = np.array(of.intercept) + features(logits, tokens, terms) @ np.array(list(of.features.values()))
    return total + sum_once(tokens, of.words)
