"""Compare the speed of this project with that of a typical notebook, and measure how the cost of preparation grows.

Examples:
  # Every part, on the tweets that run_all.sh would use
  python -m benchmarks.training

  # Read, clean and encode the whole file of tweets
  python -m benchmarks.training text

  # Train the course's Conv1D+LSTM with frozen and with fine-tuned vectors, compared with plain Keras `fit`
  python -m benchmarks.training training

  # Seconds and peak memory of preparing 0.1 to 6.4 million tweets
  python -m benchmarks.training growth

A single time says little on a shared machine. So notebook and project run alternately for several rounds. The ratio is
the median over the rounds, with the lowest and the highest.
"""

import argparse
import csv
import html
import io
import multiprocessing
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.pool import Pool
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import log_loss

from benchmarks.command_line import launch
from sentiment140.cli.arguments import folders, not_negative, positive
from sentiment140.cli.data_arguments import add_data
from sentiment140.data.arrays import TrainingData
from sentiment140.data.files import DataFile
from sentiment140.data.locate import DataFiles, DataRequest, find_data
from sentiment140.data.prepare import Prepared, prepare, read
from sentiment140.data.read import read_tweets
from sentiment140.data.search import TweetFiles
from sentiment140.data.sources import ENCODING, TRAIN_FILE
from sentiment140.errors import unknown_name
from sentiment140.executors import executor_named
from sentiment140.experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from sentiment140.runs.memory import peak_memory_mib
from sentiment140.text.stopwords import STOPWORDS
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vocabulary import Vocabulary

if TYPE_CHECKING:  # imports TensorFlow, which only the part `training` needs
    from sentiment140.training.fit import FitResult, FoldFit

PARTS = ("text", "training", "growth")
VECTORS = "glove.6B.100d"
SIZES = (100_000, 400_000, 1_600_000, 6_400_000)
_WIDTH = 32  # tokens to which the notebook pads every tweet
_NOTEBOOK_TOKEN = re.compile(r"<\w+>|[a-z]+(?:'[a-z]+)?|\d+|[!?]+|[:;=][-o]?[()dp]")


@dataclass(frozen=True)
class Comparison:
    """The speed of a notebook and of this project at the same work.

    Attributes:
        what: the work.
        theirs: tweets per second of the notebook, one number per round.
        ours: tweets per second of this project, one number per round.
        note: further measurements.
    """

    what: str
    theirs: list[float]
    ours: list[float]
    note: str = ""

    def line(self) -> str:
        """Format the median speeds and `ratio median [lowest, highest]` as one line."""
        ratios = np.array(self.ours) / np.array(self.theirs)
        rates = f"notebook {np.median(self.theirs):9,.0f}/s   ours {np.median(self.ours):9,.0f}/s"
        ratio = f"ratio {np.median(ratios):5.2f} [{ratios.min():.2f}, {ratios.max():.2f}]"
        return f"{self.what:30} {rates}   {ratio}   {self.note}".rstrip()


def run(
    files: DataFiles, parts: Iterable[str], rounds: int, tweets: int, workers: int, show: Callable[[str], None]
) -> None:
    """Run parts of the benchmark.

    Args:
        files: the tweets and word vectors.
        parts: names from PARTS.
        rounds: number of rounds of each comparison.
        tweets: number of tweets to train on; 0 for all.
        workers: number of models trained at the same time.
        show: called with each line as soon as it is measured.
    """
    for part in parts:
        if part == "text":
            show(text(files, rounds).line())
        elif part == "training":
            show(training(files, rounds, tweets, workers, trainable=False).line())
            show(training(files, rounds, tweets, workers, trainable=True).line())
        else:
            for line in growth(files):
                show(line)


def text(files: DataFiles, rounds: int) -> Comparison:
    """Measure reading, cleaning and encoding the whole file without stopwords."""
    theirs, ours = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        rows = len(_notebook_matrix(files.tweets.train))
        theirs.append(rows / (time.perf_counter() - started))
        started = time.perf_counter()
        table, _ = read_tweets(files.tweets.train)
        tokens = tokenize(table["text"])
        Vocabulary.build(tokens, TextSettings(punctuation=False)).encode(tokens)
        ours.append(len(table) / (time.perf_counter() - started))
    return Comparison("read, clean, encode", theirs, ours, f"{rows:,} tweets")


