from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sentiment140.executors.local import Local
from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.tokenise import tokenise
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.preparation import _times
from sentiment140.training.splits import WAYS, _tasks, three_ways
from sentiment140.training.unit import TrainingData

TEXT = TextSettings(stopwords="none", minimum_count=1)
MEMBER = Member("linear", "tfidf_logistic", {"minimum_tweets": 1, "C": 1.0, "ngrams": 1}, TEXT)


@pytest.fixture(scope="module")
def rows():
    """600 tweets of 60 users, an hour apart; a third have no time; some texts have copies."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 600)
    words = [("good", "fine", "happy") if label else ("bad", "sad", "awful") for label in labels]
    texts = [f"{random.choice(chosen)} day {random.integers(0, 400)} w{row % 550}" for row, chosen in enumerate(words)]
    times = pd.Series(pd.date_range("2009-04-06", periods=600, freq="h")[random.permutation(600)])
    times[::3] = pd.NaT
    users = [user if row % 3 else -1 for row, user in enumerate(random.integers(0, 60, 600))]
    table = pd.DataFrame({"label": labels, "text_group": np.arange(600) % 550, "user": users, "time": times})
    return table.assign(text=texts)


def data_of(rows):
    tokens = tokenise(rows["text"])
    ids = Vocabulary.build(tokens, TEXT).encode(tokens)
    labels = rows["label"].to_numpy(np.int8)
    return TrainingData(labels, np.zeros(len(rows), np.int8), {TEXT: ids}, {TEXT: ids.take(np.arange(0))}, {})


def test_the_same_tweets_are_predicted_in_all_three_ways(rows):
    found = three_ways(data_of(rows), rows, MEMBER, 3, 0, Local())
    assert list(found.columns) == ["row", *WAYS]
    assert found["row"].is_unique
    assert found[list(WAYS)].notna().all(axis=None)
    known = rows[rows["time"].notna()]
    assert len(found) == pytest.approx(0.2 * len(known), abs=5)
    labels = rows["label"].to_numpy()[found["row"]]
    assert all(((found[way] >= 0.5) == labels).mean() > 0.9 for way in WAYS)


def test_a_reference_with_fitted_vectors_has_them_fitted_without_the_tweets_it_predicts(rows):
    source = "word2vec.6d"
    member = Member(
        "a",
        "conv_lstm",
        {"filters": 4, "units": 4, "pool_size": 2},
        TEXT,
        VectorSettings(source),
        FitSettings(epochs=1),
    )
    data = data_of(rows)
    matrix = random_matrix(int(data.train_ids[TEXT].flat.max()) + 1, 6, 0)
    found = three_ways(replace(data, matrices={(TEXT, source): matrix}), rows, member, 3, 0, Local())
    assert found[list(WAYS)].notna().all(axis=None)


def test_nothing_that_is_predicted_was_trained_on(rows):
    tasks, test = _tasks(rows, MEMBER, 3, 0)
    assert {task.way for task in tasks} == set(WAYS)
    for task in tasks:
        train, validation = rows.iloc[task.train], rows.iloc[task.validation]
        assert set(task.validation) <= set(test)
        assert not set(train["text_group"]) & set(validation["text_group"])
        assert train["time"].notna().all()
        if task.way == "user":
            assert not set(train["user"]) & set(validation["user"])
        if task.way == "time":
            assert train["time"].max() <= validation["time"].min()
    for way in WAYS:
        predicted = np.concatenate([task.validation for task in tasks if task.way == way])
        assert sorted(predicted) == sorted(test)


def test_tweets_after_the_last_one_of_a_label_are_left_out(rows):
    late = rows.assign(label=np.where(rows["time"] > rows["time"].quantile(0.7), 0, rows["label"]))
    _, test = _tasks(late, MEMBER, 3, 0)
    assert late["label"].iloc[test].nunique() == 2


@pytest.mark.parametrize("column", ["time", "user"])
def test_without_users_or_times_there_is_nothing_to_tell(rows, column):
    unknown = rows.assign(**{column: pd.NaT if column == "time" else -1})
    assert three_ways(data_of(rows), unknown, MEMBER, 3, 0, Local()) is None


def test_fewer_users_than_folds_tell_nothing(rows):
    assert three_ways(data_of(rows), rows.assign(user=0), MEMBER, 3, 0, Local()) is None


def test_dates_of_the_published_file_are_read_and_others_are_unknown():
    found = _times(pd.Series(["Mon Apr 06 22:19:45 PDT 2009", "", "yesterday", "Mon Jun 01 00:00:00 UTC 2009"]))
    assert found[0] == pd.Timestamp("2009-04-06 22:19:45")
    assert found.isna().tolist() == [False, True, True, False]
