"""Count the pairs of nearly equal tweets that lie in different folds of a run, and their effect on the score.

Examples:
  # On a finished run
  python -m benchmarks.near_copies --run standard

Tweets are compared by the sets of four successive characters of their texts, in lower case and with single blanks. Two
are nearly equal if the sets' Jaccard similarity is at least 0.9. Copies that share a fold by rule (data/folds.py) do
not count as a pair, nor do equal texts without a word.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from benchmarks.command_line import launch
from sentiment140.cli.arguments import add_run, open_run, positive
from sentiment140.data.tables import training_table
from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.labels import is_positive
from sentiment140.loading import OOF

SIMILARITY = 0.9
_CHARACTERS = 4
_EXAMPLES = 10


def near_copies(texts: pd.Series) -> np.ndarray:
    """Find all pairs of texts with a Jaccard similarity of at least 0.9.

    Two such sets share at least one of the rarest tenth of each one's elements, so only pairs that do are compared.
    Source: Chaudhuri, Ganti and Kaushik, A Primitive Operator for Similarity Joins in Data Cleaning, ICDE 2006.

    Args:
        texts: different texts.

    Returns:
        int64 [pairs, 2], the positions of the texts, the first one lower than the second.
    """
    counter = CountVectorizer(analyzer="char", ngram_range=(_CHARACTERS, _CHARACTERS), binary=True, dtype=np.int32)
    sets = counter.fit_transform(texts)
    order = np.argsort(np.asarray(sets.sum(axis=0)).ravel(), kind="stable")  # the rarest element first
    sets = sparse.csr_array(sets)[:, order]
    sets.sort_indices()
    sizes = np.diff(sets.indptr)
    position = np.arange(sets.nnz) - np.repeat(sets.indptr[:-1], sizes)
    is_prefix = position < np.repeat(sizes - np.ceil(SIMILARITY * sizes).astype(int) + 1, sizes)
    prefixes = sparse.csr_array(
        (sets.data[is_prefix], sets.indices[is_prefix], np.concatenate(([0], np.cumsum(is_prefix)))[sets.indptr]),
        shape=sets.shape,
    )
    candidates = sparse.triu(prefixes @ prefixes.T, k=1).tocoo()
    first, second = candidates.coords
    shared = np.concatenate(
        [
            (sets[first[start : start + 100_000]] * sets[second[start : start + 100_000]]).sum(axis=1)
            for start in range(0, len(first), 100_000)
        ]
        or [np.empty(0)]
    )
    is_near = shared >= SIMILARITY * (sizes[first] + sizes[second] - shared)
    return np.column_stack([first, second])[is_near].astype(np.int64)


@dataclass(frozen=True)
class Found:
    """What the near copies of a run amount to.

    Attributes:
        compared: number of tweets.
        pairs: number of pairs of different texts that are nearly equal.
        split: number of those pairs in different folds.
        tweets: number of tweets with a near copy in another fold.
        accuracy: the ensemble's accuracy on all tweets, 0 to 1.
        accuracy_without: the ensemble's accuracy on all tweets without a near copy in another fold.
        examples: some of the pairs in different folds.
    """

    compared: int
    pairs: int
    split: int
    tweets: int
    accuracy: float
    accuracy_without: float
    examples: list[tuple[str, str]]


def measure(table: pd.DataFrame) -> Found:
    """Measure the near copies among out-of-fold rows.

    Args:
        table: `text`, `text_group`, `fold`, `label` and `ensemble`, one row per tweet.
    """
    table = table.assign(text=table["text"].str.lower().str.split().str.join(" "))
    unique = table.drop_duplicates("text_group").drop_duplicates("text").reset_index(drop=True)
    pairs = near_copies(unique["text"])
    folds = unique["fold"].to_numpy()[pairs]
    split = pairs[folds[:, 0] != folds[:, 1]]
    is_near = table["text_group"].isin(unique["text_group"].to_numpy()[np.unique(split)])
    right = is_positive(table[ENSEMBLE].to_numpy()) == table["label"]
    texts = unique["text"].to_numpy()
    return Found(
        compared=len(table),
        pairs=len(pairs),
        split=len(split),
        tweets=int(is_near.sum()),
        accuracy=float(right.mean()),
        accuracy_without=float(right[~is_near].mean()),
        examples=[(texts[first], texts[second]) for first, second in split[:_EXAMPLES]],
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this benchmark."""
    add_run(parser)
    parser.add_argument(
        "--tweets",
        type=positive,
        default=200_000,
        metavar="N",
        help="number of tweets to compare with each other, a random sample (default: 200,000)",
    )


def main(arguments: argparse.Namespace) -> None:
    """Measure, and print the counts and some pairs."""
    run = open_run(arguments)
    rows = training_table(run)[["id", "text", "text_group"]]
    table = rows.merge(run.read_table(OOF), on="id", validate="one_to_one")
    found = measure(table.sample(min(arguments.tweets, len(table)), random_state=0))
    for one, other in found.examples:
        print(f"{one!r}\n{other!r}\n")
    print(f"tweets compared: {found.compared:,}")
    print(f"pairs of nearly equal texts: {found.pairs:,}, in different folds: {found.split:,}")
    print(f"tweets with a near copy in another fold: {found.tweets:,}")
    change = 100 * (found.accuracy_without - found.accuracy)
    print(f"accuracy of the ensemble: {100 * found.accuracy:.3f} %, without these tweets {change:+.3f} points")


if __name__ == "__main__":
    launch("benchmarks.near_copies", __doc__, add_arguments, main)
