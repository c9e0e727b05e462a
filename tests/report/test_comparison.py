from dataclasses import replace

import pytest

from sentiment140.report.comparison import comparison, comparison_table, format_cell, pairs_note
from support.synthetic_run import synthetic_oof, synthetic_scores

SCORES = synthetic_scores(synthetic_oof())


def test_the_best_is_first_and_numbers_are_aligned_with_their_headings():
    header, _, first, second, *_ = comparison_table(SCORES).splitlines()
    assert (first.split()[0], second.split()[0]) == ("bilstm", "conv_lstm")
    assert first.endswith("no")
    assert second.endswith("yes")
    assert "5,065,153" in second
    assert header.index("parameters") + len("parameters") == second.index("5,065,153") + len("5,065,153")


def test_a_member_without_a_finite_accuracy_is_last_and_has_a_dash():
    diverged = replace(SCORES.overfitting["bilstm"], accuracy=None, val_accuracy=None, gap=None)
    scores = replace(SCORES, overfitting=SCORES.overfitting | {"bilstm": diverged})
    assert [row["model"] for row in comparison(scores)] == ["conv_lstm", "bilstm"]
    assert comparison_table(scores).splitlines()[3].split()[:4] == ["bilstm", "6,000,000", "–", "–"]


def test_margins_over_the_reference_have_both_intervals_in_points():
    (row,) = [row for row in comparison(SCORES) if row["model"] == "bilstm"]
    margin = SCORES.oof["bilstm"].margins["accuracy"]
    shown = [row[key] for key in ("margin", "low", "high", "fold low", "fold high")]
    expected = [margin.value, margin.low, margin.high, margin.fold_low, margin.fold_high]
    assert shown == [100 * value for value in expected]
    lines = comparison_table(SCORES).splitlines()
    headings = next(index for index, line in enumerate(lines) if line.split()[1:2] == ["margin"])
    assert lines[headings + 2].split() == ["bilstm", *map(format_cell, shown)]
    note = " ".join(lines)
    assert "Over folds: corrected resampled t-test, covers training too" in note


def test_the_reference_has_no_margin():
    scores = replace(SCORES, overfitting=SCORES.overfitting | {"tfidf_logistic": SCORES.overfitting["bilstm"]})
    (row,) = [row for row in comparison(scores) if row["model"] == "tfidf_logistic"]
    assert [row[key] for key in ("margin", "low", "high", "fold low", "fold high")] == [None] * 5


def test_only_pairs_without_a_significant_difference_are_named():
    text = pairs_note(SCORES)
    assert "conv_lstm and bilstm (p 0.20, over folds 0.40)" in text
    assert "tfidf_logistic" not in text
    assert "n 590 texts" in text
    significant = [replace(pair, p=0.0, fold_p=0.0) for pair in SCORES.pairs]
    assert "none, all pairs differ" in pairs_note(replace(SCORES, pairs=significant))


@pytest.mark.parametrize(("p", "fold_p"), [(0.0, 0.06), (0.06, 0.0), (0.06, None)])
def test_a_pair_differs_only_if_both_tests_say_so(p, fold_p):
    pairs = [replace(SCORES.pairs[0], p=p, fold_p=fold_p)]
    text = pairs_note(replace(SCORES, pairs=pairs))
    assert "conv_lstm and bilstm" in text
    assert ("over the folds" in text) == ("over folds" in text) == (fold_p is not None)


def test_without_keras_members_there_is_nothing_to_compare():
    scores = replace(SCORES, overfitting={}, pairs=[])
    assert comparison(scores) == []
    assert comparison_table(scores) == "no Keras member to compare"
    assert pairs_note(scores) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (True, "yes"), (False, "no"), (171_533, "171,533"), (83.456, "83.46"), (-0.00123, "-0.0012")],
)
def test_each_type_of_value_has_one_format(value, shown):
    assert format_cell(value) == shown
