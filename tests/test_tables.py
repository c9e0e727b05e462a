import copy

import pytest
from made_up_run import made_up_oof, made_up_scores

from sentiment140.report.tables import column_order, difference, number, percent, points, score_table

SCORES = made_up_scores(made_up_oof())


@pytest.fixture
def scores():
    return copy.deepcopy(SCORES)


def lines_of(table):
    return [line for line in table.splitlines() if line and set(line) != {"-"}]


def test_a_row_a_column_the_reference_marked_and_the_ensemble_last(scores):
    heading, header, *rows, margin, _, reference, labelled = lines_of(score_table(scores))
    assert "600 tweets, 5 folds" in heading
    assert scores["run"] in heading
    assert header.split()[0] == "model"
    assert [row.split()[0] for row in rows] == ["tfidf_logistic", "conv_lstm", "bilstm", "ensemble"]
    assert [" * " in row for row in rows] == [True, False, False, False]
    assert percent(scores["oof"]["ensemble"]["overall"]["accuracy"]) in rows[-1]
    assert points(scores["margins"]["accuracy"]) in margin
    assert "tfidf_logistic" in reference
    assert "100 tweets" in labelled


def test_columns_stand_under_their_headings(scores):
    _, header, *rows = lines_of(score_table(scores))[:6]
    for name in ("accuracy %", "ROC AUC", "log loss", "hand-labelled %"):
        assert all(row[header.index(name)].isdigit() and row[header.index(name) - 1] == " " for row in rows)


def test_without_hand_labelled_tweets_that_column_is_gone(scores):
    scores["hand_labelled"] = None
    assert "labelled" not in score_table(scores)
    del scores["hand_labelled"]
    assert "labelled" not in score_table(scores)


def test_tweets_set_aside_get_a_line_of_their_own(scores):
    assert "set aside" not in score_table(scores)
    scores["set_aside"] = {"ensemble": {"n": 1234, "overall": {"accuracy": {"value": 0.8, "low": 0.7, "high": 0.9}}}}
    assert "accuracy 80.00 [70.00, 90.00] of the ensemble on 1,234 tweets" in score_table(scores)


def test_a_column_missing_among_the_hand_labelled_has_a_dash(scores):
    del scores["hand_labelled"]["bilstm"]
    assert next(line for line in score_table(scores).splitlines() if line.startswith("bilstm")).endswith("–")


def test_demo_is_said_first_and_only_of_a_demo(scores):
    assert "DEMO" not in score_table(scores)
    scores["data"]["kind"] = "demo"
    assert "DEMO RUN: made-up tweets, not a result on Sentiment140" in score_table(scores).splitlines()[1]


def test_never_wider_than_100_columns(scores):
    long, full = "a_member_with_a_name_that_does_not_end" * 3, {"value": 1.0, "low": 1.0, "high": 1.0}
    scores["run"] = "run" * 60
    for part in ("oof", "hand_labelled"):
        scores[part][long] = copy.deepcopy(scores[part]["ensemble"])
        scores[part][long]["overall"]["accuracy"] = full
    scores["reference"] = long
    assert max(map(len, score_table(scores).splitlines())) <= 100


def test_a_reference_that_is_the_only_member_stands_before_the_ensemble(scores):
    scores["oof"] = {name: scores["oof"][name] for name in ("ensemble", "tfidf_logistic")}
    assert column_order(scores) == ["tfidf_logistic", "ensemble"]
    assert score_table(scores)


def test_numbers_that_do_not_exist_are_dashes():
    nothing = {"value": None, "low": None, "high": None}
    assert [form(nothing) for form in (percent, number, points, difference)] == ["–"] * 4
    assert percent({"value": 0.82134, "low": None, "high": None}) == "82.13"
    assert points({"value": 0.01, "low": -0.001, "high": 0.02}) == "+1.00 [-0.10, +2.00]"
