"""Read the vectors of a vocabulary from a GloVe file, with fallback rules for words that have no vector."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sentiment140.errors import UserError
from sentiment140.text.vocabulary import PADDING

_DOUBLE_LETTER = re.compile(r"(.)\1")
_STANDARD_DEVIATION = 0.1  # of the values of a matrix, whether read from a file or random
_SUFFIXES = ("'s", "s", "ed", "d", "ing", "er", "ly", "y")
_ROUNDING = 1e-6  # the standard deviation of equal float32 values, relative to them, is below this, but rarely 0
# A vector with a value far above those of the others is damaged. In GloVe 6B and GloVe Twitter, the largest value of a
# vector is at most 4 times the median over all vectors.
_LARGEST_RATIO = 100
_SMALLEST, _LARGEST = 1e-15, 1e15  # the square of a value beyond these limits may be 0 or infinite in float32


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary a vector file covers.

    Attributes:
        vocabulary_share: share of the words that are in the vector file as they are spelled, 0 to 1.
        token_share: share of all tokens of the tweets that are such words, 0 to 1.
        by_rule: the number of words for each rule that found a vector; "random" is for words without one.
        missing: the 20 most frequent words for which no rule found a vector.
        skipped: the number of lines in the file without a usable vector: lines that are not a vector of the right
            dimension, and vectors of wanted words with values that are not numbers, all zero, or far too large.
    """

    vocabulary_share: float
    token_share: float
    by_rule: dict[str, int]
    missing: list[str]
    skipped: int

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes as a dictionary, for JSON."""
        return asdict(self)


def fallback_rules(word: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the ways to find a vector for a word, best first.

    Yields:
        (rule, words): the name of the rule, and the words of the vector file whose mean vector the rule uses.

    Example:
        >>> list(fallback_rules("won't"))[:2]
        [('exact', ["won't"]), ('contraction', ['wo', "n't"])]
    """
    yield "exact", [word]
    if word.startswith("<") and word.endswith(">"):
        yield "name of the class", [word[1:-1]]  # GloVe 6B has "number", but not "<number>"
    if word.endswith("n't"):
        yield "contraction", [word[:-3], "n't"]  # GloVe 6B splits contractions as the Penn Treebank does
    if "'" in word:
        stem, _, suffix = word.rpartition("'")
        yield "contraction", [stem, "'" + suffix]
        yield "no apostrophe", [word.replace("'", "")]
    double_letters = [match.start() for match in _DOUBLE_LETTER.finditer(word)]
    for position in reversed(double_letters):  # from the end, so that "cooll" becomes "cool" rather than "coll"
        yield "elongation", [word[:position] + word[position + 1 :]]
    if len(double_letters) > 1:
        yield "elongation", [_DOUBLE_LETTER.sub(r"\1", word)]
    if word.endswith("in"):
        yield "ending", [word + "g"]
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            yield "ending", [word.removesuffix(suffix)]


@np.errstate(over="ignore")  # a value that is too large for float32 becomes infinite, and its line is skipped
def read_vectors(
    lines: Iterable[bytes], wanted: set[str], dimension: int, file: str
) -> tuple[dict[str, np.ndarray], int]:
    """Read the vectors of some words from a GloVe file.

    The last `dimension` fields of a line are the vector and the rest is the word, which may contain spaces: GloVe 840B
    has such words. A word2vec header line is ignored.

    A line is skipped if it has another number of fields. The vector of a wanted word is skipped, too, if a value is not
    a finite number, or if its largest absolute value is out of range: not between 1e-15 and 1e15, as in a vector of
    zeros, or more than 100 times the median over the vectors that are left. If most vectors are zero, the median is
    that of the others. If a word occurs twice, its first vector in the range from 1e-15 to 1e15 is used.

    Args:
        lines: the lines of the file.
        wanted: the words to read.
        dimension: values per vector.
        file: the name of the file, for the error messages.

    Returns:
        The vector of each word that was found, float32 [dimension], and the number of skipped lines.

    Raises:
        UserError: the file has no vector of this dimension, or no usable one although it has wanted words.

    Example:
        >>> lines = [b"cat 1 2\\n", b"dog 3 4\\n", b"broken\\n"]
        >>> vectors, skipped = read_vectors(lines, {"cat"}, dimension=2, file="vectors.txt")
        >>> vectors["cat"].tolist(), skipped
        ([1.0, 2.0], 1)
    """
    found: dict[str, np.ndarray] = {}
    skipped = unusable = total = 0
    for line_number, line in enumerate(lines):
        fields = line.rstrip().rsplit(b" ", dimension)
        if line_number == 0 and len(line.split()) == 2:
            continue
        total += 1
        if len(fields) != dimension + 1 or (b" " in fields[0] and _is_number(fields[0].rsplit(b" ")[-1])):
            skipped += 1  # the vector is shorter or longer than `dimension`
            continue
        word = fields[0].decode("utf-8", "replace")
        if word not in wanted:
            continue
        try:
            vector = np.array(fields[1:], dtype=np.float32)
        except ValueError:
            unusable += 1
            continue
        if _SMALLEST <= np.abs(vector).max() <= _LARGEST:
            found.setdefault(word, vector)
        else:
            unusable += 1
    remedy = f"check that it is a GloVe file: each line must be a word and {dimension} numbers"
    if total == skipped:
        raise UserError(f"no {dimension}-dimensional vectors", f"in the {total:,} lines of {file}", remedy)
    if unusable and not found:
        what = f"no usable vectors: the {unusable:,} that are needed are zero, too large or not numbers"
        raise UserError(what, f"in {file}", remedy)
    usable = _without_outliers(found)
    return usable, skipped + unusable + len(found) - len(usable)


