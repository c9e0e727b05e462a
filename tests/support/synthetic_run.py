"""A run folder with synthetic numbers, for the tests of the report."""

import numpy as np
import pandas as pd

from sentiment140.ensemble.blend import expit
from sentiment140.evaluation.analysis import (
    by_slice,
    by_split,
    calibration,
    confident_errors,
    contributions,
    duplicates,
)
from sentiment140.evaluation.cost import Cost, MemberCost, StageCost
from sentiment140.evaluation.judges import judge_run
from sentiment140.evaluation.member import MemberSummary
from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import (
    SCORES,
    BlendSummary,
    Epoch,
    Overfitting,
    Pair,
    RunScores,
)
from sentiment140.evaluation.split_strategies import STRATEGIES
from sentiment140.evaluation.tweets import Coverage, DataSummary
from sentiment140.labels import NEUTRAL

KNOWLEDGE = {"tfidf_logistic": 0.8, "conv_lstm": 1.0, "bilstm": 1.1, "ensemble": 1.25}
MEMBERS = {
    "tfidf_logistic": MemberSummary("tfidf_logistic", "none", False, None, False),
    "conv_lstm": MemberSummary("conv_lstm", "keep_negation", False, "glove.6B.100d", False),
    "bilstm": MemberSummary("bilstm", "standard", True, "word2vec.100d", True),
}
KERAS_MEMBERS = ("conv_lstm", "bilstm")


