from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment140.errors import UserError
from sentiment140.text.tokenize import UNKNOWN
from sentiment140.text.vectors import random_matrix, read_matrix, rescale
from sentiment140.text.vectors import read_vectors as read_vectors_of
from sentiment140.text.vocabulary import PADDING


def line(word, *numbers):
    return b" ".join([word if isinstance(word, bytes) else word.encode(), *(b"%g" % n for n in numbers)]) + b"\n"


def read_vectors(lines, wanted, dimension):
    return read_vectors_of(lines, wanted, dimension, "data/vectors.zip (vectors.txt)")


def matrix_of(lines, words, seed=0, counts=None):
    """The matrix and the coverage of a vocabulary of these words; each occurs once unless `counts` is given."""
    words = [PADDING, UNKNOWN, *words]
    counts = np.ones(len(words), np.int64) if counts is None else np.array([0, 0, *counts])
    matrix, has_vector, coverage = read_matrix(lines, words, counts, 2, seed, "vectors.txt")
    assert (~has_vector).sum() == coverage.by_rule.get("random", 0)
    return matrix, coverage


def direction(vector):
    """The slope of a 2-dimensional vector, which does not change when the vector is scaled."""
    return round(float(vector[1] / vector[0]), 5)


def rule_of(word, *known):
    """The rule that found the word's vector, and its direction. The known words have the vectors [1, 2], [3, 4] ..."""
    lines = [line("filler", 9, 9), *(line(w, 2 * n + 1, 2 * n + 2) for n, w in enumerate(known))]
    matrix, coverage = matrix_of(lines, [word])
    rules = {rule: n for rule, n in coverage.by_rule.items() if rule != "random"}  # the unknown word is random here
    assert sum(rules.values()) <= 1
    return next(iter(rules), "random"), direction(matrix[2])


def test_vectors_of_the_file_are_scaled_by_one_factor_to_the_standard_deviation_of_random_ones():
    matrix, _ = matrix_of([line("cat", 0.5, -1), line("dog", 2, 3)], ["dog", "cat"])
    assert matrix.dtype == np.float32
    assert matrix[2:].std() == pytest.approx(0.1, rel=1e-5)
    assert matrix[2:] / matrix[2, 0] == pytest.approx(np.array([[1, 1.5], [0.25, -0.5]]))


def test_the_padding_is_zero_even_if_the_file_has_a_line_without_a_word():
    matrix, _ = matrix_of([b" 5 5\n", line("cat", 1, 2)], ["cat"])
    assert matrix[0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("word", "known", "rule", "vector"),
    [
        ("cat", ["cat"], "exact", [1, 2]),
        ("<number>", ["number"], "name of the class", [1, 2]),
        ("<number>", ["number", "<number>"], "exact", [3, 4]),
        ("don't", ["do", "n't"], "contraction", [2, 3]),
        ("don't", ["do", "n't", "don't"], "exact", [5, 6]),
        ("can't", ["ca", "n't"], "contraction", [2, 3]),
        ("can't", ["ca", "cant"], "no apostrophe", [3, 4]),
        ("it's", ["it", "'s"], "contraction", [2, 3]),
        ("y'all", ["yall"], "no apostrophe", [1, 2]),
        ("soo", ["so"], "elongation", [1, 2]),
        ("haappyy", ["hapy"], "elongation", [1, 2]),
        ("comin", ["coming"], "ending", [1, 2]),
        ("mom's", ["mom"], "ending", [1, 2]),
        ("selfies", ["selfie"], "ending", [1, 2]),
        ("blogged", ["blogg"], "ending", [1, 2]),
        ("tweeting", ["tweet"], "ending", [1, 2]),
        ("sunnyish", ["sun"], "random", None),
        ("gas", ["ga"], "random", None),  # a stem has at least three letters
        ("don't", ["do"], "random", None),  # one half of a contraction is not enough
    ],
)
def test_a_word_without_a_vector_gets_one_by_the_first_rule_that_finds_one(word, known, rule, vector):
    found_rule, found = rule_of(word, *known)
    assert found_rule == rule
    if vector:
        assert found == direction(vector)
    else:
        assert found not in [direction([2 * n + 1, 2 * n + 2]) for n in range(len(known))]


@pytest.mark.parametrize(("elongated", "word"), [("cooll", "cool"), ("helloo", "hello"), ("needd", "need")])
def test_an_elongated_word_keeps_the_double_letters_of_its_normal_spelling(elongated, word):
    assert rule_of(elongated, "col", "helo", "ned", word) == ("elongation", direction([7, 8]))


