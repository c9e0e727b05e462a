"""How well a model agrees with labels of people, with and without each of the terms."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sentiment140.ensemble.blend import expit
from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import Estimate
from sentiment140.evidence.terms import Terms, Weights, with_terms
from sentiment140.people.labeled import LabeledTweets
from sentiment140.text.tokenize import Tokens

BARE = Terms(emoji=False, emoticons=False, lexicon=False)
VARIANTS: Mapping[str, Terms] = {
    "model alone": BARE,
    "with emoji": Terms(emoji=True, emoticons=False, lexicon=False),
    "with emoticons": Terms(emoji=False, emoticons=True, lexicon=False),
    "with emoji and emoticons": Terms(emoji=True, emoticons=True, lexicon=False),
    "with lexicon": Terms(emoji=False, emoticons=False, lexicon=True),
    "with all": Terms(emoji=True, emoticons=True, lexicon=True),
}
_SEED = 0


def ablation(logits: np.ndarray, tokens: Tokens, tweets: LabeledTweets, weights: Weights | None = None) -> pd.DataFrame:
    """Score each combination of terms.

    Args:
        logits: float [tweets], the model's logits of positive.
        tokens: the tokens of the tweets.
        tweets: the tweets, none of them neutral.
        weights: None for those of the package.

    Returns:
        One row per combination: its name, `n`, accuracy in percent, ROC AUC, log loss, and the changes of accuracy and
        ROC AUC against the model alone, each with its 95 % interval over tweets as a text.
    """
    columns = {name: expit(with_terms(logits, tokens, terms, weights)) for name, terms in VARIANTS.items()}
    reference = next(iter(VARIANTS))
    scores = score_columns(tweets.labels, columns, tweets.groups, _SEED, reference=reference)
    rows = []
    for name, found in scores.items():
        overall, margins = found.overall, found.margins
        rows.append(
            {
                "scoring": name,
                "n": found.n,
                "accuracy, %": _shown(overall["accuracy"], 2, 100),
                "change, points": _shown(margins["accuracy"], 2, 100) if margins else "",
                "ROC AUC": _shown(overall["roc_auc"], 4),
                "change": _shown(margins["roc_auc"], 4) if margins else "",
                "log loss": _shown(overall["log_loss"], 3),
            }
        )
    return pd.DataFrame(rows)


def _shown(estimate: Estimate, digits: int, factor: int = 1) -> str:
    value, low, high = (f"{factor * (part or 0):.{digits}f}" for part in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}, {high}]"
