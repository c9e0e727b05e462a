"""What one would score tweets with instead, trained on the same tweets and timed in the same run.

Each peer reads a CSV file and writes it with its probabilities, as `predict.py` does; what its packages take to load,
and its model to be trained, is not counted, while all of the time of `predict.py` is.
"""

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

from .errors import UserError

Probability = Callable[[Sequence[str]], np.ndarray]

_LINK, _USER, _SIGN = re.compile(r"https?://\S+"), re.compile(r"@\w+"), re.compile(r"([.!?,'/()])")


def tfidf(texts: Sequence[str], labels: np.ndarray) -> Probability:
    """scikit-learn's TF-IDF of words and pairs of words, and its logistic regression."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=2.0, solver="liblinear")
    )
    model.fit(texts, labels)
    return lambda some: model.predict_proba(some)[:, 1]


def fasttext(texts: Sequence[str], labels: np.ndarray) -> Probability:
    """fastText with pairs of words and subwords (pip install fasttext)."""
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
        # its Python predict() breaks on NumPy 2: the C++ object is asked itself
        answers = [{name: p for p, name in model.f.predict(line(text) + "\n", 2, 0.0, "strict")} for text in some]
        return np.array([answer.get("__label__1", 0.0) for answer in answers])

    return probability


def vader(texts: Sequence[str], labels: np.ndarray) -> Probability:
    """VADER's rules; nothing is trained (pip install vaderSentiment)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    return lambda some: np.array([analyser.polarity_scores(text)["compound"] / 2 + 0.5 for text in some])


PEERS: dict[str, tuple[str, Callable[[Sequence[str], np.ndarray], Probability]]] = {
    "fastText": ("fasttext", fasttext),
    "TF-IDF + LR": ("sklearn", tfidf),
    "VADER": ("vaderSentiment", vader),
}


@dataclass(frozen=True)
class Rate:
    """How fast and how well something scores.

    Attributes:
        name: of what scores.
        seconds: from CSV to CSV.
        tweets: scored in that time.
        accuracy: on those of the tweets that were set aside.
        log_loss: likewise.
    """

    name: str
    seconds: float
    tweets: int
    accuracy: float
    log_loss: float

    def line(self) -> str:
        """In words."""
        rate = self.tweets / self.seconds
        scored = f"accuracy {100 * self.accuracy:5.2f} %   log loss {self.log_loss:.4f}"
        return f"{self.name:16} {rate:9,.0f} tweets/s   {self.seconds:7.1f} s for {self.tweets:9,}   {scored}"


def compare(run: Path, predict: Path, tweets: int, fewer: int) -> Iterator[Rate]:
    """Both qualities of a run's model and the peers, on the tweets that the run set aside.

    Args:
        run: the folder of a run with `--set-aside`.
        predict: the script to run, by this Python.
        tweets: rows of the file that the fast ones score; beyond those set aside, training tweets, for the time only.
        fewer: rows that the slow ones score, the ensemble and VADER among them.

    Yields:
        A rate each, as it is measured.

    Raises:
        UserError: the run set no tweets aside, or its model cannot be used.
    """
    train, aside = (pd.read_csv(run / "work" / name, keep_default_na=False) for name in ("rows.csv", "aside.csv"))
    aside = aside.sample(frac=1, random_state=0)  # they lie sorted by label
    columns = ["id", "label", "text"]
    together = pd.concat([aside[columns], train[columns].sample(frac=1, random_state=0)])
    if aside.empty:
        raise UserError("the run set no tweets aside", str(run), "train one with --set-aside 0.1 --run NAME")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "tweets.csv", Path(folder) / "scored.csv"

        def rate(name: str, rows: int, score: Callable[[], None]) -> Rate:
            together.iloc[np.arange(rows) % len(together)].to_csv(source, index=False)
            began = time.perf_counter()
            score()
            seconds = time.perf_counter() - began
            scored = pd.read_csv(target, keep_default_na=False).iloc[: len(aside)]
            label, probability = scored["label"], scored["probability"].to_numpy()
            loss = log_loss(label, np.clip(probability, 1e-6, 1 - 1e-6))
            return Rate(name, seconds, rows, accuracy_score(label, probability >= 0.5), loss)

        for quality, rows in (("fast", tweets), ("best", fewer)):
            flags = ["--model", run, "--quality", quality, "--input", source, "--output", target]
            yield rate(f"ours, {quality}", rows, partial(_run, [sys.executable, str(predict), *map(str, flags)]))
        for name, (package, fit) in PEERS.items():
            if find_spec(package) is None:
                continue
            probability = fit(train["text"].tolist(), train["label"].to_numpy())
            rows = fewer if name == "VADER" else tweets
            yield rate(name, rows, partial(_score_file, probability, source, target))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"predict.py failed ({why})", " ".join(command[1:]), "try that command by itself")


def _score_file(probability: Probability, source: Path, target: Path) -> None:
    table = pd.read_csv(source, keep_default_na=False)
    found = probability(table["text"].tolist())
    table.assign(sentiment=np.where(found >= 0.5, "positive", "negative"), probability=found).to_csv(
        target, index=False
    )