def synthetic_oof(n=600, seed=0):
    """The table of `oof.csv`: columns that know more or less of the label."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, n)
    noise = generator.normal(0, 1.3, n)
    logits = {name: knows * (2 * label - 1) + noise + generator.normal(0, 0.4, n) for name, knows in KNOWLEDGE.items()}
    probabilities = {name: expit(1.2 * logit) for name, logit in logits.items()}
    return pd.DataFrame({"id": np.arange(n), "label": label, "fold": np.arange(n) % 5} | probabilities)


def synthetic_scores(oof, source="real", resamples=20):
    """The `RunScores` that go with the table."""
    labels, folds, groups = oof["label"].to_numpy(), oof["fold"].to_numpy(), np.arange(len(oof))
    columns = {name: oof[name].to_numpy() for name in KNOWLEDGE}
    members = {name: columns[name] for name in KERAS_MEMBERS}
    scored = score_columns(labels, columns, groups, 0, resamples, reference="tfidf_logistic", folds=folds)
    texts = [("so good :)", "so bad :(", "on my way")[row % 3] for row in range(len(oof))]
    splits = pd.DataFrame({"id": range(100)} | dict.fromkeys(STRATEGIES, oof["conv_lstm"][:100]))
    return RunScores(
        run=f"{source}-standard-1a2b3c",
        date="2025-11-24T02:30:00+00:00",
        preset="standard",
        seed=140,
        folds=5,
        reference="tfidf_logistic",
        data=DataSummary(
            source=source,
            name="sentiment140",
            tweets=len(oof),
            texts=len(oof),
            fingerprint="9f8e7d",
            problems={"duplicate_texts": 12_345, "broken_rows": {"too few fields": 3, "unknown label": 0}},
        ),
        members=MEMBERS,
        oof=scored,
        margins=scored["ensemble"].margins,
        hand_labeled=score_columns(
            labels[:100], {name: values[:100] for name, values in columns.items()}, groups[:100], 0, resamples
        ),
        holdout=None,
        judges=judge_run(
            oof.assign(text_group=groups),
            oof[["id"]].assign(text=texts),
            {
                "holdout": oof[:0].assign(text=[], text_group=[]),
                "test": oof[:100].assign(text=texts[:100], label=np.where(groups[:100] < 10, NEUTRAL, labels[:100])),
            },
            None,
            0,
        ),
        holdout_one_fold_accuracy=None,
        slices=by_slice(
            labels,
            {name: columns[name] for name in ("ensemble", "tfidf_logistic")},
            groups,
            {"negation": groups % 3 == 0, "link": groups % 7 == 0},
            0,
        ),
        splits=by_split(oof.assign(text_group=groups), splits, 0),
        duplicates=duplicates(labels, groups),
        calibration=calibration(labels, members, folds, groups, 0),
        blend=BlendSummary(
            blender="logistic",
            weights={"conv_lstm": 0.62, "bilstm": 0.55, "tfidf_logistic": -0.04},
            confidence_weights={},
            average_confidence=0.0,
            slope=1.02,
            intercept=-0.01,
            all_folds_slope=1.07,
            all_folds_intercept=-0.02,
        ),
        contributions=contributions(labels, members, columns["ensemble"], folds, groups, "logistic", 0),
        history=[
            Epoch(
                member=member,
                fold=fold,
                epoch=epoch,
                loss=0.5 / epoch**0.4 + fold / 300,
                accuracy=0.8,
                val_loss=0.47 - 0.03 * epoch + 0.008 * epoch**2 - fold / 300,
                val_accuracy=0.81,
                seconds=61.0,
                learning_rate=0.001,
            )
            for member in KERAS_MEMBERS
            for fold in range(5)
            for epoch in range(1, 5)
        ],
        overfitting={
            name: Overfitting(
                accuracy=0.86,
                val_accuracy=accuracy,
                seconds_per_epoch=61.0,
                gap=0.1,
                slope=slope,
                roughness=0.01,
                best_epoch=2.5,
                optimism=0.001,
                steady=slope < 0,
            )
            for name, accuracy, slope in (("conv_lstm", 0.8, -0.01), ("bilstm", 0.82, 0.02))
        },
        pairs=[
            Pair("conv_lstm", "bilstm", 590, only_first=20, only_second=30, p=0.2, fold_p=0.4),
            Pair("conv_lstm", "tfidf_logistic", 590, only_first=9, only_second=50, p=1e-6, fold_p=0.01),
        ],
        cost=Cost(
            members={
                "tfidf_logistic": MemberCost(200_000, 200_000, 300.5, 90_123.4, 2100.0),
                "conv_lstm": MemberCost(5_065_153, 65_153, 5109.0, 54_321.0, 1400.0),
                "bilstm": MemberCost(6_000_000, 6_000_000, 9000.0, 12_345.0, 1500.0),
            },
            peak_memory_mib=3456.7,
            stages={
                name: StageCost(seconds, tweets_per_second=600 / seconds, peak_memory_mib=1500.0)
                for name, seconds in (("read", 4.2), ("train", 5410.0), ("blend", 31.0))
            },
        ),
        student=None,
        coverage=[
            Coverage(
                vectors="glove.6B.100d",
                text="none, 60000 words",
                vocabulary_share=0.712,
                token_share=0.978,
                by_rule={"exact": 40_000, "lower_case": 2_720},
                missing=["lmaoo", "twitpic", "<b>haha</b>"],
                skipped=0,
            )
        ],
        versions={"python": "3.11.9", "tensorflow": "2.21.0"},
    )


def write_synthetic_run(folder, source="real", n=600):
    """The folder with `scores.json`, `oof.csv`, `predictions.csv` and `experiment.toml` in it."""
    oof = synthetic_oof(n)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCORES).write_text(synthetic_scores(oof, source).to_json())
    oof.to_csv(folder / "oof.csv", index=False)
    rows = oof.assign(text=[f"training tweet {row} <b>" for row in range(n)], text_group=range(n))
    confident_errors(rows, oof["ensemble"].to_numpy()).to_csv(folder / "confident_errors.csv", index=False)
    texts = [f"tweet {row} <img src=x onerror=alert(1)> http://t.co/{row}" for row in range(40)]
    predictions = {"id": range(40), "target": 4, "text": texts, "probability": np.linspace(0.01, 0.99, 40)}
    pd.DataFrame(predictions).to_csv(folder / "predictions.csv", index=False)
    (folder / "experiment.toml").write_text('preset = "standard"\nseed = 140\n')
    return folder
