"""Measure how good an adapted model is on unseen tweets by the number of labels, and what a prior shift changes.

Examples:
  # With the fast model of a run: three minutes of processor time
  python -m benchmarks.adapt_curve --model standard --labeled semeval.csv --test 2016test

A third of the tweets of the test split is never used to adapt, and scores the models that are adapted to the rest: to
samples of 100 to 10,000 tweets, and to all. Last comes the model that is adapted to the other splits; it is scored on
the whole test split. In brackets are 95 % intervals over tweets; with several samples, the means of their limits.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.command_line import launch
from benchmarks.sentences import markdown
from sentiment140.cli.scoring_arguments import add_model
from sentiment140.data.labeled import LabeledTweets, read_labeled
from sentiment140.ensemble.blend import expit
from sentiment140.evaluation.classes import score_classes
from sentiment140.evaluation.judges import SCORINGS
from sentiment140.evaluation.metrics import score_column, score_columns
from sentiment140.evaluation.run_scores import ALONE, DEFAULT, LEXICON, Estimate
from sentiment140.evidence.terms import Terms, with_terms
from sentiment140.evidence.three_labels import three_logits
from sentiment140.labels import NEUTRAL
from sentiment140.people.adapt import adapt
from sentiment140.people.prior_shift import positive_share
from sentiment140.people.score_terms import classes_of
from sentiment140.report.tables import number_with_interval, percent, points
from sentiment140.runs.files import atomic_path
from sentiment140.runs.places import SUBMISSIONS
from sentiment140.serving.choose import choose_model
from sentiment140.serving.head import dense_features
from sentiment140.serving.models import Model

SIZES = (100, 300, 1000, 3000, 10_000)
SHARES = (0.2, 0.35, 0.5, 0.69, 0.85)
_SAMPLES, _FEW = 3, 1000  # samples of at most so many tweets are drawn several times: they differ most
_UNSEEN = 1 / 3
_SMALL_SAMPLES = 20  # to see what a prior shift does to a small file
_SEED = 0


class Unseen:
    """Tweets that no head is fitted on, and what their features are.

    Args:
        model: the model.
        tweets: the tweets; with neutral ones there are three classes.
    """

    def __init__(self, model: Model, tweets: LabeledTweets) -> None:
        self.tweets = tweets
        self.tokens = model.tokens(tweets.texts)
        self.logits, hidden = model.logits_and_hidden(self.tokens)
        self.dense = dense_features(self.logits, hidden, self.tokens, Terms())

    @property
    def has_neutral(self) -> bool:
        """Whether there are three classes."""
        return bool((self.tweets.labels == NEUTRAL).any())

    def before(self) -> dict[str, np.ndarray]:
        """Compute the logits of the classes before a model is adapted, by scoring; that of `predict` comes first.

        Returns:
            float64 [tweets, classes] by scoring.
        """
        if self.has_neutral:
            return {"--labels 3": three_logits(self.logits, self.tokens, Terms())}
        logits = {name: with_terms(self.logits, self.tokens, SCORINGS[name]) for name in (DEFAULT, LEXICON)}
        return {name: np.column_stack([-of / 2, of / 2]) for name, of in logits.items()}

    def after(self, model: Model, tweets: LabeledTweets) -> np.ndarray:
        """Adapt the model to tweets, and compute the logits of the classes, [tweets, classes]."""
        adaptation = adapt(model, tweets)
        return adaptation.head.logits(self.dense, adaptation.vocabulary.encode(self.tokens))

    def row(self, name: str, samples: Sequence[np.ndarray]) -> dict[str, object]:
        """Score the logits of each sample: a row of the table.

        Args:
            name: what was scored.
            samples: float [tweets, classes], the logits of the classes, one array for each sample of labels.
        """
        expected = classes_of(self.tweets.labels) if self.has_neutral else self.tweets.labels
        reference, groups = next(iter(self.before().values())), self.tweets.groups
        is_polar = self.tweets.labels != NEUTRAL
        recalls, gains, areas = [], [], []
        for logits in samples:
            predicted = {"before": reference.argmax(axis=1), "after": logits.argmax(axis=1)}
            scores = score_classes(expected, predicted, groups, _SEED)["after"]
            positive = expit(logits[is_polar, -1] - logits[is_polar, 0])
            areas.append(
                score_column(self.tweets.labels[is_polar], positive, groups[is_polar], _SEED).overall["roc_auc"]
            )
            recalls.append(scores.macro_recall)
            gains.append(scores.gain)
        found = sorted(100 * recall.value for recall in recalls if recall.value is not None)
        return {
            "labels": name,
            "samples": len(samples),
            "unseen tweets": f"{len(self.tweets):,}",
            "macro recall, %": percent(_mean(recalls)),
            "of each sample": f"{found[0]:.1f} to {found[-1]:.1f}" if len(found) > 1 else "",
            "change, points": points(_mean(gains)),
            "ROC AUC": number_with_interval(_mean(areas)),
        }


def _mean(estimates: Sequence[Estimate | None]) -> Estimate:
    values = np.array([(one.value, one.low, one.high) for one in estimates if one is not None], np.float64)
    return Estimate(*values.mean(axis=0).tolist())


def divide(tweets: LabeledTweets) -> tuple[LabeledTweets, LabeledTweets]:
    """Divide tweets at random into those that a model is adapted to and the unseen ones; copies stay together."""
    groups = np.random.default_rng(_SEED).permutation(np.unique(tweets.groups))
    is_unseen = np.isin(tweets.groups, groups[: round(_UNSEEN * len(groups))])
    return tweets.where(~is_unseen), tweets.where(is_unseen)


def curve(model: Model, test: LabeledTweets, others: LabeledTweets, sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """Adapt a model to more and more tweets.

    Args:
        model: the model, not adapted.
        test: the test split, all with two classes or with three.
        others: the tweets of the other splits, of the same classes; there may be none.
        sizes: the numbers of tweets; more than two thirds of the test split has are left out.

    Returns:
        A row for each scoring before and for each number of tweets.
    """
    pool, unseen = divide(test)
    of_unseen, generator = Unseen(model, unseen), np.random.default_rng(_SEED)
    rows = [of_unseen.row(f"before: {name}", [logits]) for name, logits in of_unseen.before().items()]
    for size in (*(size for size in sizes if size < len(pool)), len(pool)):
        samples = []
        for _ in range(_SAMPLES if size <= _FEW else 1):
            kept = np.zeros(len(pool), bool)
            kept[generator.permutation(len(pool))[:size]] = True
            samples.append(of_unseen.after(model, pool.where(kept)))
        rows.append(of_unseen.row(f"{size:,}", samples))
    if len(others):
        whole = Unseen(model, test)
        rows.append(whole.row(f"{len(others):,} of the other splits", [whole.after(model, others)]))
    return pd.DataFrame(rows)


def shifted(logits: np.ndarray) -> tuple[float, np.ndarray]:
    """Estimate the share of positive tweets, and return it and the shifted logits."""
    share = positive_share(logits)
    return share, logits + np.log(share / (1 - share))


def with_share(labels: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Draw as many tweets as possible of which a given share is positive; return their rows."""
    rows = [generator.permutation(np.flatnonzero(labels == label)) for label in (0, 1)]
    total = min(len(rows[0]) / (1 - share), len(rows[1]) / share)
    return np.concatenate([rows[0][: round(total * (1 - share))], rows[1][: round(total * share)]])


