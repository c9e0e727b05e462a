import numpy as np
import pytest

from sentiment140.errors import UserError
from sentiment140.text.tokenize import UNKNOWN
from sentiment140.text.vectors import random_matrix, read_matrix, read_vectors
from sentiment140.text.vocabulary import PADDING


def line(word, *numbers):
    return b" ".join([word if isinstance(word, bytes) else word.encode(), *(b"%g" % n for n in numbers)]) + b"\n"


def matrix_of(lines, words, seed=0, counts=None):
    """The matrix and the coverage of a vocabulary of these words; each occurs once unless `counts` is given."""
    words = [PADDING, UNKNOWN, *words]
    counts = np.ones(len(words), np.int64) if counts is None else np.array([0, 0, *counts])
    matrix, has_vector, coverage = read_matrix(lines, words, counts, 2, seed)
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


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize(
    "broken",
    [b"dog 1\n", b"dog\n", b"\n", b"dog 1 x\n", b"dog 1 nan\n", b"dog inf 1\n", b"dog 1 -inf\n", b"dog 1 1e99\n"],
)
def test_a_line_that_is_not_a_vector_is_skipped_and_counted(broken):
    found, skipped = read_vectors([line("cat", 1, 2), broken, line("bird", 3, 4)], {"cat", "dog", "bird"}, 2)
    assert set(found) == {"cat", "bird"}
    assert skipped == 1


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
    with pytest.raises(UserError, match="no 3-dimensional vectors"):
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
