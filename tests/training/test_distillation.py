import numpy as np
import pytest

from sentiment140.data.arrays import HOLDOUT, TEST
from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.distillation import distillation_data, fit_student

TEXT = TextSettings(stopwords="none", minimum_count=1, max_length=4, bucket=4)
FIT = FitSettings(epochs=4, minimum_steps=1, batch_size=32, learning_rate=0.05)
STUDENT = Member(
    "student", "cnn", {"filters": 4, "kernel_sizes": (2,)}, TEXT, VectorSettings("random.8d", trainable=True), FIT
)
KEYS = {TEST: np.array([7, 3]), HOLDOUT: np.array([11, 12, 10])}


@pytest.fixture(scope="module")
def data():
    """400 training tweets of one word each, "rather" with the target 0.7 and "hardly" with 0.2, and unseen tweets."""
    unseen = ["rather", "hardly", "hardly", "rather", "hardly"]
    tokens = tokenize(["rather", "hardly"] * 200 + unseen)
    return distillation_data(tokens, Vocabulary.build(tokens, TEXT), np.tile([0.7, 0.2], 200), KEYS, seed=0)


def test_training_and_unseen_tweets_are_told_apart(data):
    rather, hardly = data.tweets.flat[:2].tolist()
    assert data.tweets.flat.tolist() == [rather, hardly] * 200
    assert {part: keys.tolist() for part, (keys, _) in data.unseen.items()} == {TEST: [7, 3], HOLDOUT: [11, 12, 10]}
    assert data.unseen[TEST][1].flat.tolist() == [rather, hardly]
    assert data.unseen[HOLDOUT][1].flat.tolist() == [hardly, rather, hardly]


def test_the_student_learns_the_probabilities_and_not_only_the_classes(data):
    result = fit_student(data, STUDENT)
    expected = {TEST: {7: 0.7, 3: 0.2}, HOLDOUT: {11: 0.2, 12: 0.7, 10: 0.2}}
    for part, probability_of in expected.items():
        assert dict(result.unseen[part].tolist()) == pytest.approx(probability_of, abs=0.03)
    assert len(result.validation) == 0