def prior_shift(model: Model, tweets: LabeledTweets, shares: Sequence[float] = SHARES) -> pd.DataFrame:
    """Shift the probabilities to the estimated share of positive tweets, in samples with other shares.

    Args:
        model: the model, not adapted.
        tweets: the tweets, none of them neutral.
        shares: the shares of positive tweets.

    Returns:
        A row for each share and for the logits with and without the lexicon.
    """
    rows, generator = [], np.random.default_rng(_SEED)
    logits = _logits(model, tweets)
    for share in shares:
        kept = with_share(tweets.labels, share, generator)
        for name, of_tweets in logits.items():
            found, after = shifted(of_tweets[kept])
            columns = {"before": expit(of_tweets[kept]), "after": expit(after)}
            scores = score_columns(tweets.labels[kept], columns, tweets.groups[kept], _SEED, reference="before")
            rows.append(
                {
                    "positive, %": f"{100 * share:.0f}",
                    "tweets": f"{len(kept):,}",
                    "logits": name,
                    "estimated, %": f"{100 * found:.0f}",
                    "accuracy before, %": percent(scores["before"].overall["accuracy"]),
                    "after, %": percent(scores["after"].overall["accuracy"]),
                    "change, points": points(scores["after"].margins["accuracy"]),
                }
            )
    return pd.DataFrame(rows)


