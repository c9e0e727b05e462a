"""From files to arrays: sampling, copies of test tweets, and held-out tweets."""

import csv
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sentiment140.data.arrays import HOLDOUT, TEST
from sentiment140.data.files import DataFile
from sentiment140.data.prepare import prepare, read
from sentiment140.data.search import locate_tweets
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE
from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, Member, TextSettings, VectorSettings
from sentiment140.labels import NEUTRAL, UNLABELED

MEMBER = Member("linear", "tfidf_logistic", {}, TextSettings(stopwords="none", minimum_count=1))
EXPERIMENT = Experiment("p", 0, 2, 0, "mean", "linear", ("linear",), (MEMBER,))


@pytest.fixture
def tweets_of(tmp_path):
    def read_rows(train: list[tuple[int, str]], test: Sequence[tuple[int, str]] = (), limit: int = 0, seed: int = 0):
        for name, rows in ((TRAIN_FILE, train), (TEST_FILE, test)):
            with (tmp_path / name).open("w", encoding="latin-1", newline="") as file:
                csv.writer(file).writerows(
                    [label, number, "", "NO_QUERY", "me", text] for number, (label, text) in enumerate(rows)
                )
        if not test:
            (tmp_path / TEST_FILE).unlink()
        return read(locate_tweets(tmp_path), limit, seed)

    return read_rows


def rows_of(count: int) -> list[tuple[int, str]]:
    return [
        (4 * (number * 2 >= count), f"word{chr(97 + number % 26)}{chr(97 + number // 26)}") for number in range(count)
    ]


def test_a_sample_is_stratified_and_random(tweets_of):
    sample = tweets_of(rows_of(200), limit=50).train
    assert sample["label"].sum() == 25
    assert sample["id"].is_monotonic_increasing
    assert sample["id"].tolist() != list(range(50))


@pytest.mark.parametrize("limit", [0, 20, 19, 21])
def test_a_limit_of_about_all_tweets_or_more_keeps_about_all(tweets_of, limit):
    assert len(tweets_of(rows_of(20), limit=limit).train) in (19, 20)


def test_a_sample_of_one_tweet_is_refused(tweets_of):
    with pytest.raises(UserError, match="--limit 1"):
        tweets_of(rows_of(20), limit=1)


def test_the_seed_decides_which_tweets_are_sampled_and_held_out_and_in_which_fold_they_are(tweets_of):
    def drawn(seed):
        sample = tweets_of(rows_of(200), limit=100, seed=seed).train
        prepared = prepare(tweets_of(rows_of(200)), {}, replace(EXPERIMENT, holdout=0.3, seed=seed))
        folds = prepare(tweets_of(rows_of(200)), {}, replace(EXPERIMENT, seed=seed)).data.folds
        return sample["id"].tolist(), prepared.holdout["id"].tolist(), folds.tolist()

    assert drawn(1) == drawn(1)
    assert all(one != other for one, other in zip(drawn(1), drawn(2), strict=True))


def test_copies_of_a_text_are_in_one_fold_and_one_text_group(tweets_of):
    rows = rows_of(100)
    prepared = prepare(tweets_of([*rows, *((label, f"@me {text.upper()}!") for label, text in rows)]), {}, EXPERIMENT)
    for column in ("fold", "text_group"):
        values = prepared.rows.set_index("id")[column]
        assert values[:100].tolist() == values[100:].tolist()
    assert prepared.rows["text_group"].nunique() == 100


def test_training_tweets_that_are_copies_of_test_tweets_are_dropped_and_counted(tweets_of):
    train = [*rows_of(20), (0, "I HATE mondays!!"), (4, "@you i hate mondays http://a.b/c")]
    prepared = prepare(tweets_of(train, [(0, "i hate mondays"), (4, "unseen")]), {}, EXPERIMENT)
    assert prepared.copies_of_test == 2
    assert prepared.rows["id"].tolist() == list(range(20))
    assert len(prepared.data.labels) == len(prepared.data.folds) == len(prepared.data.train_ids[MEMBER.text]) == 20
    assert (
        "mondays" not in prepared.vocabularies[MEMBER.text].ids
    )  # the vocabulary is built on the training tweets only
    assert len(prepared.data.unseen_ids[TEST][MEMBER.text]) == 2
    assert prepared.data.unseen_keys[TEST].tolist() == [0, 1]
    assert np.bincount(prepared.data.folds).tolist() == [10, 10]


