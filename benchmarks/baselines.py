"""Compare predict.py with baselines that are trained on the same tweets: accuracy and speed on held-out tweets.

Examples:
  # First train a run with a tenth of the texts held out
  bash scripts/run_all.sh --holdout 0.1 --seed 1 --run heldout

  # Then compare its fast model and its ensemble with TF-IDF + logistic regression
  python -m benchmarks.baselines --run heldout

  # Install fastText and VADER to compare with them, too
  .venv/bin/pip install fasttext vaderSentiment

Each baseline reads a CSV file and writes it with its probabilities, as predict.py does. The time that a baseline takes
to load its packages and to train its model is not counted. All the time of predict.py is counted: of its fast model
by default, without emoji and emoticons (bare), and with the lexicon (all); and of the ensemble.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline

from benchmarks.checkout import REPOSITORY
from benchmarks.command_line import launch
from sentiment140.cli.arguments import add_run, open_run, positive
from sentiment140.data.arrays import HOLDOUT
from sentiment140.data.tables import ROWS, UNSEEN_TABLES
from sentiment140.errors import UserError
from sentiment140.labels import is_positive, sentiments

Probability = Callable[[Sequence[str]], np.ndarray]

FAST = ("--quality", "fast")
_PREDICT = REPOSITORY / "scripts" / "predict.py"
_LINK, _USER, _SIGN = re.compile(r"https?://\S+"), re.compile(r"@\w+"), re.compile(r"([.!?,'/()])")


def tfidf(texts: Sequence[str], labels: np.ndarray) -> Probability:
    """Train scikit-learn's logistic regression on TF-IDF features of words and pairs of words.

    Args:
        texts: the tweets.
        labels: int [tweets], 0 negative, 1 positive.

    Returns:
        A function from texts to float [texts], the probabilities of positive.
    """
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=2.0, solver="liblinear")
    )
    model.fit(texts, labels)
    return lambda some: model.predict_proba(some)[:, 1]


def fasttext(texts: Sequence[str], labels: np.ndarray) -> Probability:
    """Train fastText with pairs of words and subwords; arguments and return value as of `tfidf`.

    Needs `pip install fasttext`.
    """
    import fasttext as package

    def line(text: str) -> str:
        plain = _USER.sub(" USER ", _LINK.sub(" URL ", text.lower()))
        return _SIGN.sub(r" \1 ", plain).replace("\n", " ")

    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", errors="surrogateescape") as file:
        for row in np.random.default_rng(0).permutation(len(texts)):  # the file may be sorted by label
            file.write(f"__label__{labels[row]} {line(texts[row])}\n")
        file.flush()
        settings = {"wordNgrams": 2, "epoch": 5, "lr": 0.3, "dim": 50, "minCount": 2, "minn": 3, "maxn": 5}
        model = package.train_supervised(file.name, bucket=500_000, thread=os.cpu_count(), verbose=0, **settings)

    def probability(some: Sequence[str]) -> np.ndarray:
        # fastText's Python method predict() fails with NumPy 2, so this calls the C++ object
        answers = [{name: p for p, name in model.f.predict(line(text) + "\n", 2, 0.0, "strict")} for text in some]
        return np.array([answer.get("__label__1", 0.0) for answer in answers])

    return probability


def vader(texts: Sequence[str], labels: np.ndarray) -> Probability:
    """Apply VADER's rules without training; arguments and return value as of `tfidf`.

    Needs `pip install vaderSentiment`.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return lambda some: np.array([analyzer.polarity_scores(text)["compound"] / 2 + 0.5 for text in some])


BASELINES: dict[str, tuple[str, Callable[[Sequence[str], np.ndarray], Probability]]] = {
    "fastText": ("fasttext", fasttext),
    "TF-IDF + LR": ("sklearn", tfidf),
    "VADER": ("vaderSentiment", vader),
}


