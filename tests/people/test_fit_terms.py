import numpy as np
import pytest

from sentiment140.data.labeled import LabeledTweets
from sentiment140.evidence.terms import Terms, with_terms
from sentiment140.people.fit_terms import fit_terms, write_weights
from sentiment140.people.score_terms import VARIANTS, ablation
from sentiment140.text.tokenize import tokenize


@pytest.fixture(scope="module")
def tweets() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Tweets whose label depends on the model's logit, a smile, a word, a name, a group of people, and chance."""
    generator = np.random.default_rng(0)
    count = 4000
    logits = generator.normal(0, 1.5, count)
    words = ["", "monday", "meet Anna", "women", "love", ":)", ":("]
    effects = np.array([0, -2.0, 2.0, 2.0, 0.0, 3.0, -3.0])
    chosen = generator.integers(0, len(words), count)
    positive = logits + effects[chosen] + generator.logistic(size=count) > 0
    return [f"on {words[word]} tweet{number}" for number, word in enumerate(chosen)], logits, positive


def test_weights_have_the_sign_and_size_of_what_the_labels_say(tweets):
    texts, logits, positive = tweets
    weights = fit_terms(logits, texts, positive, "synthetic")
    assert weights.slope == pytest.approx(1, abs=0.25)
    assert 1.2 < weights.symbols_with_lexicon.emoticons["<smile>"] < 3.5  # 3, made smaller by the penalty
    assert -3.5 < weights.symbols_with_lexicon.emoticons["<sadface>"] < -1.2
    assert weights.symbols.emoji > 0.7
    assert weights.words["monday"] == pytest.approx(-2, abs=0.7)


def test_names_groups_of_people_and_rare_words_have_no_weight(tweets):
    texts, logits, positive = tweets
    words = fit_terms(logits, texts, positive, "synthetic").words
    assert "meet" in words
    assert not {"anna", "women", "tweet1", ":)", "<smile>"} & set(words)


def test_classes_of_other_sizes_give_the_same_threshold(tweets):
    """The share of positive tweets in the file says nothing about that of the tweets to score."""
    texts, logits, positive = tweets
    kept = positive | (np.arange(len(texts)) % 4 == 0)  # a quarter of the negative tweets
    weights = [
        fit_terms(logits, texts, positive, ""),
        fit_terms(logits[kept], [texts[row] for row in np.flatnonzero(kept)], positive[kept], ""),
    ]
    tokens = tokenize(texts)
    shares = [float((with_terms(logits, tokens, Terms(lexicon=True), of) > 0).mean()) for of in weights]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)


def test_the_ablation_has_a_row_for_each_combination(tweets):
    texts, logits, positive = tweets
    weights = fit_terms(logits, texts, positive, "synthetic")
    labeled = LabeledTweets(texts, positive.astype(np.int64), np.arange(len(texts)))
    table = ablation(logits, tokenize(texts), labeled, weights)
    assert table["scoring"].tolist() == [*VARIANTS, "lexicon without model"]
    accuracy = table["accuracy, %"].str.split().str[0].astype(float)
    assert accuracy.iloc[-2] > accuracy.iloc[0] + 10
    assert table["change, points"].iloc[0] == ""


def test_weights_are_written_as_they_are_read(tweets, tmp_path):
    import msgspec

    from sentiment140.evidence.terms import Weights

    texts, logits, positive = tweets
    weights = fit_terms(logits, texts, positive, "synthetic")
    write_weights(weights, tmp_path / "weights.json")
    assert msgspec.json.decode((tmp_path / "weights.json").read_bytes(), type=Weights) == weights
