import numpy as np
import pytest

from benchmarks.adapt_curve import curve, divide, prior_shift, report, shifted, small_samples, with_share
from sentiment140.data.folds import duplicate_groups
from sentiment140.data.labeled import LabeledTweets
from sentiment140.evaluation.run_scores import ALONE, LEXICON
from sentiment140.labels import NEUTRAL
from sentiment140.text.tokenize import tokenize

WORDS = {0: "zorky", 1: "blippy", NEUTRAL: "wumbo"}  # the model has never seen them


def invented(count: int, classes: tuple[int, ...], seed: int = 0) -> LabeledTweets:
    """Tweets whose label is said by one of 26 words; each of them twice."""
    generator = np.random.default_rng(seed)
    labels, letters = (np.repeat(generator.choice(of, count // 2), 2) for of in (classes, 26))
    texts = [
        f"the {WORDS[label]}{chr(97 + letter)} train number{seed}x{row // 2}"
        for row, (label, letter) in enumerate(zip(labels.tolist(), letters.tolist(), strict=True))
    ]
    return LabeledTweets(texts, labels, duplicate_groups(tokenize(texts), texts))


def first_number(cells) -> list[float]:
    return [float(cell.split()[0]) for cell in cells]


def test_copies_of_unseen_tweets_are_not_adapted_to():
    tweets = invented(600, (0, 1))
    pool, unseen = divide(tweets)
    assert (len(pool), len(unseen)) == (400, 200)
    assert not {*pool.texts} & {*unseen.texts}
    assert {*pool.labels} == {*unseen.labels} == {0, 1}


@pytest.mark.parametrize(
    ("classes", "before"),
    [((0, 1), ["before: default", "before: with lexicon"]), ((0, NEUTRAL, 1), ["before: --labels 3"])],
)
def test_the_curve_rises_with_the_labels_and_begins_with_the_model_before(predictor, classes, before):
    table = curve(predictor.model, invented(900, classes), invented(200, classes, seed=1), sizes=(100, 300, 5000))
    assert table["labels"].tolist() == [*before, "100", "300", "600", "200 of the other splits"]
    assert table["samples"].tolist() == [*[1] * len(before), 3, 3, 3, 1]
    assert table["unseen tweets"].tolist() == [*["300"] * (len(before) + 3), "900"]
    recall, area = first_number(table["macro recall, %"]), first_number(table["ROC AUC"])
    assert recall[0] < 70  # by chance 50 or 33
    assert recall[-2] > 85
    assert area[0] < 0.7 < 0.9 < area[-2]
    change = first_number(table["change, points"])
    assert change[0] == 0
    assert change[-2] == pytest.approx(recall[-2] - recall[0], abs=0.02)
    lowest, _, highest = table["of each sample"].iloc[len(before)].split()
    assert float(lowest) - 0.05 <= recall[len(before)] <= float(highest) + 0.05
    assert lowest != highest  # the samples differ


class Calibrated:
    """A model whose logits are calibrated for equal classes: of positive tweets they have mean 2 and variance 4."""

    def __init__(self, tweets: LabeledTweets) -> None:
        generator = np.random.default_rng(0)
        self.of = dict(zip(tweets.texts, generator.normal(np.where(tweets.labels == 1, 2, -2), 2), strict=True))
        self.texts: list[str] = []

    def tokens(self, texts):
        self.texts = texts
        return tokenize(texts)

    def logits(self, tokens):
        return np.array([self.of[text] for text in self.texts])


@pytest.fixture(scope="module")
def calibrated():
    labels = np.arange(4000) % 2
    texts = [f"nothing{row}" for row in range(4000)]
    tweets = LabeledTweets(texts, labels, np.arange(4000))
    return Calibrated(tweets), tweets


@pytest.mark.parametrize("share", [0.2, 0.5, 0.85])
def test_as_many_tweets_as_possible_have_the_share(share):
    labels = np.repeat([0, 1], [300, 700])
    rows = with_share(labels, share, np.random.default_rng(0))
    assert len({*rows.tolist()}) == len(rows)
    assert labels[rows].mean() == pytest.approx(share, abs=0.002)
    assert len(rows) == pytest.approx(min(300 / (1 - share), 700 / share), abs=1)


def test_a_prior_shift_helps_where_the_logits_are_calibrated(calibrated):
    model, tweets = calibrated
    share, _ = shifted(np.array(list(model.of.values()))[with_share(tweets.labels, 0.2, np.random.default_rng(0))])
    assert share == pytest.approx(0.2, abs=0.03)
    table = prior_shift(model, tweets, shares=(0.2, 0.5))
    assert table["logits"].tolist() == [LEXICON, ALONE] * 2
    assert table["tweets"].tolist() == ["2,500"] * 2 + ["4,000"] * 2
    alone = table[table["logits"] == ALONE]
    assert first_number(alone["estimated, %"]) == pytest.approx([20, 50], abs=3)
    before, after, change = (first_number(alone[name]) for name in ("accuracy before, %", "after, %", "change, points"))
    assert after[0] > before[0] + 2
    assert change == pytest.approx([after[0] - before[0], after[1] - before[1]], abs=0.02)


def test_small_samples_show_the_mean_and_the_worst_change(calibrated):
    model, tweets = calibrated
    table = small_samples(model, tweets, sizes=(100, 1000))
    assert table["tweets"].tolist() == ["100", "1,000"]
    mean, worst = zip(*(map(float, cell.split(", worst ")) for cell in table["50 % positive"]), strict=True)
    assert worst[0] < worst[1] <= mean[1]


def test_the_report_has_a_table_of_three_labels_only_with_neutral_tweets(predictor):
    test, others = invented(600, (0, 1)), invented(0, (0, 1))
    text = report(predictor.model, others, test, sizes=())
    assert "\n| before: default | 1 | 200 | " in text
    assert "Three labels" not in text
    assert "of the other splits" not in text
    assert text.count("\n| with lexicon | ") == 0
    assert "| 85 | " in text
    test, others = invented(600, (0, NEUTRAL, 1)), invented(200, (0, NEUTRAL, 1), seed=1)
    assert "\n| before: --labels 3 | 1 | 200 | " in report(predictor.model, others, test, sizes=())
