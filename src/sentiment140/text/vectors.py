"""A GloVe file to the matrix of a vocabulary, with a fallback chain for words that have no vector."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sentiment140.errors import UserError
from sentiment140.text.vocabulary import PADDING

_DOUBLED = re.compile(r"(.)\1")
_SPREAD = 0.1  # standard deviation of the numbers of a matrix, read or drawn
_ENDINGS = ("'s", "s", "ed", "d", "ing", "er", "ly", "y")


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary a vector file covers.

    Attributes:
        vocabulary_share: share of the words with an exact vector.
        token_share: share of all tokens in the tweets that are such words.
        by_rule: words by the rule that gave their vector, "random" for those with none.
        missing: the commonest words that no rule gave a vector.
        skipped: lines of the file that were no vector of the right dimension.
    """

    vocabulary_share: float
    token_share: float
    by_rule: dict[str, int]
    missing: list[str]
    skipped: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def fallbacks(word: str) -> Iterator[tuple[str, list[str]]]:
    """Where a word's vector may come from, best first: (rule, words whose vectors' mean it is)."""
    yield "exact", [word]
    if word.startswith("<") and word.endswith(">"):
        yield "name of the class", [word[1:-1]]  # GloVe 6B knows "number", not "<number>"
    if word.endswith("n't"):
        yield "contraction", [word[:-3], "n't"]  # GloVe 6B splits as the Penn Treebank does
    if "'" in word:
        stem, _, ending = word.rpartition("'")
        yield "contraction", [stem, "'" + ending]
        yield "no apostrophe", [word.replace("'", "")]
    doubles = [match.start() for match in _DOUBLED.finditer(word)]
    for place in reversed(doubles):  # "cooll" is "cool" before it is "coll"
        yield "elongation", [word[:place] + word[place + 1 :]]
    if len(doubles) > 1:
        yield "elongation", [_DOUBLED.sub(r"\1", word)]
    if word.endswith("in"):
        yield "ending", [word + "g"]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield "ending", [word.removesuffix(ending)]


def read_vectors(lines: Iterable[bytes], wanted: set[str], dimension: int) -> tuple[dict[str, np.ndarray], int]:
    """The vectors of the wanted words in a GloVe file, and how many lines were skipped as malformed.

    A word may hold blanks (GloVe 840B has some): a line's last `dimension` fields are the vector. A word2vec header
    line is passed over. A line with another number of fields is counted and skipped; so is a wanted word's whose values
    are not all finite numbers.

    Raises:
        UserError: no line of the file is a vector of this dimension.
    """
    found: dict[str, np.ndarray] = {}
    skipped = total = 0
    for number, line in enumerate(lines):
        fields = line.rstrip().rsplit(b" ", dimension)
        if number == 0 and len(line.split()) == 2:
            continue
        total += 1
        if len(fields) != dimension + 1 or (b" " in fields[0] and _is_number(fields[0].rsplit(b" ")[-1])):
            skipped += 1  # too few numbers, or too many
            continue
        word = fields[0].decode("utf-8", "replace")
        if word not in wanted:
            continue
        try:
            vector = np.array(fields[1:], dtype=np.float32)
        except ValueError:
            skipped += 1
            continue
        if np.isfinite(vector).all():
            found.setdefault(word, vector)
        else:
            skipped += 1
    if total == skipped:
        raise UserError(f"no {dimension}-dimensional vectors", "in the vector file", "check that it is a GloVe file")
    return found, skipped


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def read_matrix(
    lines: Iterable[bytes], words: list[str], counts: np.ndarray, dimension: int, seed: int
) -> tuple[np.ndarray, np.ndarray, Coverage]:
    """The matrix of a vocabulary from a GloVe file.

    Args:
        lines: of the file.
        words: the vocabulary by id.
        counts: int64 [words], how often each occurs in the tweets.
        dimension: numbers a word.
        seed: of the vectors drawn for words that no rule gives one.

    Returns:
        float32 [words, dimension], row 0 (padding) zero, scaled to a standard deviation of about 0.1;
        bool [words], whether a word has a vector by any rule; and the coverage.
    """
    chains = [list(fallbacks(word)) for word in words]
    wanted = {source for chain in chains for _, sources in chain for source in sources}
    vectors, skipped = read_vectors(lines, wanted, dimension)
    vectors = dict(zip(vectors, scaled(np.array(list(vectors.values()), np.float32)), strict=True))
    matrix = random_matrix(len(words), dimension, seed)
    rules = ["padding"] * len(words)
    for row, chain in enumerate(chains):
        if words[row] == PADDING:
            continue
        rules[row] = "random"
        for rule, sources in chain:
            if all(source in vectors for source in sources):
                matrix[row] = np.mean([vectors[source] for source in sources], axis=0)
                rules[row] = rule
                break
    exact = np.array([rule == "exact" for rule in rules])
    by_rule = {rule: rules.count(rule) for rule in dict.fromkeys(rules) if rule != "padding"}
    lacking = [row for row in np.argsort(-counts, kind="stable") if rules[row] == "random"]
    coverage = Coverage(
        vocabulary_share=float(exact.sum() / max(len(words) - 1, 1)),
        token_share=float(counts[exact].sum() / max(counts.sum(), 1)),
        by_rule=dict(sorted(by_rule.items(), key=lambda item: -item[1])),
        missing=[words[row] for row in lacking[:20]],
        skipped=skipped,
    )
    return matrix, np.array(rules) != "random", coverage


def scaled(vectors: np.ndarray) -> np.ndarray:
    """The vectors, float32 [words, dimension], times what makes the standard deviation of all their numbers 0.1.

    GloVe's numbers are some four times as large. Trained from there, a network does 2 points worse (200,000 tweets).
    """
    return vectors * np.float32(_SPREAD / vectors.std()) if vectors.size else vectors


def random_matrix(size: int, dimension: int, seed: int) -> np.ndarray:
    """float32 [size, dimension] drawn from a normal distribution; row 0 (padding) zero."""
    matrix = np.random.default_rng(seed).normal(0, _SPREAD, (size, dimension)).astype(np.float32)
    matrix[0] = 0
    return matrix
