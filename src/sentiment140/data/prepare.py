"""Convert files to arrays: read, sample, tokenize and encode tweets, split them into folds, and read vectors."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from sentiment140.data.arrays import HOLDOUT, TEST, TrainingData
from sentiment140.data.files import DataFile
from sentiment140.data.folds import assign_folds, duplicate_groups
from sentiment140.data.labeled import SEMEVAL_SPLIT, read_labeled
from sentiment140.data.read import Problems, read_tweets
from sentiment140.data.read_unlabeled import read_test_tweets
from sentiment140.data.search import TweetFiles
from sentiment140.errors import UserError
from sentiment140.experiment import Experiment, Member, TextSettings, dimension
from sentiment140.labels import UNLABELED
from sentiment140.runs.files import lines_of
from sentiment140.text.slices import slices
from sentiment140.text.tokenize import SIGNS, tokenize
from sentiment140.text.vectors import random_matrix, read_matrix
from sentiment140.text.vocabulary import Vocabulary

log = logging.getLogger(__name__)

_LONGEST_LINE = 2**20  # bytes, of a vector file; a line with 300 numbers has about 3,000


@dataclass(frozen=True)
class Tweets:
    """The tweets that were read from the files.

    Attributes:
        train: one row per training tweet, with the columns of `read_tweets`.
        test: one row per test tweet, with the columns of `read_test_tweets` and `row`, a unique number. The label of a
            neutral tweet is -1, and that of an unlabeled one -2. Without a test file, the table is empty.
        semeval: SemEval's tweets that score the models: `label`, -1 if neutral, and `text`; empty without the file.
        problems: the counts of each file, see `Problems`.
        read_as: how each file was read and what was dropped, one line each.
        notices: what the files lack and what that changes, one line each.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    semeval: pd.DataFrame
    problems: dict[str, Any]
    read_as: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def fingerprints(self) -> dict[str, str]:
        """A hash of all ids, labels and texts of the training tweets and of the test tweets, 16 hexadecimal digits."""
        return {"tweets": _hash_table(self.train), "test_tweets": _hash_table(self.test)}