def test_a_word_of_the_file_may_contain_spaces():
    found, skipped = read_vectors([line(". . .", 1, 2), line("at name", 3, 4)], {". . .", "at name"}, 2)
    assert {word: vector.tolist() for word, vector in found.items()} == {". . .": [1, 2], "at name": [3, 4]}
    assert skipped == 0


def test_a_word2vec_header_is_not_a_vector_and_not_counted_as_skipped():
    found, skipped = read_vectors([b"2 2\n", line("cat", 1, 2), line("2", 3, 4)], {"cat", "2"}, 2)
    assert {word: vector.tolist() for word, vector in found.items()} == {"cat": [1, 2], "2": [3, 4]}
    assert skipped == 0


NO_VECTOR = ["dog 1", "dog", "", "dog 1 x", "dog 1 nan", "dog inf 1", "dog 1 -inf", "dog 1 1e99"]
OUT_OF_RANGE = ["dog 0 0", "dog -0 0.0", "dog 1e-16 0", "dog 1 3e38", "dog -3e30 1", "dog 401 1", "dog 1 -401"]


@pytest.mark.parametrize("broken", [*NO_VECTOR, *OUT_OF_RANGE])
def test_a_line_without_a_usable_vector_is_skipped_and_counted(broken):
    lines = [line("cat", 1, 2), f"{broken}\n".encode(), line("bird", 3, 4)]
    found, skipped = read_vectors(lines, {"cat", "dog", "bird"}, 2)
    assert set(found) == {"cat", "bird"}
    assert skipped == 1


BAD = ["0 0", "-0.0 1e-30", "nan 1", "1 inf", "-inf nan", "3e30 1", "-3e38 3e38", "1e99 0", "-1e6 2", "0 1e9", "1 x"]


@given(st.lists(st.none() | st.sampled_from(BAD), max_size=40), st.integers(0, 2**32 - 1))
def test_damaged_vectors_are_counted_and_change_no_other_vector(faults, seed):
    """A fault replaces the vector of a word. More than half of the words have none."""
    faults = [*faults, *[None] * (len(faults) + 2)]
    words = [f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(len(faults))]
    vectors = np.random.default_rng(seed).uniform(0.1, 1, (len(words), 2))
    good = {word: line(word, *vector) for word, fault, vector in zip(words, faults, vectors, strict=True) if not fault}
    lines = [good.get(word) or f"{word} {fault}\n".encode() for word, fault in zip(words, faults, strict=True)]
    matrix, coverage = matrix_of(lines, words)
    expected_matrix, expected = matrix_of(good.values(), words)
    assert np.isfinite(matrix).all()
    assert (matrix == expected_matrix).all()  # the words that were lost have the same random vectors
    assert coverage == replace(expected, skipped=len(lines) - len(good))


@pytest.mark.parametrize("largest", [100, -100])
def test_a_vector_is_used_up_to_one_hundred_times_the_median(largest):
    lines = [line("cat", 1, 0), line("dog", 0, 1), line("bird", largest, 0)]
    found, skipped = read_vectors(lines, {"cat", "dog", "bird"}, 2)
    assert (len(found), skipped) == (3, 0)


@pytest.mark.parametrize("huge", ["500", "3e30"])
def test_of_two_vectors_the_huge_one_is_skipped(huge):
    found, skipped = read_vectors([f"cat {huge} 1\n".encode(), line("dog", 1, 2)], {"cat", "dog"}, 2)
    assert (set(found), skipped) == ({"dog"}, 1)


def test_if_most_vectors_are_zero_the_others_are_used_as_they_are_without_them():
    good = [line("cat", 1, -2), line("dog", 3, 4)]
    zeros = [line(f"zero{n}", 0, 0) for n in range(9)]
    found, skipped = read_vectors([*zeros, *good], {"cat", "dog", *(f"zero{n}" for n in range(9))}, 2)
    assert {word: vector.tolist() for word, vector in found.items()} == {"cat": [1, -2], "dog": [3, 4]}
    assert skipped == 9


@pytest.mark.parametrize("vector", ["0 0", "nan nan", "inf 0", "3e30 3e30"])
def test_a_file_without_a_usable_vector_is_a_user_error_that_names_the_file(vector):
    lines = [f"{word} {vector}\n".encode() for word in ("cat", "dog", "bird")]
    with pytest.raises(UserError, match=r"the 2 .* are zero, too large or not numbers, in data/vectors\.zip \(vectors"):
        read_vectors(lines, {"cat", "dog"}, 2)


@pytest.mark.parametrize("vector", ["0.3 0.3", "1 2", "-1e-9 -1e-9"])
def test_a_file_whose_vectors_are_all_equal_is_a_user_error(vector):
    lines = [f"{word} {vector}\n".encode() for word in ("cat", "dog", "bird")]
    with pytest.raises(UserError, match=r"the 3 that are needed are all equal, in vectors\.txt, check"):
        matrix_of(lines, ["cat", "dog", "bird"])