def training(files: DataFiles, rounds: int, tweets: int, workers: int, trainable: bool) -> Comparison:
    """Measure training the course's Conv1D+LSTM for two epochs on all folds but one, with the same vectors.

    The notebook calls plain `fit` with the defaults of Keras' Adam and uses all cores. This project trains one fold per
    core, as a run does, with its own learning rate, which decreases to 0.

    Args:
        files: the tweets and word vectors.
        rounds: number of rounds.
        tweets: number of tweets; 0 for all.
        workers: number of folds trained at the same time.
        trainable: whether the vectors are fine-tuned.
    """
    from sentiment140.training.fit import FoldFit

    words = TextSettings(
        stopwords="none", punctuation=False, vocabulary_size=80_000, minimum_count=1, max_length=_WIDTH
    )
    member = Member(
        "conv_lstm",
        "conv_lstm",
        text=words,
        vectors=VectorSettings(VECTORS, trainable),
        fit=FitSettings(2, 2, minimum_steps=1, learning_rate=0.002 if trainable else 0.003),
    )
    experiment = Experiment("benchmark", 0, 5, tweets, "mean", member.name, (member.name,), (member,))
    prepared = prepare(read(files.tweets, tweets, 0), files.vectors, experiment)
    theirs, ours, losses, shares = [], [], [], []
    for round_number in range(rounds):
        with _process(TF_NUM_INTRAOP_THREADS="0", TF_NUM_INTEROP_THREADS="0") as pool:  # 0: TensorFlow chooses
            speed, loss = pool.apply(_notebook_fit, (prepared, member, round_number))
        theirs.append(speed)
        fits = [FoldFit(member, fold, round_number) for fold in range(min(workers, experiment.folds))]
        done = executor_named("processes", workers).run(_measured_fit, fits, prepared.data)
        results = {fit.fold: result for fit, result in done}
        costs = [result.cost for result, _ in results.values()]
        ours.append(sum(cost["tweets_per_second"] for cost in costs))
        shares.append(sum(alone for _, alone in results.values()) / sum(cost["seconds"] for cost in costs))
        losses.append((loss, results[0][0].history[-1]["val_loss"]))
    mean_losses = np.mean(losses, axis=0)
    note = (
        f"log loss on the validation fold {mean_losses[0]:.4f} and {mean_losses[1]:.4f}, "
        f"arithmetic {100 * np.median(shares):.0f} % of our time, "
        f"{len(prepared.data.matrices[words, VECTORS]):,} vectors, {len(prepared.rows):,} tweets"
    )
    return Comparison(f"training, vectors {'fine-tuned' if trainable else 'frozen'}", theirs, ours, note)


def growth(files: DataFiles) -> Iterator[str]:
    """Measure seconds and peak memory of reading and preparing 0.1 to 6.4 million tweets, each size in a new process.

    If there are too few tweets, they are repeated with a synthetic word added to each.

    Yields:
        One line per size.
    """
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / TRAIN_FILE
            _write_repeated(files.tweets.train, path, size)
            with _process() as pool:
                seconds, mebibytes = pool.apply(_preparation_cost, (path,))
        yield f"{size:11,} tweets   {seconds:7.1f} s   {1e6 * seconds / size:6.1f} µs/tweet   {mebibytes:8,.0f} MiB"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    # `choices` would reject the empty list, which stands for the default
    names = f"parts to run: {', '.join(PARTS)} (default: all)"
    parser.add_argument("parts", nargs="*", type=_part, default=PARTS, metavar="PART", help=names)
    add_data(parser)
    parser.add_argument(
        "--rounds", type=positive, default=3, metavar="N", help="number of rounds of each comparison (default: 3)"
    )
    parser.add_argument(
        "--tweets",
        type=not_negative,
        default=200_000,
        metavar="N",
        help="number of tweets to train on; 0: all tweets (default: 200,000)",
    )
    parser.add_argument(
        "--workers",
        type=positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="models trained at the same time, each on one core and in about 1.5 GB of memory "
        "(default: number of cores)",
    )


def main(arguments: argparse.Namespace) -> None:
    """Run the parts, and print one line per result."""
    files = find_data(DataRequest(arguments.data, require_vectors=True), [VECTORS], folders().data)
    counts = (arguments.rounds, arguments.tweets, arguments.workers)
    run(files, arguments.parts, *counts, lambda line: print(line, flush=True))


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(unknown_name("part", name, PARTS))
    return name


