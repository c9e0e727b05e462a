import json

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
    ],
)
def test_a_metric_that_is_missing_is_named_with_its_place_in_the_file(tmp_path, scores, where, metric):
    changed = json.loads(json.dumps(scores))
    table = changed
    for key in where.split("."):
        table = table[key]
    del table[metric]
    (tmp_path / SCORES).write_text(json.dumps(changed))
    expected = rf"damaged scores\.json: no {metric} in {where}, {tmp_path / SCORES}, delete it and run"
    with pytest.raises(UserError, match=expected):
        RunScores.read(tmp_path)
