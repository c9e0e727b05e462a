import json
import re

import pytest

from sentiment140.errors import UserError
from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import MARGINS, METRICS, SCORES, RunScores
from support.synthetic_run import synthetic_oof, synthetic_scores


@pytest.fixture(scope="module")
def scores():
    """The content of a `scores.json`, with held-out tweets whose columns have margins."""
    oof = synthetic_oof(n=200)
    columns = {name: oof[name].to_numpy() for name in ("tfidf_logistic", "ensemble")}
    holdout = score_columns(oof["label"], columns, oof["id"], seed=0, resamples=5, reference="tfidf_logistic")
    return json.loads(synthetic_scores(oof, resamples=5).to_json()) | {
        "holdout": {name: {"n": column.n, **tables(column)} for name, column in holdout.items()}
    }


def tables(column):
    """The estimates of a column as they are in `scores.json`."""
    return {
        part: {metric: vars(estimate) for metric, estimate in getattr(column, part).items()}
        for part in ("overall", "margins")
    }


def write_without(key, where, scores, folder):
    """Write `scores.json` without the key of the table at this place, such as "oof.bilstm.overall"."""
    changed = table = json.loads(json.dumps(scores))
    for part in where.split("."):
        table = table[part]
    del table[key]
    (folder / SCORES).write_text(json.dumps(changed))


def test_scores_are_read_back_as_they_were_written(tmp_path, scores):
    (tmp_path / SCORES).write_text(json.dumps(scores))
    read = RunScores.read(tmp_path)
    (tmp_path / SCORES).write_text(read.to_json())
    assert RunScores.read(tmp_path) == read
    assert tuple(read.oof["ensemble"].overall) == METRICS
    assert tuple(read.holdout["ensemble"].margins) == MARGINS


@pytest.mark.parametrize(
    ("where", "metric"),
    [
        *(("oof.ensemble.overall", metric) for metric in METRICS),
        *(("margins", metric) for metric in MARGINS),
        ("oof.bilstm.overall", "f1"),
        ("hand_labeled.conv_lstm.overall", "brier"),
        ("holdout.tfidf_logistic.overall", "log_loss"),
        ("holdout.ensemble.margins", "roc_auc"),
        ("contributions.without bilstm", "log_loss"),
        ("judges.ensemble.hand_labeled.scorings.default.overall", "roc_auc"),
        ("judges.ensemble.oof.scorings.with lexicon.margins", "accuracy"),
    ],
)
def test_a_metric_that_is_missing_is_named_with_its_place_in_the_file(tmp_path, scores, where, metric):
    write_without(metric, where, scores, tmp_path)
    expected = rf"damaged scores\.json: no {metric} in {where}, {tmp_path / SCORES}, delete it and run"
    with pytest.raises(UserError, match=expected):
        RunScores.read(tmp_path)


@pytest.mark.parametrize("key", ["value", "low", "fold_low", "fold_high"])
@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("margins.accuracy", "$.margins[...]"),
        ("oof.bilstm.margins.roc_auc", "$.oof[...].margins[...]"),
        ("contributions.without bilstm.log_loss", "$.contributions[...][...]"),
    ],
)
def test_a_difference_that_lacks_a_key_is_reported_with_its_place(tmp_path, scores, where, shown, key):
    write_without(key, where, scores, tmp_path)
    expected = f"damaged scores.json: Object missing required field `{key}` - at `{shown}`, {tmp_path / SCORES}, delete"
    with pytest.raises(UserError, match=re.escape(expected)):
        RunScores.read(tmp_path)


def test_differences_on_tweets_in_no_fold_have_no_interval_over_folds(tmp_path, scores):
    (tmp_path / SCORES).write_text(json.dumps(scores))
    read = RunScores.read(tmp_path)
    assert {(margin.fold_low, margin.fold_high) for margin in read.holdout["ensemble"].margins.values()} == {
        (None, None)
    }
    assert all(margin.fold_low < margin.fold_high for margin in read.margins.values())
    assert read.oof["ensemble"].margins == read.margins
