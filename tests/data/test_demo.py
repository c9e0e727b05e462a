"""The demo corpus: synthetic, reproducible, and in the format of the published files."""

import csv

import numpy as np
import pytest

from sentiment140.data.demo import VECTOR_FILE, write_demo
from sentiment140.data.files import DataFile
from sentiment140.data.read import read_tweets
from sentiment140.data.sources import TEST_FILE, TRAIN_FILE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, rows=2000, seed=1)
    return folder


def test_the_same_seed_gives_the_same_demo_corpus_and_another_seed_another(folder, tmp_path):
    write_demo(tmp_path / "again", rows=2000, seed=1)
    write_demo(tmp_path / "other", rows=2000, seed=2)
    for name in (TRAIN_FILE, TEST_FILE, VECTOR_FILE):
        content = (folder / name).read_bytes()
        assert (tmp_path / "again" / name).read_bytes() == content
        assert (tmp_path / "other" / name).read_bytes() != content


def test_the_demo_corpus_has_the_published_format(folder):
    train, problems = read_tweets(DataFile(folder / TRAIN_FILE))
    assert (problems.rows, problems.kept, problems.malformed) == (2000, 2000, {})
    assert train["label"].tolist() == [0] * 1000 + [1] * 1000  # sorted by label, as the published file is
    assert train["id"].is_unique
    assert train["text"].str.len().between(1, 170).all()  # 140 characters, then a mention, a link or entities
    assert train["text"].duplicated().any()
    test, _ = read_tweets(DataFile(folder / TEST_FILE), training=False, neutral=True)
    assert test["label"].value_counts().to_dict() == {1: 182, 0: 177, -1: 139}


def test_the_demo_corpus_mentions_no_real_person_or_site(folder):
    with (folder / TRAIN_FILE).open(encoding="latin-1", newline="") as file:
        rows = list(csv.reader(file))
    assert all(row[4].startswith("demo_") for row in rows)
    words = [word for row in rows for word in row[5].split()]
    assert all("demo_" in word.lower() for word in words if "@" in word)
    assert all("demo.example" in word.lower() for word in words if "http" in word.lower())


def test_some_words_of_the_demo_corpus_have_no_vector(folder):
    lines = (folder / VECTOR_FILE).read_text().splitlines()
    assert all(len(line.split()) == 101 for line in lines)
    known = {line.split()[0] for line in lines}
    assert {"<user>", "<url>"} <= known
    words = {word for row in (folder / TRAIN_FILE).read_text("latin-1").lower().split() for word in [row.strip('"')]}
    share = np.mean([word in known for word in words if word.isalpha()])
    assert 0.7 < share < 0.9
