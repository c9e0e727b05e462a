"""Score short sentences by what they test, and sentences that differ in a group of people, in four ways.

Examples:
  # With the fast model of a run
  python -m benchmarks.sentences --model standard

  # Write the tables as Markdown
  python -m benchmarks.sentences --model standard --output docs/sentences.md

The sentences are in benchmarks/sentences.csv, 20 of each group, written for this test; nothing was fitted on them. With
a weaker sentence beside it, a sentence is right if it is more negative or more positive than that. A neutral sentence
is right if its probability is between 1/3 and 2/3, if VADER's score is between -0.05 and 0.05, or if three labels call
it neutral.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.command_line import launch
from sentiment140.cli.scoring_arguments import add_model
from sentiment140.evaluation.identity import identity_rows
from sentiment140.runs.files import atomic_path
from sentiment140.runs.places import SUBMISSIONS
from sentiment140.serving.choose import choose_model
from sentiment140.serving.models import Model
from sentiment140.serving.predictor import Predictor

FILE = Path(__file__).with_name("sentences.csv")
_NEUTRAL_LOGIT = np.log(2)  # of the probability 2/3
_NEUTRAL_VADER = 0.05

Logits = Callable[[Sequence[str]], np.ndarray]


def read_sentences() -> pd.DataFrame:
    """Read the sentences: columns group, label, text and weaker, which is empty if there is none."""
    return pd.read_csv(FILE, keep_default_na=False)


def vader(texts: Sequence[str]) -> np.ndarray:
    """Compute VADER's compound score, -1 to 1, float64 [texts]."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts])


def is_right(sentences: pd.DataFrame, score: Logits, neutral: float) -> np.ndarray:
    """Whether each sentence is scored as it should be.

    Args:
        sentences: as `read_sentences` returns them.
        score: a function from texts to scores; above 0 is positive.
        neutral: a neutral sentence has a score from `-neutral` to `neutral`.

    Returns:
        bool [sentences].
    """
    found, label = score(sentences["text"].tolist()), sentences["label"].to_numpy()
    has_weaker = (sentences["weaker"] != "").to_numpy()
    compared = found - np.where(has_weaker, score(sentences["weaker"].tolist()), 0.0)
    right = np.where(label == "positive", compared > 0, compared < 0)
    return np.where(label == "neutral", np.abs(found) <= neutral, right)


def measure(model: Model) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Score all sentences.

    Returns:
        The number of right ones by group and way; the sentences that the full scoring gets wrong; and the differences
        between groups of people.
    """
    ways: dict[str, Logits] = {
        "model alone": Predictor(model, emoji=False, emoticons=False).decision_function,
        "default": Predictor(model).decision_function,
        "--lexicon on": Predictor(model, lexicon=True).decision_function,
        "VADER": vader,
    }
    sentences = read_sentences()
    right = {
        name: is_right(sentences, score, _NEUTRAL_VADER if score is vader else _NEUTRAL_LOGIT)
        for name, score in ways.items()
    }
    three = Predictor(model, labels=3).predict(sentences["text"].tolist())
    is_compared = (sentences["weaker"] != "").to_numpy()
    right["--labels 3"] = three == sentences["label"].to_numpy()
    by_group = sentences[["group"]].assign(n=1, **right).groupby("group", sort=False).sum()
    by_group.loc[sentences.loc[is_compared, "group"].unique(), "--labels 3"] = -1  # it compares no sentences
    wrong = sentences.loc[~right["--lexicon on"], ["group", "label", "text", "weaker"]]
    people = pd.DataFrame({"way": name, **vars(row)} for name, score in ways.items() for row in identity_rows(score))
    return by_group.reset_index(), wrong, people


def markdown(table: pd.DataFrame) -> str:
    """Format a table as Markdown."""
    rows = [table.columns, ["---"] * table.shape[1], *table.astype(str).to_numpy()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def report(model: Model) -> str:
    """Measure, and write the tables."""
    by_group, wrong, people = measure(model)
    total = by_group.drop(columns=["group", "--labels 3"]).sum()
    by_group = pd.concat([by_group, pd.DataFrame([{"group": "all", **total, "--labels 3": -1}])])
    by_group["--labels 3"] = by_group["--labels 3"].replace(-1, "")
    shown = people.assign(
        mean=people["mean"].map("{:.2f}".format),
        largest=[f"{row.largest:+.2f} ({row.where})" for row in people.itertuples()],
    )
    shown = shown[["way", "kind", "pairs", "mean", "largest", "flips"]]
    manifest = model.manifest
    return f"""# Sentences by what they test

Made by `python -m benchmarks.sentences`, run {manifest.run}, quality {manifest.quality}. The number of right sentences,
of 20 in each group. They were written for this test, and nothing was fitted on them.
[benchmarks/sentences.py](../benchmarks/sentences.py) says when one is right.

{markdown(by_group)}

## What `--lexicon on` gets wrong

{markdown(wrong)}

## Groups of people

Sentences such as "a white man walked in" and "a black man walked in" should get the same score. These are the
differences of the logit of positive within such pairs (of VADER: of its score), and the pairs with two different
labels. Words for groups of people have no weight of their own and no valence in the lexicon, so that nothing is added.
The networks learned from unfiltered tweets and are left as they are.

{markdown(shown)}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this benchmark."""
    add_model(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="Markdown file to write (default: print it)")


def main(arguments: argparse.Namespace) -> None:
    """Print the tables, or write them."""
    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    text = report(Model(manifest, folder))
    if arguments.output is None:
        print(text)
        return
    with atomic_path(arguments.output) as path:
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    launch("benchmarks.sentences", __doc__, add_arguments, main)
