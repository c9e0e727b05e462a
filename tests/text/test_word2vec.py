import numpy as np
import pytest
from gensim.models import Word2Vec

from sentiment140.text.vectors import random_matrix, rescale
from sentiment140.text.vocabulary import Ids
from sentiment140.text.word2vec import fit_word2vec

WORDS = 14  # words 2 and 3 occur in the same contexts, and so do words 4 and 5, and words 6 and 7


def tweets(n=8000, seed=0):
    """Each tweet has one word of a pair, between context words that only occur with this pair."""
    random = np.random.default_rng(seed)
    pair = random.integers(0, 3, n)
    word = 2 + 2 * pair + random.integers(0, 2, n)
    context = 8 + 2 * pair[:, None] + random.integers(0, 2, (n, 5))
    flat = np.column_stack([context[:, :3], word, context[:, 3:]]).astype(np.int32)
    return Ids(flat.ravel(), np.arange(0, flat.size + 1, flat.shape[1]))


def cosine_similarity(matrix, one, other):
    a, b = matrix[one], matrix[other]
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@pytest.fixture(scope="module")
def start():
    return random_matrix(WORDS + 3, 12, 0)


@pytest.fixture(scope="module")
def matrix(start):
    return fit_word2vec(tweets(), start, 1)


def test_words_in_the_same_contexts_get_similar_vectors(matrix):
    for one, other in ((2, 3), (4, 5), (6, 7)):
        assert cosine_similarity(matrix, one, other) > max(
            cosine_similarity(matrix, one, far) for far in {2, 4, 6} - {one}
        )


def test_words_that_do_not_occur_keep_their_vectors(matrix, start):
    same = (matrix == start).all(axis=1)
    assert same.tolist() == [True, True, *[False] * (WORDS - 2), True, True, True]
    assert matrix.dtype == np.float32


def test_fitted_vectors_have_the_standard_deviation_of_those_of_a_file(matrix):
    assert matrix[2:WORDS].std() == pytest.approx(0.1, rel=1e-3)


def test_the_same_tweets_and_seed_give_the_same_vectors(matrix, start):
    assert (fit_word2vec(tweets(), start, 1) == matrix).all()
    assert (fit_word2vec(tweets(), start, 2) != matrix).any()


def test_tweets_with_unknown_words_only_change_no_vector(start):
    assert (fit_word2vec(Ids(np.ones(3, np.int32), np.arange(4)), start, 1) == start).all()


def test_the_vectors_are_those_of_gensim_with_skip_grams_and_negative_sampling(start):
    ids = tweets(500)
    sentences = [[str(word) for word in tweet] for tweet in ids.flat.reshape(500, -1)]
    settings = {"window": 5, "negative": 5, "sample": 1e-4, "min_count": 1, "sg": 1}
    model = Word2Vec(sentences, vector_size=12, epochs=15, seed=1, workers=1, **settings)
    expected = start.copy()
    expected[[int(word) for word in model.wv.index_to_key]] = rescale(model.wv.vectors)
    assert (fit_word2vec(ids, start, 1) == expected).all()
