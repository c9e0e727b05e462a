"""What this project's ways cost beside a notebook's. Single times say little on a shared machine: ratios of one run do.

Each way is run in turn, several times; a ratio is printed as its median over the pairs, with the lowest and highest.
"""

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

import numpy as np
from sklearn.metrics import log_loss

from .corpus.find import Found
from .corpus.read import read_tweets
from .corpus.sources import DATASETS, Located, LocatedTweets
from .executors import executor_named
from .experiment import Experiment, FitSettings, Member, TextSettings, VectorSettings
from .memory import peak_memory_mib
from .text.stopwords import STOPWORDS
from .text.tokenise import tokenise
from .text.vocabulary import Vocabulary
from .training.preparation import Prepared, prepare, read
from .training.unit import Unit, build_keras, fit_unit

_DATASET = DATASETS["sentiment140"]
VECTORS = "glove.6B.100d"
SIZES = (100_000, 400_000, 1_600_000, 6_400_000)
_WIDTH = 32  # what a notebook pads every tweet to
_NOTEBOOK_TOKEN = re.compile(r"<\w+>|[a-z]+(?:'[a-z]+)?|\d+|[!?]+|[:;=][-o]?[()dp]")


@dataclass(frozen=True)
class Comparison:
    """One kind of work done in two ways, in turn.

    Attributes:
        what: the work.
        theirs: tweets a second of the notebook's way, a number a round.
        ours: likewise of ours.
        note: what else was measured.
    """

    what: str
    theirs: list[float]
    ours: list[float]
    note: str = ""

    def line(self) -> str:
        """`what: theirs, ours, ratio median [low, high]`."""
        ratios = np.array(self.ours) / np.array(self.theirs)
        rates = f"notebook {np.median(self.theirs):9,.0f}/s   ours {np.median(self.ours):9,.0f}/s"
        ratio = f"ratio {np.median(ratios):5.2f} [{ratios.min():.2f}, {ratios.max():.2f}]"
        return f"{self.what:28} {rates}   {ratio}   {self.note}".rstrip()


def text(found: Found, rounds: int) -> Comparison:
    """Reading, cleaning and encoding the whole file, stopwords removed."""
    theirs, ours = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        rows = len(_notebook_matrix(found.tweets.train))
        theirs.append(rows / (time.perf_counter() - began))
        began = time.perf_counter()
        table, _ = read_tweets(found.tweets.train, _DATASET)
        tokens = tokenise(table["text"])
        Vocabulary.build(tokens, TextSettings(punctuation=False)).encode(tokens)
        ours.append(len(table) / (time.perf_counter() - began))
    return Comparison("read, clean, encode", theirs, ours, f"{rows:,} tweets")


def training(found: Found, rounds: int, tweets: int, workers: int, trainable: bool) -> Comparison:
    """The course's Conv1D+LSTM on all folds but one, two epochs, the same vectors.

    Theirs is plain `fit` with Keras' Adam as it comes and all cores; ours trains as many folds at a time as there are
    cores, as a run does, with a rate of its own that falls to 0.
    """
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
    data = prepare(read(found.tweets, _DATASET, tweets, 0), found.vectors, experiment)
    theirs, ours, notes = [], [], []
    for round_number in range(rounds):
        with _process(TF_NUM_INTRAOP_THREADS="0", TF_NUM_INTEROP_THREADS="0") as pool:  # 0: as many as it likes
            speed, loss = pool.apply(_notebook_fit, (data, member, round_number))
        theirs.append(speed)
        units = [Unit(member, fold, round_number) for fold in range(min(workers, experiment.folds))]
        results = {
            unit.fold: result for unit, result in executor_named("processes", workers).run(fit_unit, units, data.data)
        }
        ours.append(sum(result.cost["tweets_per_second"] for result in results.values()))
        notes.append((loss, results[0].history[-1]["val_loss"]))
    losses = np.mean(notes, axis=0)
    size = len(data.data.matrices[words, VECTORS])
    note = f"held-out log loss {losses[0]:.4f} and {losses[1]:.4f}, {size:,} vectors, {len(data.rows):,} tweets"
    return Comparison(f"training, vectors {'trained' if trainable else 'frozen'}", theirs, ours, note)


def growth(found: Found) -> Iterator[str]:
    """Seconds and peak memory of reading and preparing ever more tweets, a line a size, each in a process of its own.

    Beyond the tweets there are, they are repeated with a made-up word each.
    """
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / _DATASET.train_file
            _write_repeated(found.tweets.train, path, size)
            with _process() as pool:
                seconds, mebibytes = pool.apply(_preparation_cost, (path,))
        yield f"{size:11,} tweets   {seconds:7.1f} s   {1e6 * seconds / size:6.1f} µs a tweet   {mebibytes:8,.0f} MiB"


def _notebook_matrix(located: Located) -> np.ndarray:
    """int32 [tweets, 32]: regular expressions, a counter and a loop, as most notebooks have it."""
    texts = []
    with located.open() as stream:
        for row in csv.reader(io.TextIOWrapper(stream, _DATASET.encoding, newline="")):
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
    """(tweets a second, held-out log loss) of `fit` on rows that are all padded to the longest."""
    import keras  # here, so that the package has imported it first, without TensorFlow's lines

    data, settings = prepared.data, member.fit
    assert settings is not None
    ids = data.train_ids[member.text]
    train, held_out = (ids.padded(np.flatnonzero(part), _WIDTH) for part in (data.folds != 0, data.folds == 0))
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build_keras(member, next(iter(data.matrices.values())))
    model.compile(keras.optimizers.Adam(), "binary_crossentropy", metrics=["accuracy"])
    labels = data.labels[data.folds != 0].astype(np.float32)
    began = time.perf_counter()
    model.fit(train, labels, batch_size=settings.batch_size, epochs=settings.epochs, verbose=0)
    seconds = time.perf_counter() - began
    probability = model.predict(held_out, batch_size=4096, verbose=0)[:, 0]
    return len(train) * settings.epochs / seconds, float(log_loss(data.labels[data.folds == 0], probability))


@contextmanager
def _process(**environment: str) -> Iterator[Pool]:
    """A process of its own, with these settings in its environment."""
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
    began = time.perf_counter()
    prepare(read(LocatedTweets(Located(path)), _DATASET, 0, 0), {}, experiment)
    return time.perf_counter() - began, peak_memory_mib()


def _write_repeated(located: Located, path: Path, size: int) -> None:
    with path.open("w", encoding=_DATASET.encoding, newline="") as file:
        writer, written, copy = csv.writer(file, quoting=csv.QUOTE_ALL), 0, 0
        with located.open() as stream:
            step = max(1, sum(1 for _ in stream) // size)
        while written < size:
            with located.open() as stream:
                rows = csv.reader(io.TextIOWrapper(stream, _DATASET.encoding, newline=""))
                for row in islice(rows, 0, None, step):  # not the head: the file is sorted by label
                    if written == size:
                        break
                    text = f"{row[5]} made{written % 1000}up{copy}" if copy else row[5]
                    writer.writerow([row[0], written, *row[2:5], text])
                    written += 1
            copy += 1


def run(
    found: Found, parts: Iterable[str], rounds: int, tweets: int, workers: int, show: Callable[[str], None]
) -> None:
    """Runs the parts and shows each line as it is measured."""
    for part in parts:
        if part == "text":
            show(text(found, rounds).line())
        elif part == "training":
            show(training(found, rounds, tweets, workers, trainable=False).line())
            show(training(found, rounds, tweets, workers, trainable=True).line())
        else:
            for line in growth(found):
                show(line)
