"""What `scores.json` says of a run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from .breakdown import by_slice, by_split, calibration, contributions, duplicates, label_slices
from .comparison import overfitting, pairs
from .ensemble.combination import Ensemble
from .experiment import Experiment, Member
from .memory import peak_memory_mib
from .provenance import versions
from .scores import score_by_fold, score_columns
from .store import Run
from .text.slices import unpack


def summarise(
    run: Run,
    experiment: Experiment,
    about: Mapping[str, Any],
    oof: pd.DataFrame,
    rows: pd.DataFrame,
    splits: pd.DataFrame,
    test: pd.DataFrame,
    aside: pd.DataFrame,
    ensemble: Ensemble,
) -> dict[str, Any]:
    """The scores of every column with their intervals, and what they cost.

    Args:
        run: with every unit fitted.
        experiment: that it ran.
        about: what is known of the data.
        oof: `label`, `fold`, a column a member, and `ensemble`.
        rows: `text_group`, equal for copies of one text: the bootstrap draws texts, not rows; and `slices`, packed.
        splits: the reference's probabilities under three ways of splitting (training/splits.py).
        test: `label` and the same columns for the test tweets; only those with label 0 or 1 are scored.
        aside: `label`, `text_group` and the same columns for the tweets that no stage has seen.
        ensemble: how the members were blended.
    """
    columns = [member.name for member in experiment.members] + ["ensemble"]
    outside = columns + ([experiment.student.name] if experiment.student else [])  # the student has seen all others
    labels, text_groups = oof["label"].to_numpy(), rows["text_group"].to_numpy()
    probabilities = {name: oof[name].to_numpy() for name in columns}
    scored = score_columns(
        labels,
        probabilities,
        text_groups,
        experiment.seed,
        reference=experiment.reference,
    )
    units = {
        member.name: [run.unit_facts(f"{member.name}-fold{fold}") for fold in range(experiment.folds)]
        for member in experiment.members
    }
    history = [
        {"member": name, "fold": facts["fold"], **epoch}
        for name, fitted in units.items()
        for facts in fitted
        for epoch in facts["history"]
    ]
    of_member = {name: [entry for entry in history if entry["member"] == name] for name in units}
    return {
        "run": run.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "preset": experiment.preset,
        "seed": experiment.seed,
        "folds": experiment.folds,
        "reference": experiment.reference,
        "data": {key: about[key] for key in ("kind", "name", "tweets", "texts", "fingerprint", "problems")},
        "oof": {
            name: {
                "n": scores.n,
                "overall": {metric: estimate.as_dict() for metric, estimate in scores.overall.items()},
                "folds": score_by_fold(oof["label"], oof[name], oof["fold"]),
            }
            for name, scores in scored.items()
        },
        "margins": {metric: estimate.as_dict() for metric, estimate in scored["ensemble"].margins.items()},
        "hand_labelled": _hand_labelled(test, outside, experiment.seed),
        "set_aside": _scored(aside, outside, aside["text_group"].to_numpy(), experiment.seed),
        "slices": by_slice(
            labels,
            {name: probabilities[name] for name in dict.fromkeys(("ensemble", experiment.reference))},
            text_groups,
            unpack(rows["slices"].to_numpy(), about["slices"]) | label_slices(labels, text_groups),
            experiment.seed,
        ),
        "splits": by_split(rows, splits, experiment.seed),
        "duplicates": duplicates(labels, text_groups),
        "calibration": calibration(
            labels,
            {name: probabilities[name] for name in columns if name != "ensemble"},
            oof["fold"].to_numpy(),
            text_groups,
            experiment.seed,
        ),
        "blend": {
            "blender": experiment.blender,
            "weights": dict(zip(experiment.ensemble, ensemble.blend.weights, strict=True)),
            "change": dict(zip(experiment.ensemble, ensemble.blend.change, strict=False)),
            "average_sureness": ensemble.blend.average,
            "calibration": {"slope": ensemble.slope, "intercept": ensemble.intercept},
        },
        "contributions": contributions(
            labels,
            {name: probabilities[name] for name in experiment.ensemble},
            probabilities["ensemble"],
            oof["fold"].to_numpy(),
            text_groups,
            experiment.blender,
            experiment.seed,
        ),
        "history": history,
        "overfitting": {name: overfitting(epochs) for name, epochs in of_member.items() if epochs},
        "pairs": pairs(labels, probabilities, text_groups),
        "cost": {
            "members": {name: _member_cost([facts["cost"] for facts in fitted]) for name, fitted in units.items()},
            "peak_memory_mib": round(
                max([peak_memory_mib()] + [f["cost"]["peak_memory_mib"] for fitted in units.values() for f in fitted])
            ),
        },
        "student": _student(run, experiment.student),
        "coverage": about["coverage"],
        "versions": versions(),
    }


def _student(run: Run, student: Member | None) -> dict[str, Any] | None:
    if student is None:
        return None
    facts = run.unit_facts(student.name)
    return {"name": student.name, "history": facts["history"], "cost": facts["cost"]}


def _hand_labelled(test: pd.DataFrame, columns: list[str], seed: int) -> dict[str, Any] | None:
    """Scores on the hand-labelled positive and negative tweets, which nothing was tuned on."""
    known = test[test["label"] >= 0]
    return _scored(known, columns, np.arange(len(known)), seed, 1000)


def _scored(
    tweets: pd.DataFrame, columns: list[str], groups: np.ndarray, seed: int, resamples: int = 200
) -> dict[str, Any] | None:
    """The scores of tweets that are in no fold; None where they are not of both labels."""
    if tweets["label"].nunique() < 2:
        return None
    scored = score_columns(tweets["label"], {name: tweets[name] for name in columns}, groups, seed, resamples)
    return {name: scores.as_dict() for name, scores in scored.items()}


def _member_cost(costs: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = sum(cost["seconds"] for cost in costs)
    tweets = sum(cost["seconds"] * cost["tweets_per_second"] for cost in costs)
    peak = max(cost["peak_memory_mib"] for cost in costs)
    total = {**costs[0], "seconds": seconds, "tweets_per_second": tweets / seconds, "peak_memory_mib": peak}
    if "arithmetic_seconds" in total:
        total["arithmetic_seconds"] = sum(cost["arithmetic_seconds"] for cost in costs)
    return total
