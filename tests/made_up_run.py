"""A run folder with made-up numbers, for the tests of the report."""

import json

import numpy as np
import pandas as pd

from sentiment140.breakdown import by_slice, by_split, calibration, contributions, duplicates, surest_mistakes
from sentiment140.scores import score_by_fold, score_columns

KNOWLEDGE = {"tfidf_logistic": 0.8, "conv_lstm": 1.0, "bilstm": 1.1, "ensemble": 1.25}


def made_up_oof(n=600, seed=0):
    """The table of `oof.csv`: columns that know more or less of the label."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, n)
    noise = generator.normal(0, 1.3, n)
    logits = {name: knows * (2 * label - 1) + noise + generator.normal(0, 0.4, n) for name, knows in KNOWLEDGE.items()}
    probabilities = {name: 1 / (1 + np.exp(-1.2 * logit)) for name, logit in logits.items()}
    return pd.DataFrame({"id": np.arange(n), "label": label, "fold": np.arange(n) % 5} | probabilities)


def made_up_scores(oof, kind="real", resamples=20):
    """The content of `scores.json` that goes with the table."""
    label, columns = oof["label"], {name: oof[name] for name in KNOWLEDGE}
    found = score_columns(label, columns, np.arange(len(oof)), 0, resamples, reference="tfidf_logistic")
    labelled = score_columns(label[:100], {k: v[:100] for k, v in columns.items()}, np.arange(100), 0, resamples)
    members = ("conv_lstm", "bilstm")
    return {
        "run": f"{kind}-standard-1a2b3c",
        "date": "2025-11-24T02:30:00+00:00",
        "preset": "standard",
        "seed": 140,
        "folds": 5,
        "reference": "tfidf_logistic",
        "data": {
            "kind": kind,
            "name": "sentiment140",
            "tweets": len(oof),
            "fingerprint": "9f8e7d",
            "problems": {"duplicate_texts": 12_345, "broken_rows": {"too few fields": 3, "unknown label": 0}},
        },
        "oof": {
            name: {"n": scores.n, "overall": scores.as_dict()["overall"]}
            | {"folds": score_by_fold(label, oof[name], oof["fold"])}
            for name, scores in found.items()
        },
        "margins": found["ensemble"].as_dict()["margins"],
        "hand_labelled": {name: scores.as_dict() for name, scores in labelled.items()},
        "slices": by_slice(
            label.to_numpy(),
            {name: oof[name].to_numpy() for name in ("ensemble", "tfidf_logistic")},
            np.arange(len(oof)),
            {"negation": np.arange(len(oof)) % 3 == 0, "link": np.arange(len(oof)) % 7 == 0},
            0,
        ),
        "splits": by_split(
            oof.assign(text_group=range(len(oof))),
            pd.DataFrame({"row": range(100)} | dict.fromkeys(("random", "user", "time"), oof["conv_lstm"][:100])),
            0,
        ),
        "duplicates": duplicates(label.to_numpy(), np.arange(len(oof))),
        "calibration": calibration(
            label.to_numpy(),
            {name: oof[name].to_numpy() for name in members},
            oof["fold"].to_numpy(),
            np.arange(len(oof)),
            0,
        ),
        "contributions": contributions(
            label.to_numpy(),
            {name: oof[name].to_numpy() for name in members},
            oof["ensemble"].to_numpy(),
            oof["fold"].to_numpy(),
            np.arange(len(oof)),
            "logistic",
            0,
        ),
        "blend": {
            "blender": "logistic",
            "weights": {"conv_lstm": 0.62, "bilstm": 0.55, "tfidf_logistic": -0.04},
            "calibration": {"slope": 1.02, "intercept": -0.01},
        },
        "history": [
            {"member": member, "fold": fold, "epoch": epoch, "seconds": 61.0, "learning_rate": 0.001}
            | {"loss": 0.5 / epoch**0.4 + fold / 300, "accuracy": 0.8}
            | {"val_loss": 0.47 - 0.03 * epoch + 0.008 * epoch**2 - fold / 300, "val_accuracy": 0.81}
            for member in members
            for fold in range(5)
            for epoch in range(1, 5)
        ],
        "overfitting": {
            name: {"accuracy": 0.86, "val_accuracy": accuracy, "seconds_an_epoch": 61.0, "gap": 0.1}
            | {"slope": slope, "roughness": 0.01, "best_epoch": 2.5, "steady": slope < 0}
            for name, accuracy, slope in (("conv_lstm", 0.8, -0.01), ("bilstm", 0.82, 0.02))
        },
        "pairs": [
            {"first": "conv_lstm", "second": "bilstm", "n": 590, "only_first": 20, "only_second": 30, "p": 0.2},
            {"first": "conv_lstm", "second": "tfidf_logistic", "n": 590, "only_first": 9, "only_second": 50, "p": 1e-6},
        ],
        "cost": {
            "stages": {
                stage: {"seconds": seconds, "tweets_per_second": 600 / seconds, "peak_memory_mib": 1500.0}
                for stage, seconds in (("read", 4.2), ("train", 5410.0), ("blend", 31.0))
            },
            "members": {
                "tfidf_logistic": {"parameters": 200_000, "trainable_parameters": 200_000, "seconds": 300.5}
                | {"tweets_per_second": 90_123.4, "peak_memory_mib": 2100.0},
                "conv_lstm": {"parameters": 5_065_153, "trainable_parameters": 65_153, "seconds": 5109.0}
                | {"tweets_per_second": 54_321.0, "peak_memory_mib": 1400.0, "arithmetic_seconds": 2555.0},
                "bilstm": {"parameters": 6_000_000, "trainable_parameters": 6_000_000, "seconds": 9000.0}
                | {"tweets_per_second": 12_345.0, "peak_memory_mib": 1500.0, "arithmetic_seconds": 4444.0},
            },
            "peak_memory_mib": 3456.7,
        },
        "coverage": [
            {"vectors": "glove.6B.100d", "text": "none, 60000 words", "vocabulary_share": 0.712, "token_share": 0.978}
            | {"by_rule": {"exact": 40_000, "lower_case": 2_720}, "missing": ["lmaoo", "twitpic", "<b>haha</b>"]}
        ],
        "versions": {"python": "3.11.9", "tensorflow": "2.21.0"},
    }


def write_made_up_run(folder, kind="real", n=600):
    """The folder with `scores.json`, `oof.csv`, `predictions.csv` and `experiment.toml` in it."""
    oof = made_up_oof(n)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scores.json").write_text(json.dumps(made_up_scores(oof, kind)))
    oof.to_csv(folder / "oof.csv", index=False)
    rows = oof.assign(text=[f"training tweet {row} <b>" for row in range(n)], text_group=range(n))
    surest_mistakes(rows, oof["ensemble"].to_numpy()).to_csv(folder / "mistakes.csv", index=False)
    texts = [f"tweet {row} <img src=x onerror=alert(1)> http://t.co/{row}" for row in range(40)]
    predictions = {"id": range(40), "target": 4, "text": texts, "probability": np.linspace(0.01, 0.99, 40)}
    pd.DataFrame(predictions).to_csv(folder / "predictions.csv", index=False)
    (folder / "experiment.toml").write_text('preset = "standard"\nseed = 140\n')
    return folder
