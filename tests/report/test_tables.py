from dataclasses import replace

import pytest

from sentiment140.evaluation.member import MemberSummary
from sentiment140.evaluation.run_scores import ColumnScores, Estimate, MemberCost, StudentSummary
from sentiment140.report.tables import (
    column_order,
    difference,
    ledger_line,
    number,
    percent,
    points,
    score_table,
)
from support.synthetic_run import synthetic_oof, synthetic_scores

SCORES = synthetic_scores(synthetic_oof())
DEMO = replace(SCORES, data=replace(SCORES.data, source="demo"))
HELD_OUT = ColumnScores(
    1234,
    {"accuracy": Estimate(0.8, 0.7, 0.9), "log_loss": Estimate(0.41, 0.4, 0.42)},
    slope=Estimate(1.06, 1.01, 1.11),
)


def lines_of(table):
    return [line for line in table.splitlines() if line and set(line) != {"-"}]


def test_one_row_per_column_with_the_reference_marked_and_the_ensemble_last():
    heading, header, *rows, _, margin, _, _, _, _, reference, _, _, unseen, hand_labeled, _ = lines_of(
        score_table(SCORES)
    )
    assert "600 tweets, 5 folds" in heading
    assert SCORES.run in heading
    assert header.split()[0] == "model"
    assert [row.split()[0] for row in rows] == ["tfidf_logistic", "conv_lstm", "bilstm", "ensemble"]
    assert [" * " in row for row in rows] == [True, False, False, False]
    assert percent(SCORES.oof["ensemble"].overall["accuracy"]) in rows[-1]
    assert points(SCORES.margins["accuracy"]).split()[0] in margin
    assert "tfidf_logistic" in reference
    assert unseen.split("  ")[0] == "ensemble"
    assert percent(SCORES.hand_labeled["ensemble"].overall["accuracy"]) in unseen
    assert hand_labeled == "hand-labeled: accuracy on 100 test tweets that people labeled"


def test_the_row_of_a_member_says_which_stopwords_it_removes_and_its_vectors():
    lines = score_table(SCORES).splitlines()
    header, *rows = (line for line in lines if line.split("  ")[0].rstrip(" *") in ("model", *SCORES.oof))
    columns = header.index("stopwords"), header.index("vectors")
    assert [[row[column:].split("  ")[0] for column in columns] for row in rows[:3]] == [
        ["kept", "–"],
        ["negations kept", "frozen glove"],
        ["removed", "word2vec"],
    ]


@pytest.mark.parametrize(
    ("source", "trainable", "expected"),
    [
        ("word2vec.100d", True, "word2vec"),
        ("glove.6B.100d+word2vec.100d", False, "frozen glove+word2vec"),
        ("glove.twitter.27B.100d", True, "glove.twitter"),
    ],
)
def test_vectors_are_named_whole_in_the_table(source, trainable, expected):
    members = SCORES.members | {"bilstm": MemberSummary("conv_lstm", "none", True, source, trainable)}
    lines = score_table(replace(SCORES, members=members)).splitlines()
    assert next(line for line in lines if line.startswith("bilstm ")).split("  ")[-1].strip() == expected


def test_the_margins_of_the_ensemble_have_both_intervals_below_their_headings():
    lines = score_table(SCORES).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("ensemble minus reference"))
    header, *rows = lines[start : start + 4]
    for row, (metric, name, form) in zip(
        rows,
        (("accuracy", "points", points), ("roc_auc", "ROC AUC", difference), ("log_loss", "log loss", difference)),
        strict=True,
    ):
        margin = SCORES.margins[metric]
        over_folds = form(Estimate(margin.value, margin.fold_low, margin.fold_high))
        value, _, tweets = form(margin).partition(" ")
        assert row.startswith(f"{value} {name}")
        assert row.index(tweets) == header.index("over tweets")
        assert row.index(over_folds.partition(" ")[2]) == header.index("over folds")
    assert "Over folds: corrected resampled t-test, covers training too." in " ".join(lines)


def test_a_margin_without_an_interval_over_folds_has_a_dash():
    margins = {metric: replace(margin, fold_low=None, fold_high=None) for metric, margin in SCORES.margins.items()}
    lines = score_table(replace(SCORES, margins=margins)).splitlines()
    assert next(line for line in lines if " points " in line).split()[-1] == "–"


