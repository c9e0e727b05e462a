"""How well a model agrees with labels of people, with and without each of the terms."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sentiment140.data.labeled import LabeledTweets
from sentiment140.ensemble.blend import expit
from sentiment140.evaluation.classes import ClassScores, score_classes
from sentiment140.evaluation.judges import SCORINGS
from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import ALONE, DEFAULT, LEXICON
from sentiment140.evidence.lexicon import lexicon_polarity
from sentiment140.evidence.terms import Terms, Weights, with_terms
from sentiment140.evidence.three_labels import three_logits
from sentiment140.labels import CLASSES, NEUTRAL
from sentiment140.report.tables import difference, number_with_interval, percent, points
from sentiment140.text.tokenize import Tokens

ABLATION: Mapping[str, Terms] = {
    ALONE: SCORINGS[ALONE],
    "with emoji": Terms(emoji=True, emoticons=False),
    "with emoticons": Terms(emoji=False, emoticons=True),
    DEFAULT: SCORINGS[DEFAULT],
    f"{LEXICON}, without emoji and emoticons": Terms(emoji=False, emoticons=False, lexicon=True),
    LEXICON: SCORINGS[LEXICON],
}
"""The combinations of terms that the ablation scores: those of `SCORINGS`, and parts of them."""
_SEED = 0


def ablation(logits: np.ndarray, tokens: Tokens, tweets: LabeledTweets, weights: Weights) -> pd.DataFrame:
    """Score each combination of terms, and the lexicon without the model.

    Args:
        logits: float [tweets], the model's logits of positive.
        tokens: the tokens of the tweets.
        tweets: the tweets, none of them neutral.
        weights: the weights of the terms.

    Returns:
        One row per combination: its name, `n`, accuracy in percent, ROC AUC, log loss, and the changes of accuracy and
        ROC AUC against the model alone, each with its 95 % interval over tweets as a text.
    """
    columns = {name: expit(with_terms(logits, tokens, terms, weights)) for name, terms in ABLATION.items()}
    columns["lexicon without model"] = expit(weights.lexicon * lexicon_polarity(tokens))
    scores = score_columns(tweets.labels, columns, tweets.groups, _SEED, reference=ALONE)
    return pd.DataFrame(
        {
            "scoring": name,
            "n": found.n,
            "accuracy, %": percent(found.overall["accuracy"]),
            "change, points": points(found.margins["accuracy"]) if found.margins else "",
            "ROC AUC": number_with_interval(found.overall["roc_auc"]),
            "change": difference(found.margins["roc_auc"]) if found.margins else "",
            "log loss": number_with_interval(found.overall["log_loss"]),
        }
        for name, found in scores.items()
    )


def classes_of(labels: np.ndarray) -> np.ndarray:
    """Number the labels by class: 0 negative, 1 neutral, 2 positive."""
    return np.where(labels == NEUTRAL, 1, 2 * labels)


def three_label_scores(logits: np.ndarray, tokens: Tokens, tweets: LabeledTweets, weights: Weights) -> pd.DataFrame:
    """Score three labels: by two thresholds of the model alone, by those of the lexicon, and with all terms.

    The thresholds are those of VADER's authors for its compound score, and for the model the probabilities 1/3 and 2/3.

    Args:
        logits: float [tweets], the model's logits of positive.
        tokens: the tokens of the tweets.
        tweets: the tweets, some of them neutral.
        weights: the weights of three labels.

    Returns:
        One row per way to classify, with macro recall, accuracy and the recall of each class in percent.
    """
    lexicon = lexicon_polarity(tokens)
    predicted = {
        "model alone, thresholds 1/3 and 2/3": 1 + (logits > np.log(2)).astype(int) - (logits < -np.log(2)),
        "lexicon without model, thresholds -0.05 and 0.05": 1 + (lexicon >= 0.05).astype(int) - (lexicon <= -0.05),
        "--labels 3": three_logits(logits, tokens, Terms(), weights).argmax(axis=1),
    }
    return class_table(score_classes(classes_of(tweets.labels), predicted, tweets.groups, _SEED))


def class_table(scores: Mapping[str, ClassScores]) -> pd.DataFrame:
    """Make a table of scores of classes, in percent with 95 % intervals."""
    return pd.DataFrame(
        {
            "scoring": name,
            "n": found.n,
            "macro recall, %": percent(found.macro_recall),
            "change, points": points(found.gain) if found.gain else "",
            "accuracy, %": percent(found.accuracy),
            **{
                f"recall of {of_class}, %": percent(recall)
                for of_class, recall in zip(CLASSES[len(found.recalls)], found.recalls, strict=True)
            },
        }
        for name, found in scores.items()
    )