def test_a_file_without_the_words_leaves_all_vectors_random():
    matrix, coverage = matrix_of([line("bird", 0, 0)], ["cat", "dog"])
    assert (coverage.by_rule, coverage.skipped) == ({"random": 3}, 0)
    assert matrix[1:].all()


@pytest.mark.parametrize("value", [0, 0.3, -7, 1e-15, 1e15])
@pytest.mark.parametrize("shape", [(0, 5), (1, 1), (3, 100), (2000, 7)])
def test_constant_vectors_are_not_scaled(value, shape):
    vectors = np.full(shape, value, np.float32)
    assert (rescale(vectors) == vectors).all()


def test_the_first_valid_vector_of_a_duplicate_word_is_used():
    found, skipped = read_vectors([b"cat nan 1\n", line("cat", 1, 2), line("cat", 3, 4)], {"cat"}, 2)
    assert found["cat"].tolist() == [1, 2]
    assert skipped == 1


def test_bytes_that_are_not_utf_8_raise_no_error():
    found, _ = read_vectors([b"caf\xe9 1 2\n", "café 3 4\n".encode(), b"\xff\xfe 5 6\n"], {"café"}, 2)
    assert {word: vector.tolist() for word, vector in found.items()} == {"café": [3, 4]}


def test_windows_line_endings_and_trailing_spaces_are_not_values():
    found, skipped = read_vectors([b"cat 1 2\r\n", b"dog 3 4 \n", b"bird 5 6"], {"cat", "dog", "bird"}, 2)
    assert [found[word].tolist() for word in ("cat", "dog", "bird")] == [[1, 2], [3, 4], [5, 6]]
    assert skipped == 0


@pytest.mark.parametrize("lines", [[], [b"400000 3\n"], [b"cat 1 2\n", b"dog 3 4\n"], [b"<html>\n", b"</html>\n"]])
def test_a_file_without_a_vector_of_the_dimension_is_a_user_error(lines):
    with pytest.raises(UserError, match=r"no 3-dimensional vectors, in the \d lines of data/vectors\.zip"):
        read_vectors(lines, {"cat", "dog"}, 3)


def test_a_file_with_a_larger_dimension_is_a_user_error():
    with pytest.raises(UserError, match="no 2-dimensional vectors"):
        read_vectors([line("cat", 1, 2, 3), line("dog", 1, 2, 3)], {"cat", "dog"}, 2)


def test_coverage_counts_words_and_tokens():
    lines = [line("cat", 1, 2), line("so", 3, 4), b"broken\n"]
    _, coverage = matrix_of(lines, ["cat", "soo", "rare", "common"], counts=[6, 2, 1, 3])
    assert coverage.vocabulary_share == pytest.approx(1 / 5)  # includes the unknown word, but not the padding
    assert coverage.token_share == pytest.approx(6 / 12)
    assert coverage.by_rule == {"random": 3, "exact": 1, "elongation": 1}
    assert next(iter(coverage.by_rule)) == "random"  # the most frequent rule first
    assert coverage.missing == ["common", "rare", UNKNOWN]
    assert coverage.skipped == 1


def test_coverage_lists_the_twenty_most_frequent_missing_words():
    words = [f"w{number:02}" for number in range(30)]
    _, coverage = matrix_of([line("cat", 1, 2)], words, counts=list(range(30)))
    assert coverage.missing == words[:9:-1]


def test_random_vectors_depend_only_on_the_seed():
    lines, words = [line("cat", 1, 2), line("dog", -3, 4)], ["cat", "nowhere"]
    first, again, other = (matrix_of(lines, words, seed=seed)[0] for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first[3].tolist() != other[3].tolist()
    assert first[2].tolist() == other[2].tolist()


def test_random_vectors_have_the_standard_deviation_of_those_of_the_file():
    rng = np.random.default_rng(0)
    known = [f"k{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(400)]
    lines = [line(word, *rng.normal(0, 5, 2)) for word in known]
    matrix, _ = matrix_of(lines, known + [f"{n}%" for n in range(400)])
    assert matrix[402:].std() == pytest.approx(matrix[2:402].std(), rel=0.15)


def test_a_random_matrix_has_its_shape_and_a_zero_row_and_is_reproducible():
    matrix = random_matrix(500, 7, seed=3)
    assert matrix.shape == (500, 7)
    assert matrix.dtype == np.float32
    assert not matrix[0].any()
    assert matrix[1:].std() == pytest.approx(0.1, rel=0.1)
    assert (matrix == random_matrix(500, 7, seed=3)).all()
    assert (matrix[1:] != random_matrix(500, 7, seed=4)[1:]).all()