@dataclass(frozen=True)
class Prepared:
    """The arrays for training, and the tables that the later stages need.

    Attributes:
        data: the arrays for the fold fits.
        rows: one row per training tweet: `id`, `label`, `fold`, and `text_group`, which is equal for copies of a text.
        texts: str [tweets], the texts of the training tweets.
        holdout: one row per held-out tweet: `id`, `label`, `text`, `text_group`.
        semeval: one row per tweet of SemEval that is no copy of a training tweet: `label`, `text`, `text_group`.
        origin: one row per training tweet: `user`, a number for each user or -1 if unknown, and `time`, NaT if unknown.
        slices: bool, one row per training tweet and one column per slice (text/slices.py).
        copies_of_test: number of training tweets that were dropped because they are copies of test tweets.
        vocabularies: the vocabulary for each text settings.
        coverage: one dictionary per vector file and vocabulary: how much of the vocabulary the file covers.
    """

    data: TrainingData
    rows: pd.DataFrame
    texts: pd.Series
    holdout: pd.DataFrame
    semeval: pd.DataFrame
    origin: pd.DataFrame
    slices: pd.DataFrame
    copies_of_test: int
    vocabularies: dict[TextSettings, Vocabulary]
    coverage: list[dict[str, Any]]

    @property
    def fingerprint(self) -> str:
        """A hash of the initial weights of all embeddings, 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for matrix in self.data.matrices.values():
            digest.update(matrix.tobytes())
        return digest.hexdigest()[:16]


def _hash_table(table: pd.DataFrame) -> str:
    digest = hashlib.sha256(table["label"].to_numpy(np.int8).tobytes())
    for column in ("id", "text"):
        digest.update("\n".join(map(str, table[column])).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def read(files: TweetFiles, limit: int, seed: int) -> Tweets:
    """Read the training tweets, or a stratified random sample of them, and the test tweets.

    Args:
        files: the files to read.
        limit: size of the sample; 0 for all training tweets.
        seed: seed of the sample.

    Returns:
        The tweets and the counts of the files.

    Raises:
        UserError: a file cannot be read as tweets, or `limit` is 1.
    """
    # The test tweets are read first: they are few, and the user may have written their file.
    test, of_test = (None, None) if files.test is None else read_test_tweets(files.test, files.mapping)
    train, of_train = read_tweets(files.train, files.mapping)
    read_as = []
    for file, problems in ((files.train, of_train), (files.test, of_test)):
        if problems is not None:
            read_as.append(f"{file}: {problems.read_as}; {problems.summary()}")
            log.log(logging.WARNING if problems.malformed else logging.INFO, read_as[-1])
    about = {"training file": of_train.as_dict(), **({"test file": of_test.as_dict()} if of_test else {})}
    if test is None:
        test = train.iloc[:0].astype({"id": "str"})
    if 0 < limit < 2:
        raise UserError("a sample of one tweet cannot have both classes", "--limit 1", "use 2 or more, or 0 for all")
    if 0 < limit < len(train) - 1:
        # The published file is sorted by label, so its first rows are all of one class.
        sample, _ = train_test_split(
            np.arange(len(train)), train_size=limit, stratify=train["label"], random_state=seed
        )
        train = train.iloc[np.sort(sample)]
    test = test.reset_index(drop=True).rename_axis("row").reset_index()  # their ids are not unique
    labels = ", which have no labels: they are predicted, not scored" if (test["label"] == UNLABELED).any() else ""
    log.info("read %s training tweets and %s test tweets%s", f"{len(train):,}", f"{len(test):,}", labels)
    notices = _notices(of_train, of_test)
    semeval = _read_semeval(files.semeval, notices)
    return Tweets(train.reset_index(drop=True), test, semeval, about, read_as, notices)


def _read_semeval(path: Path | None, notices: list[str]) -> pd.DataFrame:
    """Read the tweets of SemEval that score the models; another file of this name is a notice, not an error."""
    if path is None:
        return pd.DataFrame({"label": np.empty(0, np.int64), "text": np.empty(0, object)})
    try:
        _, tweets = read_labeled(path, SEMEVAL_SPLIT)
    except UserError as error:
        notices.append(f"no scores on SemEval's tweets: {error}")
        return _read_semeval(None, notices)
    return pd.DataFrame({"label": tweets.labels, "text": tweets.texts})


def _notices(train: Problems, test: Problems | None) -> list[str]:
    """Describe what the files lack and what that changes."""
    notices = []
    if train.ids:
        notices.append(f"{train.ids}: the ids of the training tweets are the numbers of their rows in the file, from 1")
    if test is not None and test.ids:
        notices.append("the file of test tweets has no ids: their ids are the numbers of the rows, from 1")
    if lacking := [column for column in ("user", "date") if column in train.missing]:
        notices.append(f"the training file has no {' and no '.join(lacking)}: no scores by split strategy")
    return notices


def prepare(tweets: Tweets, vectors: Mapping[str, DataFile], experiment: Experiment) -> Prepared:
    """Compute the folds, word ids and initial embedding weights for every member of an experiment.

    Training tweets that are copies of test tweets are dropped, and a share of the others is held out. The labels are
    only used to stratify the folds.

    Args:
        tweets: the training and test tweets.
        vectors: the vector files, by name.
        experiment: the settings of the run.

    Returns:
        The arrays for training, and the tables for the later stages.

    Raises:
        UserError: there are fewer different texts of a label than folds, or a vector file cannot be read.
    """
    texts = [*tweets.train["text"], *tweets.test["text"], *tweets.semeval["text"]]
    all_tokens = tokenize(texts)
    groups, train_count = duplicate_groups(all_tokens, texts), len(tweets.train)
    known_count = train_count + len(tweets.test)
    not_copied = np.flatnonzero(~np.isin(groups[:train_count], groups[train_count:known_count]))
    is_held_out = _sample_groups(groups, experiment.holdout, experiment.seed)[not_copied]
    rows = {
        "train": not_copied[~is_held_out],
        TEST: np.arange(train_count, known_count),
        HOLDOUT: not_copied[is_held_out],
    }
    if experiment.holdout:
        log.info("held out %s tweets", f"{len(rows[HOLDOUT]):,}")
    if copies_of_test := train_count - len(not_copied):
        log.info("dropped %s training tweets that are copies of test tweets", f"{copies_of_test:,}")
    tokens = {part: all_tokens.take(part_rows) for part, part_rows in rows.items()}
    train, holdout = (tweets.train.iloc[rows[part]].reset_index(drop=True) for part in ("train", HOLDOUT))
    holdout = holdout[["id", "label", "text"]].assign(text_group=groups[rows[HOLDOUT]])
    semeval = tweets.semeval.assign(text_group=groups[known_count:])
    labels = train["label"].to_numpy(np.int8)
    text_groups = np.unique(groups[rows["train"]], return_inverse=True)[1]
    folds = assign_folds(text_groups, labels, experiment.folds, experiment.seed)
    text_settings = list(dict.fromkeys(member.text for member in experiment.members))
    student_settings = [experiment.student.text] if experiment.student else []
    vocabularies = {
        text: Vocabulary.build(tokens["train"], text) for text in dict.fromkeys(text_settings + student_settings)
    }
    ids = {
        part: {text: vocabularies[text].encode(of_part) for text in text_settings} for part, of_part in tokens.items()
    }
    data = TrainingData(
        keys=train["id"].to_numpy(np.int64),
        labels=labels,
        folds=folds,
        train_ids=ids["train"],
        unseen_keys={TEST: tweets.test["row"].to_numpy(np.int64), HOLDOUT: holdout["id"].to_numpy(np.int64)},
        unseen_ids={part: ids[part] for part in (TEST, HOLDOUT)},
        matrices={},
    )
    from_files = [
        found
        for member in experiment.members
        for found in _add_matrices(data, member, vocabularies[member.text], vectors, experiment.seed)
    ]
    users = pd.factorize(train["user"].where(train["user"] != "", None))[0]
    return Prepared(
        data=data,
        rows=pd.DataFrame({"id": train["id"], "label": labels, "fold": folds, "text_group": text_groups}),
        texts=train["text"],
        holdout=holdout,
        semeval=semeval[~semeval["text_group"].isin(groups[:train_count])],
        origin=pd.DataFrame({"user": users, "time": _times(train["date"])}),
        slices=slices(train["text"], tokens["train"].without(SIGNS), from_files[0][1] if from_files else None),
        copies_of_test=copies_of_test,
        vocabularies=vocabularies,
        coverage=[coverage for coverage, _ in from_files],
    )


def _sample_groups(groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Draw a random share of the groups, and return bool [tweets]: whether a tweet is in one of them."""
    is_drawn = np.random.default_rng((seed, 1)).random(int(groups.max(initial=0)) + 1) < share
    return is_drawn[groups]