def test_without_test_tweets_no_training_tweet_is_dropped(tweets_of):
    prepared = prepare(tweets_of(rows_of(20)), {}, EXPERIMENT)
    assert prepared.copies_of_test == 0
    assert len(prepared.data.unseen_ids[TEST][MEMBER.text]) == 0


SEMEVAL = """split,label,text
2016test,positive,so unseen
2016test,neutral,"@ann WORDAA, http://a.b/c"
2016test,neutral,at school
2016dev,negative,of another split
"""


def test_tweets_of_semeval_score_if_the_weights_and_models_did_not_see_them(tweets_of, tmp_path):
    def prepared(content=None):
        if content is not None:
            (tmp_path / "semeval.csv").write_text(content)
        tweets_of(rows_of(20))
        tweets = read(replace(locate_tweets(tmp_path), semeval=content and tmp_path / "semeval.csv"), 0, 0)
        return tweets, prepare(tweets, {}, replace(EXPERIMENT, holdout=0.3))

    tweets, with_file = prepared(SEMEVAL)
    assert tweets.notices == []
    assert with_file.semeval["text"].tolist() == ["so unseen", "at school"]  # word aa is a training tweet
    assert with_file.semeval["label"].tolist() == [1, NEUTRAL]
    tweets, without = prepared()
    assert (tweets.notices, len(without.semeval)) == ([], 0)
    for name in ("rows", "holdout"):  # the file changes nothing else
        assert getattr(with_file, name).equals(getattr(without, name))
    assert with_file.copies_of_test == 0
    assert "unseen" not in with_file.vocabularies[MEMBER.text].ids
    tweets, other = prepared("a,b\n1,2\n")
    assert tweets.notices[0].startswith("no scores on SemEval's tweets: the file has no column split")
    assert len(other.semeval) == 0


def test_held_out_tweets_and_their_copies_are_in_no_fold_and_in_no_vocabulary(tweets_of):
    rows, texts = rows_of(100), [text for _, text in rows_of(100)]
    tweets = tweets_of([*rows, *((label, f"@me {text.upper()}!") for label, text in rows)], [(0, "new")])
    prepared = prepare(tweets, {}, replace(EXPERIMENT, holdout=0.3))
    inside, held_out = set(prepared.rows["id"]), set(prepared.holdout["id"])
    assert 20 < len(held_out) / 2 < 40
    assert sorted([*inside, *held_out]) == list(range(200))
    assert {number % 100 for number in inside} & {number % 100 for number in held_out} == set()
    assert not {texts[number % 100] for number in held_out} & set(prepared.vocabularies[MEMBER.text].ids)
    assert len(prepared.data.unseen_ids[TEST][MEMBER.text]) == 1
    assert len(prepared.data.unseen_ids[HOLDOUT][MEMBER.text]) == len(held_out)
    assert prepared.data.unseen_keys[HOLDOUT].tolist() == prepared.holdout["id"].tolist()
    assert prepared.data.keys.tolist() == prepared.rows["id"].tolist()
    assert (prepared.holdout.groupby("text_group").size() == 2).all()


def test_nothing_is_held_out_by_default(tweets_of):
    assert prepare(tweets_of(rows_of(20)), {}, EXPERIMENT).holdout.empty


def test_more_folds_than_texts_are_a_user_error(tweets_of):
    with pytest.raises(UserError, match="2 folds"):
        prepare(tweets_of([(0, "a"), (4, "b"), (4, "c")]), {}, EXPERIMENT)


def test_the_fingerprint_changes_with_any_label_or_text(tweets_of):
    rows, test = rows_of(20), [(0, "unseen")]
    first = tweets_of(rows, test).fingerprints
    assert tweets_of(rows, test).fingerprints == first
    for other in ([(4, rows[0][1]), *rows[1:]], [(0, "other"), *rows[1:]]):
        changed = tweets_of(other, test).fingerprints
        assert changed["tweets"] != first["tweets"]
        assert changed["test_tweets"] == first["test_tweets"]
    for other_test in ([(4, "unseen")], [(0, "other")], []):
        changed = tweets_of(rows, other_test).fingerprints
        assert changed["tweets"] == first["tweets"]
        assert changed["test_tweets"] != first["test_tweets"]


