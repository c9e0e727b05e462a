import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sentiment140.experiment import TextSettings
from sentiment140.models.linear import SKLEARN, NgramCounter, extract_weights, nb_logistic, tfidf_logistic
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vocabulary import Vocabulary

WORDS = "love hate cat dog day rain sun not so very work home".split()
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=10).map(" ".join), min_size=2, max_size=12)


def encoder(texts):
    """A function from texts to ids, which knows every word of `texts`, removes no stopwords and does not truncate."""
    vocabulary = Vocabulary.build(tokenize(texts), TextSettings(stopwords="none", minimum_count=1, max_length=64))
    return lambda some: vocabulary.encode(tokenize(some))


def synthetic(n, seed):
    """Tweets of random words. Most tweets with "love" or "not hate" are positive."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 12))) for _ in range(n)]
    score = [3 * ("love" in text) - 3 * ("hate" in text) + 6 * ("not hate" in text) for text in texts]
    return texts, (np.array(score) + rng.normal(0, 1, n) > 0).astype(np.int8)


def columns(matrix):
    """The columns as a sorted list, because the two counters order them differently."""
    return sorted(map(tuple, matrix.toarray().T.tolist()))


@settings(deadline=None)
@given(TEXTS, st.integers(1, 3), st.integers(1, 2))
def test_ngram_counter_matches_count_vectorizer(texts, max_n, minimum):
    theirs = CountVectorizer(token_pattern=r"\S+", lowercase=False, ngram_range=(1, max_n), min_df=minimum)
    ours = NgramCounter(max_n, minimum)
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        with pytest.raises(ValueError, match="no n-gram occurs in 2 tweets"):
            ours.fit(encoder(texts)(texts))
        return
    found = ours.fit_transform(encoder(texts)(texts))
    assert found.dtype == np.float32
    assert found.has_canonical_format
    assert columns(found) == columns(expected)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.integers(1, 3))
def test_tfidf_of_unseen_tweets_matches_tfidf_vectorizer(texts, others, max_n):
    theirs = TfidfVectorizer(token_pattern=r"\S+", lowercase=False, ngram_range=(1, max_n), sublinear_tf=True)
    ours = make_pipeline(NgramCounter(max_n, 1), TfidfTransformer(sublinear_tf=True))
    encode = encoder(texts)
    theirs.fit(texts)
    ours.fit(encode(texts))
    expected, found = theirs.transform(texts + others).toarray(), ours.transform(encode(texts + others)).toarray()
    # The columns are in a different order, so this compares each tweet's sorted values and all dot products.
    assert np.allclose(np.sort(found), np.sort(expected), atol=1e-5)
    assert np.allclose(found @ found.T, expected @ expected.T, atol=1e-5)


@pytest.mark.parametrize(("ngrams", "minimum"), [(1, 1), (2, 2), (3, 3)])
def test_tfidf_logistic_matches_the_probabilities_of_a_notebooks_pipeline(ngrams, minimum):
    texts, labels = synthetic(600, seed=1)
    others, _ = synthetic(200, seed=2)
    theirs = make_pipeline(
        TfidfVectorizer(
            token_pattern=r"\S+", lowercase=False, ngram_range=(1, ngrams), min_df=minimum, sublinear_tf=True
        ),
        LogisticRegression(C=1.5, solver="liblinear", max_iter=200, tol=1e-8),
    ).fit(texts, labels)
    ours = tfidf_logistic(C=1.5, ngrams=ngrams, minimum_tweets=minimum)
    ours.named_steps["logistic"].set_params(tol=1e-8)
    encode = encoder(texts)
    ours.fit(encode(texts), labels)
    assert np.abs(ours.predict_proba(encode(others)) - theirs.predict_proba(others)).max() < 1e-4
    assert ours.score(encode(texts), labels) > 0.7  # the labels can be learned


def test_nb_logistic_matches_a_logistic_regression_on_tfidf_times_log_count_ratios():
    texts, labels = synthetic(600, seed=1)
    others, _ = synthetic(200, seed=2)
    tfidf = TfidfVectorizer(token_pattern=r"\S+", lowercase=False, ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    seen = tfidf.fit_transform(texts)
    p, q = (1 + np.asarray((seen[labels == label] > 0).sum(axis=0)).ravel() for label in (1, 0))
    ratios = np.log((p / p.sum()) / (q / q.sum()))
    theirs = LogisticRegression(C=0.7, solver="liblinear", max_iter=200, tol=1e-8)
    theirs.fit(seen.multiply(ratios).tocsr(), labels)
    expected = theirs.predict_proba(tfidf.transform(others).multiply(ratios).tocsr())

    ours = nb_logistic(C=0.7, ngrams=2, minimum_tweets=2)
    ours.named_steps["logistic"].set_params(tol=1e-8)
    encode = encoder(texts)
    ours.fit(encode(texts), labels)
    assert np.abs(ours.predict_proba(encode(others)) - expected).max() < 1e-4
    # The extracted coefficients already include the ratios.
    values = ours[:-2].transform(encode(others))
    weights = extract_weights(ours)
    logit = values @ weights["coefficients"] + weights["intercept"]
    assert np.abs(1 / (1 + np.exp(-logit)) - expected[:, 1]).max() < 1e-4


@pytest.mark.parametrize("name", SKLEARN)
@pytest.mark.parametrize("wrong", [{"C": 0.0}, {"ngrams": 4}, {"ngrams": 0}, {"minimum_tweets": 0}])
def test_an_argument_out_of_its_range_raises_an_error(name, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SKLEARN[name](**wrong)


def test_a_tweet_without_known_ngrams_gets_the_probability_of_the_intercept():
    texts, labels = synthetic(200, seed=3)
    member = tfidf_logistic(ngrams=2, minimum_tweets=2)
    encode = encoder(texts)
    member.fit(encode(texts), labels)
    unseen = encode(["love", "zebra quagga", ""])
    counts = member.named_steps["counts"].transform(unseen)
    assert counts.shape[0] == 3
    assert np.diff(counts.indptr).tolist()[1:] == [0, 0]
    assert np.diff(counts.indptr)[0] == 1
    intercept = member.named_steps["logistic"].intercept_[0]
    assert member.predict_proba(unseen)[1:, 1] == pytest.approx(1 / (1 + np.exp(-intercept)))


def test_an_ngram_that_occurs_twice_in_one_tweet_counts_as_one_tweet():
    encode = encoder(["cat cat dog", "dog"])
    counter = NgramCounter(1, 2).fit(encode(["cat cat dog", "dog"]))
    assert counter.transform(encode(["cat dog dog"])).toarray().tolist() == [[2.0]]


@pytest.mark.parametrize("name", SKLEARN)
def test_every_scikit_learn_architecture_learns_the_labels(name):
    texts, labels = synthetic(300, seed=4)
    encode = encoder(texts)
    member = SKLEARN[name]().fit(encode(texts), labels)
    probability = member.predict_proba(encode(texts))[:, 1]
    assert ((probability >= 0) & (probability <= 1)).all()
    assert ((probability >= 0.5) == labels).mean() > 0.8
    assert (member.predict_proba(encode(texts[5:6]))[:, 1] == probability[5:6]).all()  # independent of the other tweets