@pytest.mark.parametrize(("scores", "last"), [(SCORES, "hand-labeled, %"), (DEMO, "synthetic test, %")])
def test_columns_are_aligned_with_their_headings(scores, last):
    lines = lines_of(score_table(scores))
    for first, count, names in (("model", 4, ("accuracy %", "ROC AUC", "log loss")), ("tweets outside", 1, (last,))):
        start = next(index for index, line in enumerate(lines) if line.startswith(first))
        header, *rows = lines[start : start + 1 + count]
        for name in names:
            assert all(row[header.index(name)].isdigit() and row[header.index(name) - 1] == " " for row in rows)


def test_the_last_line_has_the_accuracies_with_the_lexicon_of_the_model_that_scores_new_tweets():
    accuracy = 100 * SCORES.judges["ensemble"]["hand_labeled"].scorings["with lexicon"].overall["accuracy"].value
    line = "accuracy of {} with terms for words (predict --lexicon on), %: {}"
    assert score_table(SCORES).endswith(line.format("ensemble", f"hand-labeled {accuracy:.2f}"))
    judges = SCORES.judges | {"fast": {"semeval": SCORES.judges["ensemble"]["hand_labeled"]}}
    student = StudentSummary("fast", MemberCost(1, 1, 1.0, 1.0, 1.0))
    assert line.format("fast", f"SemEval {accuracy:.2f}") in score_table(
        replace(SCORES, judges=judges, student=student)
    )
    assert "lexicon" not in score_table(DEMO)
    assert "lexicon" not in score_table(replace(SCORES, judges={}))


def test_without_hand_labeled_tweets_there_is_no_such_column():
    assert "labeled" not in score_table(replace(SCORES, hand_labeled=None, judges={}))


def test_held_out_tweets_get_a_table_of_their_own():
    assert "held-out" not in score_table(SCORES)
    student = StudentSummary("small", MemberCost(1, 1, 1.0, 1.0, 1.0))
    scores = replace(
        SCORES,
        holdout={"ensemble": HELD_OUT, "small": replace(HELD_OUT, n=1235)},
        holdout_one_fold_accuracy=0.79,
        student=student,
    )
    table = score_table(scores)
    lines = table.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("tweets outside the folds"))
    header, ensemble, small = ([part.strip() for part in line.split("  ") if part] for line in lines[start : start + 3])
    assert header == [
        *("tweets outside the folds", "held out, accuracy %", "log loss", "calibration slope", "hand-labeled, %")
    ]
    cells = ["80.00 [70.00, 90.00]", "0.4100", "1.06 [1.01, 1.11]"]
    assert ensemble == ["ensemble", *cells, percent(SCORES.hand_labeled["ensemble"].overall["accuracy"])]
    assert small == ["small", *cells, "–"]
    text = " ".join(table.split())
    assert "1,234 held-out tweets, which no stage has seen" in text
    assert "with the models of one fold, its accuracy is 79.00" in text
    assert "79.00" not in score_table(replace(scores, holdout_one_fold_accuracy=None))


def test_the_student_has_a_row_below_the_ensemble_and_without_held_out_tweets_a_note():
    student = StudentSummary("small", MemberCost(1, 1, 1.0, 1.0, 1.0))
    accuracy = ColumnScores(100, {"accuracy": Estimate(0.7512, 0.7, 0.8)})
    members = SCORES.members | {"small": MemberSummary("conv_lstm", "none", True, "word2vec.100d", True)}
    hand_labeled = SCORES.hand_labeled | {"small": accuracy}
    lines = lines_of(score_table(replace(SCORES, student=student, members=members, hand_labeled=hand_labeled)))
    of_student, of_unseen = (index for index, line in enumerate(lines) if line.startswith("small "))
    assert lines[of_student].split() == ["small", "–", "–", "–", "kept", "word2vec"]
    assert lines[of_student - 1].startswith("ensemble")
    assert lines[of_unseen].split() == ["small", "75.12", "[70.00,", "80.00]"]
    assert "small: no held-out score, as no tweets were held out (--holdout)" in lines


def test_a_demo_run_is_labeled_as_such_at_the_top_and_no_other_run_is():
    assert "DEMO" not in score_table(SCORES)
    table = score_table(DEMO)
    assert "DEMO RUN: synthetic tweets, not a result on Sentiment140" in table.splitlines()[1]
    assert "accuracy on 100 synthetic test tweets" in table
    assert "hand-labeled" not in table


def test_never_wider_than_105_columns():
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
        frozen = MemberSummary("conv_lstm", "keep_negation", True, f"{long}.100d", False)
        wide = replace(wide, members=wide.members | {long: frozen})
        assert max(map(len, score_table(wide).splitlines())) <= 105


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