@dataclass(frozen=True)
class Rate:
    """Speed and accuracy of a model.

    Attributes:
        name: name of the model.
        seconds: time to read the CSV file, score it and write the result.
        tweets: number of tweets in the file.
        accuracy: accuracy on the held-out tweets among them, 0 to 1.
        log_loss: log loss on the same tweets.
    """

    name: str
    seconds: float
    tweets: int
    accuracy: float
    log_loss: float

    def line(self) -> str:
        """Format speed and accuracy as one line."""
        rate = self.tweets / self.seconds
        scored = f"accuracy {100 * self.accuracy:5.2f} %   log loss {self.log_loss:.4f}"
        return f"{self.name:16} {rate:9,.0f} tweets/s   {self.seconds:7.1f} s for {self.tweets:9,}   {scored}"


def compare(run: Path, tweets: int, fewer: int) -> Iterator[Rate]:
    """Measure both models of a run and the baselines on the tweets that the run held out.

    Args:
        run: folder of a run with `--holdout`.
        tweets: number of tweets that fast models score. If there are fewer held-out tweets, training tweets are added,
            which count for the time only.
        fewer: number of tweets that slow models score: the ensemble and VADER.

    Yields:
        One rate per model, as soon as it is measured.

    Raises:
        UserError: the run held no tweets out, or its model cannot be used.
    """
    train, holdout = (
        pd.read_csv(run / name, keep_default_na=False, dtype={"text": str}) for name in (ROWS, UNSEEN_TABLES[HOLDOUT])
    )
    if holdout.empty:
        remedy = "train another: bash scripts/run_all.sh --holdout 0.1 --run NAME"
        raise UserError("the run held no tweets out", str(run), remedy)
    columns = ["id", "label", "text"]
    # shuffled, because both tables are sorted by label
    together = pd.concat([table[columns].sample(frac=1, random_state=0) for table in (holdout, train)])
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "tweets.csv", Path(folder) / "scored.csv"

        def rate(name: str, rows: int, score: Callable[[], None]) -> Rate:
            together.iloc[np.arange(rows) % len(together)].to_csv(source, index=False)
            started = time.perf_counter()
            score()
            seconds = time.perf_counter() - started
            scored = pd.read_csv(target, keep_default_na=False).iloc[: len(holdout)]
            label, probability = scored["label"], scored["probability"].to_numpy()
            loss = log_loss(label, np.clip(probability, 1e-6, 1 - 1e-6))
            return Rate(name, seconds, rows, accuracy_score(label, is_positive(probability)), loss)

        for name, flags, rows in (
            ("ours, fast", FAST, tweets),
            ("ours, fast, bare", [*FAST, "--emoji", "off", "--emoticons", "off"], tweets),
            ("ours, fast, all", [*FAST, "--lexicon", "on"], tweets),
            ("ours, best", ["--quality", "best"], fewer),
        ):
            command = [sys.executable, _PREDICT, *flags, "--model", run, "--input", source, "--output", target]
            yield rate(name, rows, partial(_run, [*map(str, command)]))
        for name, (package, fit) in BASELINES.items():
            if find_spec(package) is None:
                continue
            probability = fit(train["text"].tolist(), train["label"].to_numpy())
            rows = fewer if name == "VADER" else tweets
            yield rate(name, rows, partial(_score_file, probability, source, target))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_run(parser)
    parser.add_argument(
        "--tweets",
        type=positive,
        default=1_000_000,
        metavar="N",
        help="number of tweets that fast models score (default: 1,000,000)",
    )
    parser.add_argument(
        "--fewer",
        type=positive,
        default=100_000,
        metavar="N",
        help="number of tweets that slow models score (default: 100,000)",
    )


def main(arguments: argparse.Namespace) -> None:
    """Measure, and print one line per model."""
    for rate in compare(open_run(arguments).folder, arguments.tweets, arguments.fewer):
        print(rate.line(), flush=True)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"predict.py failed ({why})", remedy=f"run it alone: {' '.join(command)}")


def _score_file(probability: Probability, source: Path, target: Path) -> None:
    table = pd.read_csv(source, keep_default_na=False)
    found = probability(table["text"].tolist())
    table.assign(sentiment=sentiments(found), probability=found).to_csv(target, index=False)


if __name__ == "__main__":
    launch("benchmarks.baselines", __doc__, add_arguments, main)
