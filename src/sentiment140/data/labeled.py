"""Read tweets that people labeled: negative, neutral or positive, in splits."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sentiment140.data.files import DataFile
from sentiment140.data.folds import duplicate_groups
from sentiment140.data.label_values import WORDS, canonical
from sentiment140.data.mapping import ColumnMapping
from sentiment140.data.read import read_tweets
from sentiment140.errors import UserError, unknown_name
from sentiment140.labels import NEUTRAL
from sentiment140.text.tokenize import tokenize

log = logging.getLogger(__name__)

COLUMNS = ("split", "label", "text")
SEMEVAL_SPLIT = "2016test"
"""The split of SemEval's tweets that scores models. The weights of the terms were fitted on the others."""
_EXAMPLE = "write a CSV file with the columns split,label,text"


@dataclass(frozen=True)
class LabeledTweets:
    """Tweets with labels of people.

    Attributes:
        texts: the tweets.
        labels: int64 [tweets], 0 negative, 1 positive, `NEUTRAL` neutral.
        groups: int64 [tweets], equal for copies of a text.
    """

    texts: list[str]
    labels: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def where(self, kept: np.ndarray) -> "LabeledTweets":
        """Keep some of the tweets.

        Args:
            kept: bool [tweets].
        """
        texts = [text for text, is_kept in zip(self.texts, kept, strict=True) if is_kept]
        return LabeledTweets(texts, self.labels[kept], self.groups[kept])

    def polar(self) -> "LabeledTweets":
        """Leave out the neutral tweets."""
        return self.where(self.labels != NEUTRAL)


def read_labeled(path: Path, test: str) -> tuple[LabeledTweets, LabeledTweets]:
    """Read a file of tweets with labels of people, such as SemEval's.

    Args:
        path: a CSV file in UTF-8 with the columns split, label (negative, neutral or positive) and text.
        test: the split to keep for testing.

    Returns:
        (training, test). Training tweets that are copies of test tweets are left out.

    Raises:
        UserError: the file cannot be read, lacks a column, has another label, or has no such split.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the file ({' '.join(str(error).split())[:100]})", str(path), _EXAMPLE) from error
    if missing := [name for name in COLUMNS if name not in table]:
        raise UserError(f"the file has no column {' or '.join(missing)}", str(path), _EXAMPLE)
    if test not in set(table["split"]):
        raise UserError(unknown_name("split", test, sorted(set(table["split"]))), str(path), "choose one with --test")
    labels = table["label"].map(canonical).map(WORDS)
    if labels.isna().any():
        found = table["label"][labels.isna()].iloc[0]
        raise UserError(unknown_name("label", str(found)[:40], WORDS), str(path), _EXAMPLE)
    texts = table["text"].tolist()
    tweets = LabeledTweets(texts, labels.to_numpy(np.int64), duplicate_groups(tokenize(texts), texts))
    is_test = (table["split"] == test).to_numpy()
    is_copy = np.isin(tweets.groups, tweets.groups[is_test])
    return tweets.where(~is_copy), tweets.where(is_test)


def read_user_tweets(path: Path, text: str | None, label: str | None, labels: Sequence[str]) -> LabeledTweets:
    """Read a user's labeled tweets, by the rules for training tweets, and log what was read.

    Args:
        path: a file in one of the formats for training tweets.
        text: the column with the tweets; None to find it by its name.
        label: the column with the labels; None to find it by its name.
        labels: what the labels mean, as `ColumnMapping.parse` takes it.

    Raises:
        UserError: as in `read_tweets`.
    """
    named = tuple((name, column) for name, column in (("text", text), ("target", label)) if column is not None)
    mapping = ColumnMapping(named, ColumnMapping.parse([], labels).labels, "--column and --label name them")
    file = DataFile(path)
    table, problems = read_tweets(file, mapping, training=False, neutral=True)
    if "id" in problems.missing:
        problems.contradictory_ids = problems.repeated_ids = 0
    log.info("%s: %s; %s", file, problems.read_as, problems.summary())
    texts = table["text"].tolist()
    return LabeledTweets(texts, table["label"].to_numpy(np.int64), duplicate_groups(tokenize(texts), texts))
