"""What is known about the tweets of a run and its word vectors, as it is written to `scores.json`."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DataSummary:
    """The tweets of a run.

    Attributes:
        source: "real" or "demo".
        name: the name of the data set.
        tweets: number of training tweets.
        texts: number of different texts among them.
        fingerprint: digest of the tweets.
        problems: problems found in the files, with their counts.
    """

    source: str
    name: str
    tweets: int
    texts: int
    fingerprint: str
    problems: dict[str, Any]


@dataclass(frozen=True)
class Duplicates:
    """The number of copies, and the accuracy that no model of the words alone can exceed because of their labels.

    Attributes:
        tweets: number of tweets.
        texts: number of different texts.
        copied_tweets: number of tweets whose text occurs more than once.
        largest: number of tweets with the most frequent text.
        contradicted_tweets: number of tweets whose text occurs with both labels.
        ceiling: accuracy, 0 to 1, of giving every text the label that most of its tweets have.
    """

    tweets: int
    texts: int
    copied_tweets: int
    largest: int
    contradicted_tweets: int
    ceiling: float


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary a vector file covers.

    Attributes:
        vectors: name of the vector file.
        text: text settings of the vocabulary.
        vocabulary_share: share of the words that have a vector of their own in the file, 0 to 1.
        token_share: share of all tokens of the tweets that are such words, 0 to 1.
        by_rule: number of words by the rule that found their vector; "random" for words without one.
        missing: the most frequent words without a vector.
        skipped: number of lines of the file that do not hold a vector of the right dimension.
    """

    vectors: str
    text: str
    vocabulary_share: float
    token_share: float
    by_rule: dict[str, int]
    missing: list[str]
    skipped: int
