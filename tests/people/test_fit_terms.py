from importlib.resources import files

import msgspec
import numpy as np
import pytest

from sentiment140.data.labeled import LabeledTweets
from sentiment140.errors import UserError
from sentiment140.evaluation.judges import SCORINGS
from sentiment140.evidence.terms import Terms, Weights, fitted_weights, with_terms
from sentiment140.labels import NEUTRAL
from sentiment140.people.fit_terms import fit_terms, write_weights
from sentiment140.people.score_terms import ABLATION, ablation, three_label_scores
from sentiment140.text.tokenize import tokenize


@pytest.fixture(scope="module")
def tweets() -> tuple[np.ndarray, LabeledTweets]:
    """Logits and tweets whose label depends on the logit, a smile, a word, a name, a group of people, and chance.

    One in three tweets is neutral. Half of these are about a meeting.
    """
    generator = np.random.default_rng(0)
    count = 4000
    logits = generator.normal(0, 1.5, count)
    words = ["", "monday", "meet Anna", "women", "love", ":)", ":("]
    effects = np.array([0, -2.0, 2.0, 2.0, 0.0, 3.0, -3.0])
    chosen = generator.integers(0, len(words), count)
    positive = logits + effects[chosen] + generator.logistic(size=count) > 0
    texts = [f"on {words[word]} tweet{number}" for number, word in enumerate(chosen)]
    texts += [f"{'meeting at noon' if number % 2 else 'on the way'} note{number}" for number in range(count // 2)]
    labels = np.concatenate([positive, np.full(count // 2, NEUTRAL)]).astype(np.int64)
    logits = np.concatenate([logits, generator.normal(0, 0.5, count // 2)])
    return logits, LabeledTweets(texts, labels, np.arange(len(texts)))


def fit(tweets: tuple[np.ndarray, LabeledTweets]) -> Weights:
    logits, labeled = tweets
    return fit_terms(logits, labeled, "synthetic")


def test_weights_have_the_sign_and_size_of_what_the_labels_say(tweets):
    weights = fit(tweets)
    assert weights.slope == pytest.approx(1, abs=0.25)
    assert 1.2 < weights.symbols_with_lexicon.emoticons["<smile>"] < 3.5  # 3, made smaller by the penalty
    assert -3.5 < weights.symbols_with_lexicon.emoticons["<sadface>"] < -1.2
    assert weights.symbols.emoji > 0.7
    assert weights.words["monday"] == pytest.approx(-2, abs=0.7)


def test_names_groups_of_people_and_rare_words_have_no_weight(tweets):
    words = fit(tweets).words
    assert "meet" in words
    assert not {"anna", "women", "tweet1", ":)", "<smile>"} & set(words)


def test_classes_of_other_sizes_give_the_same_threshold(tweets):
    """The share of positive tweets in the file says nothing about that of the tweets to score."""
    logits, labeled = tweets
    kept = (labeled.labels != 0) | (np.arange(len(labeled)) % 4 == 0)  # a quarter of the negative tweets
    weights = [fit_terms(logits, labeled, ""), fit_terms(logits[kept], labeled.where(kept), "")]
    tokens = tokenize(labeled.texts)
    shares = [float((with_terms(logits, tokens, Terms(lexicon=True), of) > 0).mean()) for of in weights]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)


def test_the_ablation_has_a_row_for_each_combination(tweets):
    weights = fit(tweets)
    logits, labeled = tweets
    polar = labeled.polar()
    table = ablation(logits[labeled.labels != NEUTRAL], tokenize(polar.texts), polar, weights)
    assert table["scoring"].tolist() == [*ABLATION, "lexicon without model"]
    assert {**SCORINGS}.items() <= {**ABLATION}.items()  # a name means the same in the report of a run
    assert len({*ABLATION.values()}) == len(ABLATION)
    accuracy = table["accuracy, %"].str.split().str[0].astype(float)
    assert accuracy.iloc[-2] > accuracy.iloc[0] + 10
    assert table["change, points"].iloc[0] == ""


def test_weights_are_written_as_they_are_read(tweets, tmp_path):
    weights = fit(tweets)
    write_weights(weights, tmp_path / "weights.json")
    assert msgspec.json.decode((tmp_path / "weights.json").read_bytes(), type=Weights) == weights


def test_the_weights_of_the_package_are_as_the_command_writes_them_with_one_line_per_term(tmp_path):
    weights = fitted_weights()
    write_weights(weights, tmp_path / "weights.json")
    written = (tmp_path / "weights.json").read_bytes()
    assert written == files("sentiment140.evidence").joinpath("weights.json").read_bytes()
    lines, word = written.decode().splitlines(), sorted(weights.three_labels.words)[100]
    negative, neutral, positive = weights.three_labels.words[word]
    assert f'   "{word}": [{negative}, {neutral}, {positive}],' in lines
    assert len(lines) < len(weights.words) + len(weights.three_labels.words) + 50


def test_neutral_tweets_change_three_labels_only(tweets):
    logits, labeled = tweets
    kept = (labeled.labels != NEUTRAL) | (np.arange(len(labeled)) % 2 == 0)  # none about a meeting
    fewer, weights = fit_terms(logits[kept], labeled.where(kept), ""), fit(tweets)
    assert (fewer.words, fewer.slope, fewer.symbols) == (weights.words, weights.slope, weights.symbols)
    of_meeting = weights.three_labels.words["meeting"]
    assert of_meeting[1] > max(of_meeting[0], of_meeting[2]) + 0.5
    assert "meeting" not in fewer.three_labels.words
    assert weights.three_labels.features["logit"][0] < 0 < weights.three_labels.features["logit"][2]


def test_without_neutral_tweets_there_are_no_three_labels(tweets):
    logits, labeled = tweets
    polar = labeled.labels != NEUTRAL
    with pytest.raises(UserError, match="no tweet is neutral"):
        fit_terms(logits[polar], labeled.where(polar), "")


def test_three_labels_beat_thresholds(tweets):
    logits, labeled = tweets
    table = three_label_scores(logits, tokenize(labeled.texts), labeled, fit(tweets))
    recall = table["macro recall, %"].str.split().str[0].astype(float)
    assert recall.iloc[2] > recall.iloc[0] + 5
    assert table.columns[-3:].tolist() == [f"recall of {name}, %" for name in ("negative", "neutral", "positive")]
