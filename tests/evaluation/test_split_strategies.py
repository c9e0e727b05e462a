from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sentiment140.data.arrays import UNSEEN, TrainingData
from sentiment140.data.prepare import _times
from sentiment140.evaluation.split_strategies import STRATEGIES, _plan_tasks, split_strategies
from sentiment140.executors.local import Local
from sentiment140.experiment import FitSettings, Member, TextSettings, VectorSettings
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.word_vectors import fit_vectors

TEXT = TextSettings(stopwords="none", minimum_count=1)
MEMBER = Member("linear", "tfidf_logistic", {"minimum_tweets": 1, "C": 1.0, "ngrams": 1}, TEXT)


@pytest.fixture(scope="module")
def rows():
    """600 tweets of 60 users, one hour apart; a third have neither user nor time, and some texts have copies."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 600)
    words = [("good", "fine", "happy") if label else ("bad", "sad", "awful") for label in labels]
    texts = [f"{random.choice(chosen)} day {random.integers(0, 400)} w{row % 550}" for row, chosen in enumerate(words)]
    times = pd.Series(pd.date_range("2009-04-06", periods=600, freq="h")[random.permutation(600)])
    times[::3] = pd.NaT  # type: ignore[call-overload]
    users = [user if row % 3 else -1 for row, user in enumerate(random.integers(0, 60, 600))]
    groups = np.arange(600) % 550
    ids = 10_000 - 3 * np.arange(600)  # in another order than the rows
    return pd.DataFrame({"id": ids, "label": labels, "text_group": groups, "user": users, "time": times, "text": texts})


def data_of(rows, text=TEXT):
    tokens = tokenize(rows["text"])
    ids = Vocabulary.build(tokens, text).encode(tokens)
    none = np.arange(0)
    return TrainingData(
        keys=rows["id"].to_numpy(),
        labels=rows["label"].to_numpy(np.int8),
        folds=np.zeros(len(rows), np.int8),
        train_ids={text: ids},
        unseen_keys=dict.fromkeys(UNSEEN, none),
        unseen_ids={part: {text: ids.take(none)} for part in UNSEEN},
        matrices={},
    )


def test_the_same_tweets_are_predicted_under_every_strategy(rows):
    found = split_strategies(data_of(rows), rows, MEMBER, 3, 0, Local())
    assert list(found.columns) == ["id", *STRATEGIES]
    assert found["id"].is_unique
    assert found["id"].isin(rows["id"]).all()
    assert found[list(STRATEGIES)].notna().all(axis=None)
    known = rows[rows["time"].notna()]
    assert len(found) == pytest.approx(0.2 * len(known), abs=5)
    labels = rows.set_index("id")["label"][found["id"]].to_numpy()
    assert all(((found[strategy] >= 0.5) == labels).mean() > 0.9 for strategy in STRATEGIES)


# one padded width: Keras traces the model once
ONE_WIDTH, SOURCE = replace(TEXT, bucket=TEXT.max_length), "word2vec.6d"
FITTED = Member(
    "a",
    "cnn",
    {"filters": 4, "kernel_sizes": (2,)},
    ONE_WIDTH,
    VectorSettings(SOURCE),
    FitSettings(epochs=1, minimum_steps=1),
)


@pytest.fixture(scope="module")
def data_with_vectors(rows):
    data = data_of(rows, ONE_WIDTH)
    matrix = random_matrix(int(data.train_ids[ONE_WIDTH].flat.max()) + 1, 6, 0)
    return replace(data, matrices={(ONE_WIDTH, SOURCE): matrix})


def test_word_vectors_are_fitted_without_the_tweets_that_are_predicted(rows, data_with_vectors, monkeypatch):
    fitted_on = []

    def fit(part, task):
        fitted_on.append((set(part.keys[part.folds != task.fold]), set(part.keys[part.folds == task.fold])))
        return fit_vectors(part, task)

    monkeypatch.setattr("sentiment140.evaluation.split_strategies.fit_vectors", fit)
    found = split_strategies(data_with_vectors, rows, FITTED, 2, 0, Local())
    assert found[list(STRATEGIES)].notna().all(axis=None)
    assert len(fitted_on) == 5  # two by user, two at random, one by time
    assert all(train and validation and not train & validation for train, validation in fitted_on)


class OnlyByTime(Local):
    def run(self, function, tasks, shared, watch=None):
        return super().run(function, [task for task in tasks if task.strategy == "time"], shared, watch)


@pytest.mark.parametrize("member", [FITTED, replace(MEMBER, text=ONE_WIDTH)], ids=lambda member: member.architecture)
def test_other_predicted_tweets_do_not_influence_a_prediction(rows, data_with_vectors, member):
    """Neither their texts nor their labels: one epoch is never stopped early."""
    before = split_strategies(data_with_vectors, rows, member, 2, 0, OnlyByTime())
    is_changed = rows["id"].isin(before["id"][::2]).to_numpy()
    order = np.where(is_changed, 0, np.arange(len(rows)))  # they become copies of the first tweet
    ids, labels = data_with_vectors.train_ids[ONE_WIDTH].take(order), data_with_vectors.labels
    flipped = np.where(is_changed, 1 - labels, labels).astype(np.int8)
    changed = replace(data_with_vectors, train_ids={ONE_WIDTH: ids}, labels=flipped)
    after = split_strategies(changed, rows, member, 2, 0, OnlyByTime())
    assert after["id"].tolist() == before["id"].tolist()
    assert after["time"][1::2].tolist() == before["time"][1::2].tolist()
    assert after["time"][::2].tolist() != before["time"][::2].tolist()


def test_no_model_is_trained_on_a_tweet_that_it_predicts_or_a_copy_of_it(rows):
    tasks, test = _plan_tasks(rows, MEMBER, 3, 0)
    assert {task.strategy for task in tasks} == set(STRATEGIES)
    for task in tasks:
        train, validation = rows.iloc[task.train], rows.iloc[task.validation]
        assert set(task.validation) <= set(test)
        assert not set(train["text_group"]) & set(validation["text_group"])
        assert train["time"].notna().all()
        if task.strategy == "user":
            assert not set(train["user"]) & set(validation["user"])
        if task.strategy == "time":
            assert train["time"].max() <= validation["time"].min()
    for strategy in STRATEGIES:
        predicted = np.concatenate([task.validation for task in tasks if task.strategy == strategy])
        assert sorted(predicted) == sorted(test)


def test_tweets_after_the_last_one_of_either_label_are_left_out(rows):
    late = rows.assign(label=np.where(rows["time"] > rows["time"].quantile(0.7), 0, rows["label"]))
    _, test = _plan_tasks(late, MEMBER, 3, 0)
    assert late["label"].iloc[test].nunique() == 2


@pytest.mark.parametrize("column", ["time", "user"])
def test_the_result_is_none_without_users_or_times(rows, column):
    unknown = rows.assign(**{column: pd.NaT if column == "time" else -1})
    assert split_strategies(data_of(rows), unknown, MEMBER, 3, 0, Local()) is None


def test_the_result_is_none_with_fewer_users_than_folds(rows):
    assert split_strategies(data_of(rows), rows.assign(user=0), MEMBER, 3, 0, Local()) is None


def test_dates_of_the_published_file_are_parsed_and_others_are_unknown():
    found = _times(pd.Series(["Mon Apr 06 22:19:45 PDT 2009", "", "yesterday", "Mon Jun 01 00:00:00 UTC 2009"]))
    assert found[0] == pd.Timestamp("2009-04-06 22:19:45")
    assert found.isna().tolist() == [False, True, True, False]
