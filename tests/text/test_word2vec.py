import numpy as np
import pytest

from sentiment140.text.vectors import random_matrix
from sentiment140.text.vocabulary import Ids
from sentiment140.text.word2vec import fit_word2vec

PAIRS, WORDS = 6, 14  # words 2 and 3 stand in like company, so do 4 and 5 ...


def tweets(n=8000, seed=0):
    """Each tweet is of one pair: one of its two words, among the pair's own company."""
    random = np.random.default_rng(seed)
    pair = random.integers(0, 3, n)
    word = 2 + 2 * pair + random.integers(0, 2, n)
    company = 8 + 2 * pair[:, None] + random.integers(0, 2, (n, 5))
    flat = np.column_stack([company[:, :3], word, company[:, 3:]]).astype(np.int32)
    return Ids(flat.ravel(), np.arange(0, flat.size + 1, flat.shape[1]))


def likeness(matrix, one, other):
    a, b = matrix[one], matrix[other]
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@pytest.fixture(scope="module")
def start():
    return random_matrix(WORDS + 3, 12, 0)


@pytest.fixture(scope="module")
def matrix(start):
    return fit_word2vec(tweets(), start, 1)


def test_words_of_like_company_get_like_vectors(matrix):
    for one, other in ((2, 3), (4, 5), (6, 7)):
        assert likeness(matrix, one, other) > max(likeness(matrix, one, far) for far in {2, 4, 6} - {one})


def test_words_that_do_not_occur_keep_what_they_had(matrix, start):
    same = (matrix == start).all(axis=1)
    assert same.tolist() == [True, True, *[False] * (WORDS - 2), True, True, True]
    assert matrix.dtype == np.float32


def test_they_are_spread_like_vectors_of_a_file(matrix):
    assert matrix[2:WORDS].std() == pytest.approx(0.1, rel=1e-3)


def test_the_same_tweets_and_seed_give_the_same_vectors(matrix, start):
    assert (fit_word2vec(tweets(), start, 1) == matrix).all()
    assert (fit_word2vec(tweets(), start, 2) != matrix).any()


def test_tweets_of_nothing_but_unknown_words_change_nothing(start):
    assert (fit_word2vec(Ids(np.ones(3, np.int32), np.arange(4)), start, 1) == start).all()
