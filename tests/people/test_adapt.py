from itertools import product
from pathlib import Path

import numpy as np
import pytest

from sentiment140.data.folds import duplicate_groups
from sentiment140.data.labeled import LabeledTweets
from sentiment140.errors import UserError
from sentiment140.evidence.features import FEATURES
from sentiment140.evidence.fitted_tweets import checksums, were_fitted, write_fitted
from sentiment140.labels import NEUTRAL
from sentiment140.people.adapt import AFTER, FittedHead, adapt
from sentiment140.people.adapted_folder import check_output, write_adapted
from sentiment140.serving.head import DENSE
from sentiment140.serving.predictor import Predictor
from sentiment140.text.tokenize import tokenize

WORDS = {0: "zorky", 1: "blippy", NEUTRAL: "wumbo"}  # the model has never seen them


def labeled(texts: list[str], labels: np.ndarray) -> LabeledTweets:
    return LabeledTweets(texts, labels, duplicate_groups(tokenize(texts), texts))


def invented(count: int, classes: tuple[int, ...], seed: int = 0, *, of_chance: bool = False) -> LabeledTweets:
    """Tweets whose label is said by one word, or by none."""
    generator = np.random.default_rng(seed)
    labels = generator.choice(classes, count)
    said = generator.permutation(labels) if of_chance else labels
    texts = [f"the {WORDS[int(label)]} train number{number}" for number, label in enumerate(said)]
    return labeled(texts, labels)


def written(predictor: Predictor, adaptation: FittedHead, folder: Path) -> Predictor:
    """The predictor of the folder of an adapted model."""
    about = adaptation.about("mine.csv")
    write_adapted(predictor.model, adaptation.head, adaptation.vocabulary, about, folder)
    return Predictor.load(folder)


@pytest.fixture(scope="module")
def three(predictor, tmp_path_factory):
    """(the adaptation to three labels, the predictor of its folder)."""
    adaptation = adapt(predictor.model, invented(300, (0, NEUTRAL, 1)))
    folder = tmp_path_factory.mktemp("models") / "deep" / "mine"
    return adaptation, written(predictor, adaptation, folder)


def test_an_adapted_model_knows_the_words_of_the_labeled_tweets(three):
    adaptation, adapted = three
    texts = ["a zorky day", "a wumbo day", "a blippy day"]
    assert adapted.predict(texts).tolist() == ["negative", "neutral", "positive"]
    assert adapted.classes_.tolist() == ["negative", "neutral", "positive"]
    assert adapted.predict_proba(texts).sum(axis=1) == pytest.approx(1)
    assert adaptation.is_better
    assert adaptation.scores[AFTER].macro_recall.value > 0.95


def test_the_folder_says_what_it_was_adapted_to(three):
    adaptation, adapted = three
    about, before = adapted.manifest.adaptation, next(iter(adaptation.scores.values()))
    assert (about.source, about.n, about.labels) == ("mine.csv", 300, 3)
    assert about.macro_recall.value - about.gain.value == pytest.approx(before.macro_recall.value)
    assert adapted.manifest.scores == {}
    assert "adapted to 300 tweets of mine.csv: macro recall" in repr(adapted)


def test_two_of_three_labels_leave_out_the_neutral_one(three):
    _, adapted = three
    two = Predictor(adapted.model, labels=2)
    texts = ["a zorky day", "a wumbo day", "a blippy day"]
    negative, _, positive = adapted.predict_proba(texts).T
    assert two.probability(texts) == pytest.approx(positive / (negative + positive), abs=1e-5)


def test_symbols_can_be_switched_off(three):
    _, adapted = three
    texts = ["my train :)", "my train :(", "my train"]
    smiled, sad, plain = adapted.probability(texts)
    assert sad < plain < smiled
    smiled, sad, _ = Predictor(adapted.model, emoticons=False).decision_function(texts)[:, 2]
    assert smiled != pytest.approx(adapted.decision_function(texts)[0, 2])


def test_a_pickle_and_a_copy_score_alike(three):
    import pickle

    _, adapted = three
    again = pickle.loads(pickle.dumps(adapted))  # noqa: S301 - our own
    assert again.predict_proba(["a zorky day"]).tolist() == adapted.predict_proba(["a zorky day"]).tolist()


def test_two_labels_start_from_the_better_scoring_and_three_cannot_be_asked_for(predictor, tmp_path):
    adaptation = adapt(predictor.model, invented(200, (0, 1)))
    assert len(adaptation.scores) == 3
    assert next(iter(adaptation.scores.values())).gain is None
    adapted = written(predictor, adaptation, tmp_path / "two")
    assert adapted.predict(["a zorky day", "a blippy day"]).tolist() == ["negative", "positive"]
    with pytest.raises(UserError, match="the model was adapted to two labels"):
        Predictor(adapted.model, labels=3).predict(["x"])
    with pytest.raises(UserError, match=r"adapted to mine\.csv already"):
        adapt(adapted.model, invented(200, (0, 1)))