def _notebook_matrix(file: DataFile) -> np.ndarray:
    """Encode the tweets with regular expressions, a counter and a loop, as most notebooks do.

    Returns:
        int32 [tweets, 32], token ids padded with 0 on the right.
    """
    texts = []
    with file.open() as stream:
        for row in csv.reader(io.TextIOWrapper(stream, ENCODING, newline="")):
            if row[0] in ("0", "4"):
                texts.append(row[5])

    def tokens_of(tweet: str) -> list[str]:
        tweet = re.sub(r"https?://\S+|www\.\S+", " <url> ", html.unescape(tweet.lower()))
        words = _NOTEBOOK_TOKEN.findall(re.sub(r"@\w+", " <user> ", tweet))
        return [word for word in words if word not in STOPWORDS["standard"]]

    tokens = [tokens_of(tweet) for tweet in texts]
    counts = Counter(word for tweet in tokens for word in tweet)
    ids = {word: number + 2 for number, (word, count) in enumerate(counts.most_common(50_000)) if count > 1}
    matrix = np.zeros((len(tokens), _WIDTH), np.int32)
    for number, tweet in enumerate(tokens):
        numbers = [ids.get(word, 1) for word in tweet[:_WIDTH]]
        matrix[number, : len(numbers)] = numbers
    return matrix


def _notebook_fit(prepared: Prepared, member: Member, seed: int) -> tuple[float, float]:
    """Train with plain `fit` on tweets that are all padded to the same width.

    Returns:
        Tweets per second, and the log loss on the validation fold.
    """
    from sentiment140.training.fit import build_keras  # imported before Keras, whose messages it silences

    import keras  # isort: skip

    data, settings = prepared.data, member.fit
    assert settings is not None
    ids = data.train_ids[member.text]
    train, validation = (ids.padded(np.flatnonzero(part), _WIDTH) for part in (data.folds != 0, data.folds == 0))
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build_keras(member, next(iter(data.matrices.values())))
    model.compile(keras.optimizers.Adam(), "binary_crossentropy", metrics=["accuracy"])
    labels = data.labels[data.folds != 0].astype(np.float32)
    started = time.perf_counter()
    model.fit(train, labels, batch_size=settings.batch_size, epochs=settings.epochs, verbose=0)
    seconds = time.perf_counter() - started
    probability = model.predict(validation, batch_size=4096, verbose=0)[:, 0]
    return len(train) * settings.epochs / seconds, float(log_loss(data.labels[data.folds == 0], probability))


def _measured_fit(data: TrainingData, task: "FoldFit") -> tuple["FitResult", float]:
    """Fit a fold as a run does.

    Returns:
        The result, and the seconds that the arithmetic alone would take in the same process.
    """
    from benchmarks.arithmetic import arithmetic_seconds
    from sentiment140.training.fit import build_keras, fit_fold

    member, result = task.member, fit_fold(data, task)
    assert member.vectors is not None
    model = build_keras(member, data.matrix(member.text, member.vectors, task.fold))
    widths = data.train_ids[member.text].take(np.flatnonzero(data.folds != task.fold)).widths(member.text.bucket)
    return result, arithmetic_seconds(model, widths, len(result.history))


@contextmanager
def _process(**environment: str) -> Iterator[Pool]:
    """Start another process with additional environment variables.

    Yields:
        A pool with this process.
    """
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            os.environ.clear()
            os.environ.update(before)
            yield pool
    finally:
        os.environ.clear()
        os.environ.update(before)


def _preparation_cost(path: Path) -> tuple[float, float]:
    member = Member("tfidf_logistic", "tfidf_logistic", {}, replace(TextSettings(), stopwords="none"))
    experiment = Experiment("benchmark", 0, 5, 0, "mean", member.name, (member.name,), (member,))
    started = time.perf_counter()
    prepare(read(TweetFiles(DataFile(path)), 0, 0), {}, experiment)
    return time.perf_counter() - started, peak_memory_mib()


def _write_repeated(file: DataFile, path: Path, size: int) -> None:
    with path.open("w", encoding=ENCODING, newline="") as target:
        writer, written, copy = csv.writer(target, quoting=csv.QUOTE_ALL), 0, 0
        with file.open() as stream:
            step = max(1, sum(1 for _ in stream) // size)
        while written < size:
            with file.open() as stream:
                rows = csv.reader(io.TextIOWrapper(stream, ENCODING, newline=""))
                for row in islice(rows, 0, None, step):  # rows from all over the file, which is sorted by label
                    if written == size:
                        break
                    text = f"{row[5]} made{written % 1000}up{copy}" if copy else row[5]
                    writer.writerow([row[0], written, *row[2:5], text])
                    written += 1
            copy += 1


if __name__ == "__main__":
    launch("benchmarks.training", __doc__, add_arguments, main)
