import copy

import pytest
from made_up_run import made_up_oof, made_up_scores

from sentiment140.report.compared import cell, comparison, comparison_table, equals

SCORES = made_up_scores(made_up_oof())


@pytest.fixture
def scores():
    return copy.deepcopy(SCORES)


def test_the_best_is_first_and_numbers_stand_under_their_headings(scores):
    header, _, first, second, *_ = comparison_table(scores).splitlines()
    assert (first.split()[0], second.split()[0]) == ("bilstm", "conv_lstm")
    assert first.endswith("no")
    assert second.endswith("yes")
    assert "5,065,153" in second
    assert header.index("parameters") + len("parameters") == second.index("5,065,153") + len("5,065,153")


def test_only_pairs_that_chance_may_explain_are_named(scores):
    text = equals(scores)
    assert "conv_lstm and bilstm (p 0.20)" in text
    assert "tfidf_logistic" not in text
    assert "n 590 texts" in text
    for pair in scores["pairs"]:
        pair["p"] = 0.0
    assert "none, all differ" in equals(scores)


def test_without_keras_members_there_is_nothing_to_compare(scores):
    scores["overfitting"] = {}
    assert comparison(scores) == []
    assert comparison_table(scores) == "no Keras member to compare"
    scores["pairs"] = []
    assert equals(scores) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (True, "yes"), (False, "no"), (171_533, "171,533"), (83.456, "83.46"), (-0.00123, "-0.0012")],
)
def test_each_kind_of_value_has_one_form(value, shown):
    assert cell(value) == shown