def test_the_fingerprint_changes_with_the_ids_of_the_test_tweets(tweets_of, tmp_path):
    tweets_of(rows_of(20))
    found = {}
    for ids in (("1", "2"), ("01", "2"), ("2", "1")):
        put_test(tmp_path, [(number, "same") for number in ids])
        found[ids] = read(replace(locate_tweets(tmp_path), test=DataFile(tmp_path / "test.csv")), 0, 0).fingerprints
    assert len({of_file["test_tweets"] for of_file in found.values()}) == 3
    assert len({of_file["tweets"] for of_file in found.values()}) == 1


def put_test(folder, rows):
    with (folder / "test.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *rows])


def test_test_tweets_without_labels_are_all_kept_and_their_copies_are_dropped_from_training(tweets_of, tmp_path):
    train = [*rows_of(20), (0, "I HATE mondays!!"), (0, ":)"), (4, "@bob")]
    tweets_of(train)
    test = [("a", "i hate mondays"), ("a", ""), ("007", " "), ("NA", "@bob"), ("", "i hate mondays")]
    put_test(tmp_path, test)
    tweets = read(replace(locate_tweets(tmp_path), test=DataFile(tmp_path / "test.csv")), 0, 0)
    assert list(zip(tweets.test["id"], tweets.test["text"], strict=True)) == test
    assert tweets.test["label"].tolist() == [UNLABELED] * 5
    assert tweets.test["row"].tolist() == list(range(5))
    prepared = prepare(tweets, {}, EXPERIMENT)
    assert prepared.copies_of_test == 2
    assert prepared.rows["id"].tolist() == [*range(20), 21]  # an empty text is no copy of other tweets without words
    assert prepared.data.unseen_keys[TEST].tolist() == list(range(5))
    assert (prepared.data.unseen_ids[TEST][MEMBER.text].lengths > 0).all()


def test_test_tweets_are_read_first(tweets_of, tmp_path):
    tweets_of(rows_of(20))
    put_test(tmp_path, [("1", "text", "too much")])
    (tmp_path / TRAIN_FILE).write_text("damaged")
    with pytest.raises(UserError, match=r"3 columns, but the first line has 2, .*test\.csv, line 2"):
        read(replace(locate_tweets(tmp_path), test=DataFile(tmp_path / "test.csv")), 0, 0)


def test_a_vector_file_of_zeros_is_a_user_error_that_names_the_file(tweets_of, tmp_path):
    rows, path = rows_of(20), tmp_path / "vectors.txt"
    path.write_text("".join(f"{text}{' 0' * 50}\n" for _, text in rows))
    member = replace(MEMBER, vectors=VectorSettings("glove.6B.50d"))
    with pytest.raises(UserError, match=r"20 that are needed are zero, .* in .*/vectors\.txt, check"):
        prepare(tweets_of(rows), {"glove.6B.50d": DataFile(path)}, replace(EXPERIMENT, members=(member,)))


def test_vectors_of_several_sources_are_concatenated(tweets_of, tmp_path):
    rows, path = rows_of(20), tmp_path / "vectors.txt"
    path.write_text("".join(f"{text}{f' {number - 9}' * 50}\n" for number, (_, text) in enumerate(rows)))
    vectors = {name: VectorSettings(name) for name in ("glove.6B.50d", "random.4d", "glove.6B.50d+random.4d")}
    members = tuple(replace(MEMBER, vectors=settings) for settings in reversed(vectors.values()))
    prepared = prepare(tweets_of(rows), {"glove.6B.50d": DataFile(path)}, replace(EXPERIMENT, members=members))
    from_file, at_random, both = (prepared.data.matrix(MEMBER.text, settings, 0) for settings in vectors.values())
    assert (both == np.concatenate([from_file, at_random], axis=1)).all()
    assert len(prepared.coverage) == 1  # the file is read once