def _times(dates: pd.Series) -> pd.Series:
    """Parse dates such as `Mon Apr 06 22:19:45 PDT 2009`; other strings become NaT.

    The time zone is ignored, as it is the same for all dates of the published file.
    """
    without_zone = dates.str.replace(r" [A-Z]{3,4} (?=\d{4}$)", " ", regex=True)
    return pd.to_datetime(without_zone, format="%a %b %d %H:%M:%S %Y", errors="coerce")


def _add_matrices(
    data: TrainingData, member: Member, vocabulary: Vocabulary, vectors: Mapping[str, DataFile], seed: int
) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """Add the initial embedding weights of a member to `data.matrices`, unless they are there already.

    Yields:
        (coverage, float64 [tweets]) for each matrix that was read from a file: how much of the vocabulary the file
        covers, and the share of each training tweet's words that have no vector.
    """
    words, settings = vocabulary.words, member.vectors
    if settings is None:
        return
    for source in settings.parts:
        if (member.text, source) in data.matrices:
            continue
        if source not in settings.files:
            data.matrices[member.text, source] = random_matrix(len(words), dimension(source), seed)
            continue
        ids = data.train_ids[member.text]
        counts = np.bincount(ids.flat, minlength=len(words))
        with vectors[source].open() as stream:
            lines = lines_of(stream, _LONGEST_LINE)
            data.matrices[member.text, source], has_vector, coverage = read_matrix(
                lines, words, counts, dimension(source), seed, str(vectors[source])
            )
        name = Path(vectors[source].entry or vectors[source].path).name
        text = f"stopwords {member.text.stopwords}, {len(words) - 2:,} words"
        with_vector = np.add.reduceat(has_vector[ids.flat], ids.starts, dtype=int)
        yield {"vectors": name, "text": text, **coverage.as_dict()}, 1 - with_vector / ids.lengths
