"""Files to arrays: tweets read, sampled, tokenised, encoded and split into folds; vectors to matrices."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from sentiment140.data.arrays import HOLDOUT, TEST, TrainingData
from sentiment140.data.files import DataFile
from sentiment140.data.folds import assign_folds, duplicate_groups
from sentiment140.data.locate import TweetFiles
from sentiment140.data.read import read_tweets
from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, Member, TextSettings
from sentiment140.runs.files import lines_of
from sentiment140.text.slices import slices
from sentiment140.text.tokenize import SIGNS, tokenize
from sentiment140.text.vectors import random_matrix, read_matrix
from sentiment140.text.vocabulary import Vocabulary

log = logging.getLogger(__name__)

_LONGEST_LINE = 2**20  # of a vector file: 300 numbers have some 3,000 characters


@dataclass(frozen=True)
class Tweets:
    """The tables that were read, and what was met in the files.

    Attributes:
        train: `id`, `label`, `text` ... one row per training tweet.
        test: likewise, with a number `row` for each; label -1 where the tweet is neutral; empty without a test file.
        problems: counts by file.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    problems: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """Changes with any id, label or text."""
        digest = hashlib.sha256()
        for table in (self.train, self.test):
            digest.update(table["id"].to_numpy(np.int64).tobytes() + table["label"].to_numpy(np.int8).tobytes())
            digest.update("\n".join(table["text"]).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Prepared:
    """What training needs, and what the later stages need to know of it.

    Attributes:
        data: for the fold fits.
        rows: `id`, `label`, `fold`, `text_group` (equal for copies of one text), one row per training tweet.
        texts: the training tweets.
        holdout: `id`, `label`, `text`, `text_group` of the tweets held out.
        origin: `user` (a number for each) and `time`, -1 and NaT where unknown.
        slices: bool, one row per training tweet and a column a kind of tweet (text/slices.py).
        copies_of_test: training tweets left out, as they are copies of test tweets.
        vocabularies: by text settings.
        coverage: how much of each vocabulary each vector file covers.
    """

    data: TrainingData
    rows: pd.DataFrame
    texts: pd.Series
    holdout: pd.DataFrame
    origin: pd.DataFrame
    slices: pd.DataFrame
    copies_of_test: int
    vocabularies: dict[TextSettings, Vocabulary]
    coverage: list[dict[str, Any]]

    @property
    def fingerprint(self) -> str:
        """Changes with any number of any vector that training starts from."""
        digest = hashlib.sha256()
        for matrix in self.data.matrices.values():
            digest.update(matrix.tobytes())
        return digest.hexdigest()[:16]


def read(files: TweetFiles, limit: int, seed: int) -> Tweets:
    """The training tweets, all or a stratified random sample of `limit`, and the test tweets."""
    train, problems = read_tweets(files.train)
    about = {"training file": problems.as_dict()}
    test = train.iloc[:0]
    if files.test is not None:
        test, test_problems = read_tweets(files.test, training=False, neutral=True)
        about["test file"] = test_problems.as_dict()
    if 0 < limit < 2:
        raise UserError("one tweet is no sample of both classes", "--limit 1", "use more, or 0 for all")
    if 0 < limit < len(train) - 1:
        # the file is sorted by label: its head is one class
        chosen, _ = train_test_split(
            np.arange(len(train)), train_size=limit, stratify=train["label"], random_state=seed
        )
        train = train.iloc[np.sort(chosen)]
    test = test.reset_index(drop=True).rename_axis("row").reset_index()  # ids of test tweets may repeat
    log.info("%s tweets for training, %s for testing", f"{len(train):,}", f"{len(test):,}")
    return Tweets(train.reset_index(drop=True), test, about)


def prepare(tweets: Tweets, vectors: Mapping[str, DataFile], experiment: Experiment) -> Prepared:
    """Folds, ids and matrices for every member of the experiment. Only the folds look at the labels."""
    everything = tokenize(chain(tweets.train["text"], tweets.test["text"]))
    groups, train_count = duplicate_groups(everything), len(tweets.train)
    no_copies = np.flatnonzero(~np.isin(groups[:train_count], groups[train_count:]))
    is_held_out = _drawn(groups, experiment.holdout, experiment.seed)[no_copies]
    rows = {
        "train": no_copies[~is_held_out],
        TEST: np.arange(train_count, len(everything)),
        HOLDOUT: no_copies[is_held_out],
    }
    if experiment.holdout:
        log.info("%s tweets held out", f"{len(rows[HOLDOUT]):,}")
    if copies_of_test := train_count - len(no_copies):
        log.info("%s training tweets left out as copies of test tweets", f"{copies_of_test:,}")
    tokens = {part: everything.take(of_part) for part, of_part in rows.items()}
    train, holdout = (tweets.train.iloc[rows[part]].reset_index(drop=True) for part in ("train", HOLDOUT))
    holdout = holdout[["id", "label", "text"]].assign(text_group=groups[rows[HOLDOUT]])
    labels = train["label"].to_numpy(np.int8)
    text_groups = np.unique(groups[rows["train"]], return_inverse=True)[1]
    folds = assign_folds(text_groups, labels, experiment.folds, experiment.seed)
    settings = list(dict.fromkeys(member.text for member in experiment.members))
    of_student = [experiment.student.text] if experiment.student else []
    vocabularies = {text: Vocabulary.build(tokens["train"], text) for text in dict.fromkeys(settings + of_student)}
    ids = {part: {text: vocabularies[text].encode(some) for text in settings} for part, some in tokens.items()}
    data = TrainingData(
        keys=train["id"].to_numpy(np.int64),
        labels=labels,
        folds=folds,
        train_ids=ids["train"],
        unseen_keys={TEST: tweets.test["row"].to_numpy(np.int64), HOLDOUT: holdout["id"].to_numpy(np.int64)},
        unseen_ids={part: ids[part] for part in (TEST, HOLDOUT)},
        matrices={},
    )
    covered = [
        found
        for member in experiment.members
        for found in _add_matrix(data, member, vocabularies[member.text], vectors, experiment.seed)
    ]
    users = pd.factorize(train["user"].where(train["user"] != "", None))[0]
    return Prepared(
        data=data,
        rows=pd.DataFrame({"id": train["id"], "label": labels, "fold": folds, "text_group": text_groups}),
        texts=train["text"],
        holdout=holdout,
        origin=pd.DataFrame({"user": users, "time": _times(train["date"])}),
        slices=slices(train["text"], tokens["train"].without(SIGNS), covered[0][1] if covered else None),
        copies_of_test=copies_of_test,
        vocabularies=vocabularies,
        coverage=[of_file for of_file, _ in covered],
    )


def _drawn(groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """bool [tweets]: those of a random share of the groups."""
    return (np.random.default_rng((seed, 1)).random(int(groups.max(initial=0)) + 1) < share)[groups]


def _times(dates: pd.Series) -> pd.Series:
    """`Mon Apr 06 22:19:45 PDT 2009` as datetime, NaT for what is no such date. All dates are of one time zone."""
    without_zone = dates.str.replace(r" [A-Z]{3,4} (?=\d{4}$)", " ", regex=True)
    return pd.to_datetime(without_zone, format="%a %b %d %H:%M:%S %Y", errors="coerce")


def _add_matrix(
    data: TrainingData, member: Member, vocabulary: Vocabulary, vectors: Mapping[str, DataFile], seed: int
) -> list[tuple[dict[str, Any], np.ndarray]]:
    """Adds the matrix this member starts from, unless it is there.

    If it came from a file: its coverage, and the share of each training tweet's words without a vector.
    """
    if member.vectors is None or (member.text, member.vectors.source) in data.matrices:
        return []
    source, dimension, words = member.vectors.source, member.vectors.dimension, vocabulary.words
    if not member.vectors.from_file:
        data.matrices[member.text, source] = random_matrix(len(words), dimension, seed)
        return []
    ids = data.train_ids[member.text]
    counts = np.bincount(ids.flat, minlength=len(words))
    with vectors[source].open() as stream:
        lines = lines_of(stream, _LONGEST_LINE)
        data.matrices[member.text, source], has_vector, covered = read_matrix(lines, words, counts, dimension, seed)
    name = Path(vectors[source].entry or vectors[source].path).name
    text = f"stopwords {member.text.stopwords}, {len(words) - 2:,} words"
    with_vector = np.add.reduceat(has_vector[ids.flat], ids.starts, dtype=int)
    return [({"vectors": name, "text": text, **covered.as_dict()}, 1 - with_vector / ids.lengths)]