def _without_outliers(vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave out the vectors whose largest absolute value is more than 100 times the median of these values."""
    if not vectors:
        return {}
    sizes = np.array([np.abs(vector).max() for vector in vectors.values()])
    # The lower of the two middle values, so that an outlier is found among two vectors as well.
    limit = _LARGEST_RATIO * np.quantile(sizes, 0.5, method="lower")
    return {word: vector for (word, vector), size in zip(vectors.items(), sizes, strict=True) if size <= limit}


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def read_matrix(
    lines: Iterable[bytes], words: list[str], counts: np.ndarray, dimension: int, seed: int, file: str
) -> tuple[np.ndarray, np.ndarray, Coverage]:
    """Build the embedding matrix of a vocabulary from a GloVe file.

    Args:
        lines: the lines of the file.
        words: the vocabulary, by id.
        counts: int64 [words], how often each word occurs in the tweets.
        dimension: values per vector.
        seed: seed of the random vectors for words for which no rule finds a vector.
        file: the name of the file, for the error messages.

    Returns:
        (matrix, has_vector, coverage):
        matrix, float32 [words, dimension], scaled to a standard deviation of about 0.1, with row 0 (the padding) zero;
        has_vector, bool [words], whether a rule found a vector for the word;
        coverage, how many words and tokens have a vector.

    Raises:
        UserError: the file has no usable vectors, see `read_vectors`, or all its vectors are equal.
    """
    rules_by_word = [list(fallback_rules(word)) for word in words]
    wanted = {source for rules in rules_by_word for _, sources in rules for source in sources}
    vectors, skipped = read_vectors(lines, wanted, dimension, file)
    values = np.array(list(vectors.values()), np.float32)
    if len(values) > 1 and (values == values[0]).all():
        what = f"no usable vectors: the {len(values):,} that are needed are all equal"
        raise UserError(what, f"in {file}", "check that it is a GloVe file, or download it again")
    vectors = dict(zip(vectors, rescale(values), strict=True))
    matrix = random_matrix(len(words), dimension, seed)
    used_rules = ["padding"] * len(words)
    for row, rules in enumerate(rules_by_word):
        if words[row] == PADDING:
            continue
        used_rules[row] = "random"
        for rule, sources in rules:
            if all(source in vectors for source in sources):
                matrix[row] = np.mean([vectors[source] for source in sources], axis=0)
                used_rules[row] = rule
                break
    is_exact = np.array([rule == "exact" for rule in used_rules])
    by_rule = {rule: used_rules.count(rule) for rule in dict.fromkeys(used_rules) if rule != "padding"}
    missing = [row for row in np.argsort(-counts, kind="stable") if used_rules[row] == "random"]
    coverage = Coverage(
        vocabulary_share=float(is_exact.sum() / max(len(words) - 1, 1)),
        token_share=float(counts[is_exact].sum() / max(counts.sum(), 1)),
        by_rule=dict(sorted(by_rule.items(), key=lambda item: -item[1])),
        missing=[words[row] for row in missing[:20]],
        skipped=skipped,
    )
    return matrix, np.array(used_rules) != "random", coverage


def rescale(vectors: np.ndarray) -> np.ndarray:
    """Scale vectors so that the standard deviation of all their values is 0.1; constant vectors stay as they are.

    GloVe's values have a standard deviation about four times as large. A network that starts from those is 2 percentage
    points less accurate (trained on 200,000 tweets).

    Args:
        vectors: float32 [words, dimension].

    Returns:
        float32 [words, dimension].

    Example:
        >>> round(float(rescale(np.array([[-1, 1], [1, -1]], np.float32)).std()), 3)
        0.1
    """
    deviation = vectors.std() if vectors.size else 0
    if deviation <= _ROUNDING * np.abs(vectors).max(initial=0):
        return vectors
    return vectors * np.float32(_STANDARD_DEVIATION / deviation)


def random_matrix(size: int, dimension: int, seed: int) -> np.ndarray:
    """Draw an embedding matrix from a normal distribution with a standard deviation of 0.1.

    Args:
        size: number of words.
        dimension: values per vector.
        seed: the same seed gives the same matrix.

    Returns:
        float32 [size, dimension]; row 0 (the padding) is zero.

    Example:
        >>> random_matrix(3, 2, seed=0).shape
        (3, 2)
    """
    matrix = np.random.default_rng(seed).normal(0, _STANDARD_DEVIATION, (size, dimension)).astype(np.float32)
    matrix[0] = 0
    return matrix
