"""Adapt a model to the share of positive tweets among tweets without labels."""

from collections.abc import Sequence

import numpy as np

from sentiment140.ensemble.blend import expit
from sentiment140.errors import UserError
from sentiment140.evidence.terms import Terms, with_terms
from sentiment140.experiment import TextSettings
from sentiment140.people.adapted_folder import HEAD, VOCABULARY, check_not_adapted
from sentiment140.serving.head import DENSE, Head
from sentiment140.serving.manifest import Adaptation
from sentiment140.serving.models import Model
from sentiment140.text.tokenize import UNKNOWN
from sentiment140.text.vocabulary import PADDING, Vocabulary

FEWEST = 1000
"""The number of tweets from which the share is estimated well enough: with 100, accuracy can fall by 4 points."""
_ITERATIONS, _TOLERANCE = 1000, 1e-6
_LEAST = 0.001  # share of a class, so that it stays possible


def positive_share(logits: np.ndarray) -> float:
    """Estimate the share of positive tweets from logits that are calibrated for equal classes.

    Source: M. Saerens, P. Latinne and C. Decaestecker, Adjusting the Outputs of a Classifier to New a Priori
    Probabilities: A Simple Procedure, Neural Computation 14, 2002. It assumes that negative and positive tweets
    themselves are like those that the logits are calibrated on.

    Args:
        logits: float [tweets], the logits of positive.

    Example:
        >>> generator = np.random.default_rng(0)
        >>> positive = generator.random(20_000) < 0.2
        >>> logits = generator.normal(np.where(positive, 1, -1), np.sqrt(2))  # calibrated: mean 1 and variance 2
        >>> round(positive_share(logits), 1)
        0.2
    """
    share = 0.5
    for _ in range(_ITERATIONS):
        found = expit(logits + np.log(share / (1 - share))).mean()
        before, share = share, float(np.clip(found, _LEAST, 1 - _LEAST))
        if abs(share - before) < _TOLERANCE:
            break
    return share


def adapt_to_share(model: Model, texts: Sequence[str], source: str) -> tuple[Head, Vocabulary, Adaptation]:
    """Shift the logits of a model by the share of positive tweets that is estimated in tweets without labels.

    The logits are those with the lexicon, which people's labels fit. Without it the estimate is wrong, because people
    do not label as emoticons do: it can turn most tweets into the more frequent class.

    Args:
        model: the model.
        texts: the tweets.
        source: the name of their file.

    Returns:
        The head, the vocabulary of its n-grams, which is empty, and the description for the manifest.

    Raises:
        UserError: there are too few tweets, or the model was adapted already.
    """
    check_not_adapted(model)
    if len(texts) < FEWEST:
        where = f"at least {FEWEST:,} are needed to estimate the share of positive ones"
        raise UserError(f"{len(texts):,} tweets are too few", where, "give more")
    tokens = model.tokens(texts)
    logits, hidden = model.logits_and_hidden(tokens)
    share = positive_share(with_terms(logits, tokens, Terms(lexicon=True)))
    dense = np.zeros((len(DENSE) + hidden.shape[1], 2))
    dense[DENSE.index("with lexicon")] = -0.5, 0.5
    shift = float(np.log(share / (1 - share)))
    none = np.empty(0)
    head = Head(dense, none.astype(np.int64), none, np.empty((0, 2)), np.array([-shift / 2, shift / 2]))
    text = TextSettings(stopwords="none")
    about = Adaptation(source, len(texts), 2, HEAD, VOCABULARY, text, positive_share=share)
    return head, Vocabulary([PADDING, UNKNOWN], text), about
