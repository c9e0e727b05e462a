from dataclasses import replace

import pytest

from sentiment140.evaluation.run_scores import ColumnScores, Estimate, MemberCost, StudentSummary
from sentiment140.report.tables import column_order, difference, ledger_line, number, percent, points, score_table
from support.synthetic_run import synthetic_oof, synthetic_scores

SCORES = synthetic_scores(synthetic_oof())
DEMO = replace(SCORES, data=replace(SCORES.data, source="demo"))
HELD_OUT = ColumnScores(1234, {"accuracy": Estimate(0.8, 0.7, 0.9)})


def lines_of(table):
    return [line for line in table.splitlines() if line and set(line) != {"-"}]


def test_one_row_per_column_with_the_reference_marked_and_the_ensemble_last():
    heading, header, *rows, margin, _, reference, hand_labeled = lines_of(score_table(SCORES))
    assert "600 tweets, 5 folds" in heading
    assert SCORES.run in heading
    assert header.split()[0] == "model"
    assert [row.split()[0] for row in rows] == ["tfidf_logistic", "conv_lstm", "bilstm", "ensemble"]
    assert [" * " in row for row in rows] == [True, False, False, False]
    assert percent(SCORES.oof["ensemble"].overall["accuracy"]) in rows[-1]
    assert points(SCORES.margins["accuracy"]) in margin
    assert "tfidf_logistic" in reference
    assert hand_labeled == "hand-labeled: accuracy on 100 test tweets that people labeled"


@pytest.mark.parametrize(("scores", "last"), [(SCORES, "hand-labeled %"), (DEMO, "synthetic test %")])
def test_columns_are_aligned_with_their_headings(scores, last):
    lines = lines_of(score_table(scores))
    start = next(index for index, line in enumerate(lines) if line.startswith("model"))
    header, *rows = lines[start : start + 5]
    for name in ("accuracy %", "ROC AUC", "log loss", last):
        assert all(row[header.index(name)].isdigit() and row[header.index(name) - 1] == " " for row in rows)


def test_without_hand_labeled_tweets_there_is_no_such_column():
    assert "labeled" not in score_table(replace(SCORES, hand_labeled=None))


def test_held_out_tweets_get_a_line_of_their_own():
    assert "held out" not in score_table(SCORES)
    student = StudentSummary("small", MemberCost(1, 1, 1.0, 1.0, 1.0))
    scores = replace(
        SCORES,
        holdout={"ensemble": HELD_OUT, "small": replace(HELD_OUT, n=1235)},
        holdout_one_fold_accuracy=0.79,
        student=student,
    )
    table = score_table(scores)
    assert "held out: accuracy 80.00 [70.00, 90.00] of the ensemble on 1,234 unseen tweets" in table
    assert "held out: accuracy 80.00 [70.00, 90.00] of its student small on 1,235 unseen tweets" in table
    assert "accuracy 79.00 with the models of one fold" in table
    assert "79.00" not in score_table(replace(scores, holdout_one_fold_accuracy=None))


def test_a_column_without_a_hand_labeled_score_has_a_dash():
    others = {name: column for name, column in SCORES.hand_labeled.items() if name != "bilstm"}
    table = score_table(replace(SCORES, hand_labeled=others))
    assert next(line for line in table.splitlines() if line.startswith("bilstm")).endswith("–")


def test_a_demo_run_is_labeled_as_such_at_the_top_and_no_other_run_is():
    assert "DEMO" not in score_table(SCORES)
    table = score_table(DEMO)
    assert "DEMO RUN: synthetic tweets, not a result on Sentiment140" in table.splitlines()[1]
    assert "accuracy on 100 synthetic test tweets" in table
    assert "hand-labeled" not in table


def test_never_wider_than_100_columns():
    long = "a_member_with_a_name_that_does_not_end" * 3
    certain = {"accuracy": Estimate(1.0, 1.0, 1.0)}
    for scores in (SCORES, DEMO):
        widest = replace(scores.oof["ensemble"], overall=scores.oof["ensemble"].overall | certain)
        wide = replace(
            scores,
            run="run" * 60,
            reference=long,
            oof=scores.oof | {long: widest},
            hand_labeled=scores.hand_labeled | {long: widest},
            holdout={"ensemble": HELD_OUT, long: replace(widest, n=1_600_000)},
            holdout_one_fold_accuracy=1.0,
            student=StudentSummary(long, MemberCost(1, 1, 1.0, 1.0, 1.0)),
        )
        assert max(map(len, score_table(wide).splitlines())) <= 100


def test_a_reference_that_is_the_only_member_precedes_the_ensemble():
    scores = replace(SCORES, oof={name: SCORES.oof[name] for name in ("ensemble", "tfidf_logistic")})
    assert column_order(scores) == ["tfidf_logistic", "ensemble"]
    assert score_table(scores)


def test_numbers_that_do_not_exist_are_dashes():
    nothing = Estimate(None, None, None)
    assert [form(nothing) for form in (percent, number, points, difference)] == ["–"] * 4
    assert percent(Estimate(0.82134, None, None)) == "82.13"
    assert points(Estimate(0.01, -0.001, 0.02)) == "+1.00 [-0.10, +2.00]"


def test_the_ledger_has_one_line_per_run():
    line = ledger_line(SCORES)
    assert list(line) == [
        *("date", "run", "data", "preset", "oof_accuracy", "oof_roc_auc", "oof_log_loss"),
        *("hand_labeled_accuracy", "seconds"),
    ]
    assert line["run"] == SCORES.run
    assert line["data"] == "real, 600 tweets"
    assert line["oof_accuracy"] == f"{SCORES.oof['ensemble'].overall['accuracy'].value:.5f}"
    assert line["hand_labeled_accuracy"] == f"{SCORES.hand_labeled['ensemble'].overall['accuracy'].value:.5f}"
    assert line["seconds"] == round(4.2 + 5410 + 31)
    assert ledger_line(replace(SCORES, hand_labeled=None))["hand_labeled_accuracy"] == ""
