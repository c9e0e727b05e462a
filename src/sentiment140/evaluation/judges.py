"""Two judges: how the models that score new tweets agree with emoticons and with people, alone and with terms."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sentiment140.data.arrays import HOLDOUT, TEST
from sentiment140.ensemble.blend import ENSEMBLE, expit, logit
from sentiment140.evaluation.metrics import score_column, score_columns
from sentiment140.evaluation.run_scores import ALONE, DEFAULT, LEXICON, JudgeScores, NeutralScores
from sentiment140.evidence.terms import Terms, with_terms
from sentiment140.labels import NEUTRAL
from sentiment140.text.tokenize import Tokens, tokenize

SCORINGS: Mapping[str, Terms] = {
    ALONE: Terms(emoji=False, emoticons=False, lexicon=False),
    DEFAULT: Terms(),
    LEXICON: Terms(lexicon=True),
}
"""The ways of scoring that have a name: what may be added to a model's logit. Nothing of it is fitted here."""
_MOST_OOF = 100_000  # out-of-fold tweets: their interval is 0.4 points wide, and all tweets would take minutes


def judge(
    logits: Mapping[str, np.ndarray], tokens: Tokens, labels: np.ndarray, groups: np.ndarray, seed: int
) -> dict[str, JudgeScores]:
    """Score models on the tweets of one judge, alone and with terms.

    Args:
        logits: float [tweets], the calibrated logits of positive, by model.
        tokens: the tokens of the tweets.
        labels: int [tweets], 0, 1 or `NEUTRAL`; a tweet with another label is left out.
        groups: int [tweets], equal for copies of a text.
        seed: random seed of the intervals.

    Returns:
        Scores by model; none unless both 0 and 1 occur among the labels.
    """
    polar, neutral = labels >= 0, labels == NEUTRAL
    if len(np.unique(labels[polar])) < 2:
        return {}

    def scores_of(model: str) -> JudgeScores:
        columns = {name: expit(with_terms(logits[model], tokens, terms)) for name, terms in SCORINGS.items()}
        scored = score_columns(
            labels[polar], {name: found[polar] for name, found in columns.items()}, groups[polar], seed, reference=ALONE
        )
        if not neutral.any():
            return JudgeScores(scored)
        of_neutral = {name: _neutral(found[neutral], groups[neutral], seed) for name, found in columns.items()}
        return JudgeScores(scored, of_neutral)

    return {model: scores_of(model) for model in logits}


def judge_run(
    oof: pd.DataFrame, rows: pd.DataFrame, unseen: Mapping[str, pd.DataFrame], student: str | None, seed: int
) -> dict[str, dict[str, JudgeScores]]:
    """Score the ensemble and the student by emoticons and by people.

    The labels of emoticons are those of the held-out tweets. Without any, the ensemble is scored on out-of-fold tweets,
    100,000 at most; the student has seen these.

    Args:
        oof: `id`, `label`, `text_group` and the column of the ensemble, one row per training tweet.
        rows: `id` and `text` of the training tweets.
        unseen: tables of the test tweets and of the held-out tweets: `label`, `text`, the column of the ensemble and of
            the student, and `text_group` of held-out tweets.
        student: the name of the student's column; None without one.
        seed: random seed of the sample and the intervals.

    Returns:
        Scores by model, then by the key of the judge in `run_scores.JUDGES`.
    """
    test = unseen[TEST].assign(text_group=np.arange(len(unseen[TEST])))
    tables = {"holdout": unseen[HOLDOUT], "hand_labeled": test}
    if not len(unseen[HOLDOUT]):
        sample = oof.sample(min(len(oof), _MOST_OOF), random_state=seed)
        tables = {"hand_labeled": test, "oof": sample.merge(rows[["id", "text"]], on="id", validate="one_to_one")}
    models = [ENSEMBLE, *([student] if student else [])]
    found: dict[str, dict[str, JudgeScores]] = {}
    for name, table in tables.items():
        logits = {model: logit(table[model].to_numpy()) for model in models if model in table}
        columns = (table["label"].to_numpy(), table["text_group"].to_numpy())
        for model, scores in judge(logits, tokenize(table["text"]), *columns, seed).items():
            found.setdefault(model, {})[name] = scores
    return found


def _neutral(probability: np.ndarray, groups: np.ndarray, seed: int) -> NeutralScores:
    # The share that is called positive is the accuracy for tweets that all are positive.
    called = score_column(np.ones(len(probability)), probability, groups, seed).overall["accuracy"]
    return NeutralScores(len(probability), called, float(probability.mean()))