def small_samples(model: Model, tweets: LabeledTweets, sizes: Sequence[int] = (100, 300, 1000)) -> pd.DataFrame:
    """Shift the probabilities of small samples, with the lexicon.

    Args:
        model: the model, not adapted.
        tweets: the tweets, none of them neutral.
        sizes: the numbers of tweets.

    Returns:
        A row for each size, with the mean and the worst change of accuracy in points by the share of positive tweets.
    """
    rows, generator = [], np.random.default_rng(_SEED)
    logits = _logits(model, tweets)[LEXICON]
    for size in sizes:
        row = {"tweets": f"{size:,}"}
        for share in (0.2, 0.5, 0.8):
            changes = []
            for _ in range(_SMALL_SAMPLES):
                kept = generator.permutation(with_share(tweets.labels, share, generator))[:size]
                is_positive = tweets.labels[kept] == 1
                before, after = ((of >= 0) == is_positive for of in (logits[kept], shifted(logits[kept])[1]))
                changes.append(100 * (after.mean() - before.mean()))
            row[f"{100 * share:.0f} % positive"] = f"{np.mean(changes):+.1f}, worst {min(changes):+.1f}"
        rows.append(row)
    return pd.DataFrame(rows)


def _logits(model: Model, tweets: LabeledTweets) -> Mapping[str, np.ndarray]:
    tokens = model.tokens(tweets.texts)
    logits = model.logits(tokens)
    return {name: with_terms(logits, tokens, SCORINGS[name]) for name in (LEXICON, ALONE)}


def report(model: Model, others: LabeledTweets, test: LabeledTweets, sizes: Sequence[int] = SIZES) -> str:
    """Measure, and write the tables."""
    tables = {"Two labels": curve(model, test.polar(), others.polar(), sizes)}
    if (test.labels == NEUTRAL).any():
        tables["Three labels"] = curve(model, test, others, sizes)
    tables["Other shares of positive tweets"] = prior_shift(model, test.polar())
    tables[f"Changes of accuracy with few tweets, {LEXICON}, {_SMALL_SAMPLES} samples"] = small_samples(
        model, test.polar()
    )
    return "\n\n".join(f"{title}:\n\n{markdown(table)}" for title, table in tables.items())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this benchmark."""
    columns = "CSV file with the columns split, label (negative, neutral or positive) and text (required)"
    parser.add_argument("--labeled", type=Path, required=True, metavar="FILE", help=columns)
    parser.add_argument("--test", required=True, metavar="SPLIT", help="the split whose tweets are scored (required)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="Markdown file to write (default: print it)")
    add_model(parser)


def main(arguments: argparse.Namespace) -> None:
    """Print the tables, or write them."""
    others, test = read_labeled(arguments.labeled, arguments.test)
    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    text = report(Model(manifest, folder), others, test)
    if arguments.output is None:
        print(text)
        return
    with atomic_path(arguments.output) as path:
        path.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    launch("benchmarks.adapt_curve", __doc__, add_arguments, main)
