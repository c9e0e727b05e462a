import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, recall_score

from sentiment140.evaluation.classes import score_classes

GENERATOR = np.random.default_rng(0)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 3), st.integers(30, 200), st.integers(0, 2**32 - 1))
def test_scores_are_those_of_scikit_learn(count, size, seed):
    generator = np.random.default_rng(seed)
    expected = np.concatenate([np.arange(count), generator.integers(0, count, size)])
    predicted = generator.integers(0, count, len(expected))
    scores = score_classes(expected, {"ours": predicted}, np.arange(len(expected)), seed=0)["ours"]
    assert scores.macro_recall.value == pytest.approx(recall_score(expected, predicted, average="macro"))
    assert scores.accuracy.value == pytest.approx(accuracy_score(expected, predicted))
    recalls = recall_score(expected, predicted, average=None)
    assert [recall.value for recall in scores.recalls] == pytest.approx(recalls)
    assert scores.n == len(expected)
    assert scores.gain is None


def test_the_interval_of_a_gain_is_that_of_the_paired_difference():
    expected = GENERATOR.integers(0, 3, 2000)
    predicted = np.where(GENERATOR.random(2000) < 0.6, expected, GENERATOR.integers(0, 3, 2000))
    better = np.where(GENERATOR.random(2000) < 0.05, expected, predicted)
    scores = score_classes(expected, {"before": predicted, "after": better}, np.arange(2000), seed=0)
    before, after, gain = scores["before"].macro_recall, scores["after"].macro_recall, scores["after"].gain
    assert gain.value == pytest.approx(after.value - before.value)
    assert 0 < gain.low < gain.value < gain.high
    assert gain.high - gain.low < (after.high - after.low) / 2  # both are scored on the same tweets


def test_copies_are_drawn_together():
    expected = GENERATOR.integers(0, 2, 300)
    predicted = np.where(GENERATOR.random(300) < 0.8, expected, 1 - expected)
    single = score_classes(expected, {"": predicted}, np.arange(300), seed=0)[""].accuracy
    copied = score_classes(
        np.repeat(expected, 10), {"": np.repeat(predicted, 10)}, np.repeat(np.arange(300), 10), seed=0
    )
    widths = [of.high - of.low for of in (single, copied[""].accuracy)]
    assert widths[0] == pytest.approx(widths[1], rel=0.01)  # ten copies say no more than one
