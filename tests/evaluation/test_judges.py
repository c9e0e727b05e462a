"""Both judges: which tweets score which model, and that the model alone is scored as everywhere else."""

import numpy as np
import pandas as pd
import pytest

from sentiment140.ensemble.blend import expit
from sentiment140.evaluation import judges
from sentiment140.evaluation.judges import judge, judge_run
from sentiment140.evaluation.metrics import score_column
from sentiment140.evaluation.run_scores import ALONE, DEFAULT, LEXICON
from sentiment140.labels import NEUTRAL, UNLABELED
from sentiment140.text.tokenize import tokenize

WORDS = ["at work :)", "at work :(", "such a great day", "such an awful day"]
POSITIVE = np.array([1, 0, 1, 0])


@pytest.fixture
def tweets():
    """(logits, texts, labels, groups) of tweets that a model without terms scores by chance."""
    logits = np.random.default_rng(0).normal(0, 0.5, 80)
    labels = np.tile(POSITIVE, 20)
    return logits, [WORDS[row % 4] for row in range(80)], labels, np.arange(80) // 2


def value(scores, scoring, metric="accuracy"):
    return scores.scorings[scoring].overall[metric].value


def test_the_model_alone_is_scored_as_without_terms_and_each_term_adds_what_it_knows(tweets):
    logits, texts, labels, groups = tweets
    scores = judge({"m": logits}, tokenize(texts), labels, groups, seed=3)["m"]
    alone = scores.scorings[ALONE]
    expected = score_column(labels, expit(logits), groups, seed=3)
    assert (alone.n, alone.overall, alone.margins) == (80, expected.overall, {})
    assert value(scores, ALONE) < 0.65
    assert value(scores, DEFAULT) > value(scores, ALONE) + 0.1  # the emoticons of every other tweet
    assert value(scores, LEXICON) > value(scores, DEFAULT) + 0.1
    change = scores.scorings[LEXICON].margins["accuracy"]
    assert change.value == pytest.approx(value(scores, LEXICON) - value(scores, ALONE))
    assert 0 < change.low < change.value < change.high
    assert scores.neutral == {}


def test_neutral_tweets_are_scored_apart_and_tweets_without_a_label_not_at_all(tweets):
    logits, texts, labels, groups = tweets
    changed = labels.copy()
    changed[:10], changed[10:12] = NEUTRAL, UNLABELED
    logits[:10] = np.linspace(-1, 3, 10)
    scores = judge({"m": logits}, tokenize(texts), changed, groups, seed=3)["m"]
    assert {found.n for found in scores.scorings.values()} == {68}
    assert {found.n for found in scores.neutral.values()} == {10}
    alone = scores.neutral[ALONE]
    assert alone.positive.value == (logits[:10] >= 0).mean() == 0.7
    assert 0 < alone.positive.low < 0.7 < alone.positive.high
    assert alone.probability == pytest.approx(expit(logits[:10]).mean())
    assert scores.neutral[DEFAULT].probability != pytest.approx(alone.probability)


@pytest.mark.parametrize("label", [1, NEUTRAL, UNLABELED])
def test_tweets_of_one_label_score_nothing(tweets, label):
    logits, texts, _, groups = tweets
    assert judge({"m": logits}, tokenize(texts), np.full(80, label), groups, seed=3) == {}


@pytest.fixture
def tables(tweets):
    """(out-of-fold table, training tweets in another order, unseen tweets) of a run that held tweets out."""
    logits, texts, labels, groups = tweets
    known = {"label": labels, "ensemble": expit(logits), "text_group": groups}
    oof = pd.DataFrame({"id": range(80), **known})
    rows = pd.DataFrame({"id": range(80), "text": texts})[::-1].reset_index(drop=True)
    unseen = pd.DataFrame({"text": texts, **known, "student": expit(-logits)})
    return oof, rows, {"holdout": unseen[:40], "test": unseen[40:].drop(columns="text_group").assign(label=UNLABELED)}


def test_held_out_tweets_are_the_emoticons_judge_and_score_the_student_too(tables):
    oof, rows, unseen = tables
    found = judge_run(oof, rows, unseen, "student", 0)
    assert {model: list(by_judge) for model, by_judge in found.items()} == {
        "ensemble": ["holdout"],
        "student": ["holdout"],
    }
    accuracies = [value(found[model]["holdout"], ALONE) for model in ("ensemble", "student")]
    assert accuracies[0] == pytest.approx(1 - accuracies[1])


def test_without_held_out_tweets_a_sample_of_the_out_of_fold_tweets_scores_the_ensemble(tables, monkeypatch):
    oof, rows, unseen = tables
    unseen = {"holdout": unseen["holdout"][:0], "test": unseen["test"].assign(label=np.tile(POSITIVE, 10))}
    found = judge_run(oof, rows, unseen, "student", 0)
    assert {model: list(by_judge) for model, by_judge in found.items()} == {
        "ensemble": ["hand_labeled", "oof"],
        "student": ["hand_labeled"],
    }
    scores = found["ensemble"]["oof"]
    assert scores.scorings[ALONE].n == 80
    assert value(scores, LEXICON) > value(scores, ALONE) + 0.2  # each tweet has its own text
    monkeypatch.setattr(judges, "_MOST_OOF", 30)
    assert judge_run(oof, rows, unseen, None, 0)["ensemble"]["oof"].scorings[ALONE].n == 30
