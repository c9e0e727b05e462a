import numpy as np
import pandas as pd
import pytest

from sentiment140.breakdown import by_slice, calibration, duplicates, label_slices, surest_mistakes
from sentiment140.scores import metrics


@pytest.fixture
def tweets():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 4000)
    odds = (2 * labels - 1) * 1.0 + random.normal(0, 1.4, 4000)
    return labels, 1 / (1 + np.exp(-3 * odds)), random.integers(0, 5, 4000), np.arange(4000)


def test_a_slice_is_scored_on_its_own_tweets(tweets):
    labels, probability, _, groups = tweets
    inside = np.arange(4000) < 300
    found = by_slice(labels, {"model": probability}, groups, {"first": inside, "none": groups < 0}, 0)
    assert list(found) == ["first"]
    expected = metrics(labels[:300], probability[:300])["accuracy"]
    assert found["first"]["model"]["accuracy"]["value"] == pytest.approx(expected)
    assert found["first"]["model"]["accuracy"]["low"] < expected < found["first"]["model"]["accuracy"]["high"]
    assert (found["first"]["n"], found["first"]["positives"]) == (300, labels[:300].mean())


def test_copies_and_contradicted_labels_are_counted():
    labels, groups = np.array([1, 1, 0, 0, 1, 0]), np.array([0, 0, 0, 1, 2, 2])
    found = duplicates(labels, groups)
    assert found == {
        "tweets": 6,
        "texts": 3,
        "copied_tweets": 5,
        "largest": 3,
        "contradicted_tweets": 5,
        "ceiling": pytest.approx(4 / 6),
    }
    slices = label_slices(labels, groups)
    assert slices["text comes once"].tolist() == [False, False, False, True, False, False]
    assert slices["label contradicted by a copy"].tolist() == [True, True, True, False, True, True]
    assert (slices["text has copies"] != slices["text comes once"]).all()


def test_calibration_mends_probabilities_that_are_too_sure_and_no_fold_sees_itself(tweets):
    labels, probability, folds, groups = tweets
    found = calibration(labels, {"model": probability}, folds, groups, 0)["model"]
    assert found["before"]["calibration_error"]["value"] > 0.1
    assert found["after"]["calibration_error"]["value"] < 0.03
    assert found["after"]["log_loss"]["value"] < found["before"]["log_loss"]["value"]
    flipped = np.where(folds == 0, 1 - labels, labels)
    other = calibration(flipped, {"model": probability}, folds, groups, 0)["model"]
    assert found["after"]["log_loss"]["value"] != other["after"]["log_loss"]["value"]


def test_the_surest_mistakes_come_first_and_one_a_text():
    rows = pd.DataFrame(
        {"id": range(5), "label": [0, 0, 1, 1, 0], "text_group": [0, 0, 1, 2, 3], "text": ["a", "a", "b", "c", "d"]}
    )
    found = surest_mistakes(rows, np.array([0.99, 0.98, 0.1, 0.7, 0.3]), count=2)
    assert found["text"].tolist() == ["a", "b"]
    assert found["probability"].tolist() == [0.99, 0.1]