def test_labels_of_chance_are_not_called_a_gain(predictor):
    """The scores are those of tweets that no head saw: else words of single tweets would look like knowledge."""
    adaptation = adapt(predictor.model, invented(200, (0, NEUTRAL, 1), of_chance=True))
    assert not adaptation.is_better
    assert adaptation.scores[AFTER].macro_recall.value < 0.5


def test_tweets_that_the_weights_were_fitted_on_are_not_scored_with_them(predictor, monkeypatch, caplog):
    tweets = invented(200, (0, NEUTRAL, 1))
    known = checksums(tokenize(tweets.texts[:50]))
    monkeypatch.setattr("sentiment140.evidence.fitted_tweets._fitted", lambda: known)
    adaptation = adapt(predictor.model, tweets)
    assert "50 of these tweets are among those that the weights of emoticons and words were fitted on" in caplog.text
    assert list(adaptation.scores) == ["before, model alone", AFTER]
    fitted = [row for row, name in enumerate(DENSE) if name not in FEATURES]
    assert not adaptation.head.dense[fitted].any()
    assert adaptation.is_better


def test_checksums_are_those_of_the_words(tmp_path):
    one, copy, other = checksums(tokenize(["@ann so GOOD", "@bob so GOOD", "@bob so bad"]))
    assert one == copy != other
    write_fitted(tokenize(["b", "a", "a"]), tmp_path)
    assert np.load(tmp_path / "fitted_tweets.npy").tolist() == sorted(checksums(tokenize(["a", "b"])).tolist())
    assert not were_fitted(tokenize([f"never written before {number}" for number in range(100)])).any()


def test_tweets_without_a_common_word_have_no_ngrams(predictor):
    """Each word occurs in one tweet only, twice, so that it is in the vocabulary."""
    names = ["".join(letters) for letters in product("bcdfg", "aeiou", "klmnp")]
    texts = [f"q{name} q{name}" for name in names]
    fitted = adapt(predictor.model, labeled(texts, np.arange(len(texts)) % 2))
    assert len(fitted.head.terms) == 0
    assert np.isfinite(fitted.head.dense).all()


def test_copies_of_a_tweet_do_not_help_to_score_it(predictor):
    tweets = invented(100, (0, 1), of_chance=True)
    copies = labeled([text for text in tweets.texts for _ in range(3)], np.repeat(tweets.labels, 3))
    assert adapt(predictor.model, copies).scores[AFTER].macro_recall.value < 0.65


def test_the_same_tweets_give_the_same_head(predictor, three):
    again = adapt(predictor.model, invented(300, (0, NEUTRAL, 1)))
    assert again.head.encode() == three[0].head.encode()


@pytest.mark.parametrize(
    ("tweets", "message"),
    [
        (invented(99, (0, 1)), "99 labeled tweets are too few, from 100 to 100,000 can be used, label more"),
        (
            labeled([f"word{i} a" for i in range(120)], np.repeat([0, 1], (116, 4))),
            "only 4 different tweets are positive",
        ),
        (labeled([f"late {i}" for i in range(120)], np.repeat([0, 1], 60)), "only 1 different tweet is negative"),
        (labeled([f"word{i} a" for i in range(120)], np.repeat([0, NEUTRAL], 60)), "no tweet is positive"),
    ],
)
def test_tweets_that_are_too_few_are_refused(predictor, tweets, message):
    with pytest.raises(UserError, match=message):
        adapt(predictor.model, tweets)


def test_a_folder_of_something_else_is_never_replaced(three, predictor, tmp_path):
    check_output(tmp_path / "new")
    check_output(tmp_path)  # empty
    check_output(three[1].folder)
    (tmp_path / "notes.txt").touch()
    for folder in (tmp_path, tmp_path / "notes.txt", predictor.folder):
        with pytest.raises(UserError, match="exists and is no adapted model"):
            check_output(folder)


def test_the_command_reads_columns_and_labels_of_any_name(demo_run, tmp_path, run_here):
    checkout, run, _ = demo_run
    tweets = invented(200, (0, 1))
    names = {0: "bad", 1: "good"}
    rows = [f"{names[int(label)]},{text}" for text, label in zip(tweets.texts, tweets.labels, strict=True)]
    (tmp_path / "mine.csv").write_text("\n".join(["mood,what they said", *rows]), "utf-8")
    flags = ("--labeled", tmp_path / "mine.csv", "--model", run, "--output", tmp_path / "mine")
    done = run_here("adapt", *flags)
    assert done.returncode == 2
    assert b"--column and --label name them" in done.stderr
    mapping = ("--column", "what they said", "--label", "mood", "--labels", "negative=bad,positive=good")
    done = run_here("adapt", *flags, *mapping)
    assert done.returncode == 0, done.stderr.decode()
    assert AFTER in done.stdout.decode()
    assert "rows read: 200, kept: 200\n" in done.stderr.decode()  # nothing about ids, which the file does not have
    done = checkout.run("predict.py", "--model", tmp_path / "mine", "a zorky day", "a blippy day")
    assert [line.split("\t")[0] for line in done.stdout.decode().splitlines()] == ["negative", "positive"]
