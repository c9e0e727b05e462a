"""Compute all scores of a run, as they are written to `scores.json`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from sentiment140.data.arrays import HOLDOUT, TEST
from sentiment140.ensemble.blend import ENSEMBLE, Ensemble, Ensembles
from sentiment140.ensemble.unseen import blended_by_fold
from sentiment140.evaluation.analysis import (
    SLICE_RESAMPLES,
    by_slice,
    by_split,
    calibration,
    calibration_slope,
    contributions,
    duplicates,
    label_slices,
)
from sentiment140.evaluation.comparison import compare_pairs, measure_overfitting
from sentiment140.evaluation.cost import Cost, MemberCost, StageCost
from sentiment140.evaluation.judges import judge_run
from sentiment140.evaluation.member import MemberSummary
from sentiment140.evaluation.metrics import RESAMPLES, Resampled, score_columns
from sentiment140.evaluation.run_scores import (
    BlendSummary,
    ColumnScores,
    Epoch,
    RunScores,
    StudentSummary,
)
from sentiment140.evaluation.tweets import Coverage, DataSummary
from sentiment140.experiment import Experiment
from sentiment140.labels import is_positive
from sentiment140.progress.display import showing
from sentiment140.progress.events import Meter, sending
from sentiment140.runs.memory import peak_memory_mib
from sentiment140.runs.provenance import versions
from sentiment140.runs.run import Run
from sentiment140.text.slices import unpack

_SECONDS = 6e-5  # per tweet and column: a rough expectation
_SLICES = 3  # the slices together have about as many tweets as this number of columns


@contextmanager
def showing_evaluation(experiment: Experiment, tweets: int) -> Iterator[None]:
    """Show the progress of `summarize` in the `with` block: nearly all of its time is resampling.

    Args:
        experiment: the experiment of the run.
        tweets: number of training tweets.
    """
    members, blended = len(experiment.members), len(experiment.ensemble)
    with_margins = RESAMPLES * (members + 1 + blended + 2)  # all columns; then the ensemble without each member
    others = SLICE_RESAMPLES * (2 * members + 2 * _SLICES)  # calibration; then slices of two columns
    with showing("evaluate", _SECONDS * tweets * (members + 4)):
        meter = Meter(tweets * (with_margins + others))

        def receive(event: object) -> None:
            if isinstance(event, Resampled):
                meter.add(event.rows, "bootstrap")

        with sending(receive):
            yield


def summarize(
    run: Run,
    experiment: Experiment,
    about: Mapping[str, Any],
    ensembles: Ensembles,
    oof: pd.DataFrame,
    rows: pd.DataFrame,
    splits: pd.DataFrame,
    unseen: Mapping[str, pd.DataFrame],
) -> RunScores:
    """Score every column, with intervals, and collect the costs of the run.

    Args:
        run: the run, with every model fitted.
        experiment: the experiment of the run.
        about: what is known about the data: see `data.tables.about`.
        ensembles: the ensemble fitted on all out-of-fold rows, with both calibrations.
        oof: `id`, `label`, `fold`, one column per member and the ensemble; one row per training tweet.
        rows: `id`, `text_group` and `slices` (packed), among others; one row per training tweet. The bootstrap draws
            the tweets of a text group together.
        splits: the probabilities of the reference by split strategy (split_strategies.py).
        unseen: tables of the test tweets and of the held-out tweets: `key`, `label`, and one column per member, the
            ensemble and the student. Test tweets are scored if their label is 0 or 1. Held-out tweets also have a
            `text_group`.
    """
    columns = [member.name for member in experiment.members] + [ENSEMBLE]
    # The student is trained on the out-of-fold probabilities of all training tweets: only unseen tweets can score it.
    unseen_columns = columns + ([experiment.student.name] if experiment.student else [])
    oof = oof.merge(rows[["id", "text_group", "slices"]], on="id", validate="one_to_one")
    labels, folds, text_groups = (oof[name].to_numpy() for name in ("label", "fold", "text_group"))
    probabilities = {name: oof[name].to_numpy() for name in columns}
    members = {name: probabilities[name] for name in columns if name != ENSEMBLE}
    blended = {name: probabilities[name] for name in experiment.ensemble}
    scored = score_columns(
        labels, probabilities, text_groups, experiment.seed, reference=experiment.reference, folds=folds
    )
    facts = {
        member.name: [run.fit_facts(member.fold_name(fold)) for fold in range(experiment.folds)]
        for member in experiment.members
    }
    history = [
        Epoch(member=name, fold=of_fold["fold"], **epoch)
        for name, of_member in facts.items()
        for of_fold in of_member
        for epoch in of_fold["history"]
    ]
    by_member = {name: [epoch for epoch in history if epoch.member == name] for name in facts}
    blend, student = ensembles.one_fold.blend, experiment.student
    hand_labeled, holdout = unseen[TEST][unseen[TEST]["label"] >= 0], unseen[HOLDOUT]
    return RunScores(
        run=run.name,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        preset=experiment.preset,
        seed=experiment.seed,
        folds=experiment.folds,
        reference=experiment.reference,
        data=DataSummary(**{key: about[key] for key in DataSummary.__dataclass_fields__}),
        members={
            member.name: MemberSummary.of(member) for member in (*experiment.members, *((student,) if student else ()))
        },
        oof=scored,
        margins=scored[ENSEMBLE].margins,
        hand_labeled=_score_unseen(hand_labeled, unseen_columns, np.arange(len(hand_labeled)), experiment.seed),
        holdout=_score_unseen(holdout, unseen_columns, holdout["text_group"].to_numpy(), experiment.seed),
        judges=judge_run(oof, rows, unseen, student.name if student else None, experiment.seed),
        holdout_one_fold_accuracy=_one_fold_accuracy(run, experiment, ensembles.one_fold, holdout),
        slices=by_slice(
            labels,
            {name: probabilities[name] for name in dict.fromkeys((ENSEMBLE, experiment.reference))},
            text_groups,
            unpack(oof["slices"].to_numpy(), about["slices"]) | label_slices(labels, text_groups),
            experiment.seed,
        ),
        splits=by_split(rows, splits, experiment.seed),
        duplicates=duplicates(labels, text_groups),
        calibration=calibration(labels, members, folds, text_groups, experiment.seed),
        blend=BlendSummary(
            blender=experiment.blender,
            weights=dict(zip(experiment.ensemble, blend.weights, strict=True)),
            confidence_weights=dict(zip(experiment.ensemble, blend.confidence_weights, strict=False)),
            average_confidence=blend.average,
            slope=ensembles.one_fold.slope,
            intercept=ensembles.one_fold.intercept,
            all_folds_slope=ensembles.all_folds.slope,
            all_folds_intercept=ensembles.all_folds.intercept,
        ),
        contributions=contributions(
            labels, blended, probabilities[ENSEMBLE], folds, text_groups, experiment.blender, experiment.seed
        ),
        history=history,
        overfitting={name: measure_overfitting(epochs) for name, epochs in by_member.items() if epochs},
        pairs=compare_pairs(labels, probabilities, text_groups, folds),
        cost=_summarize_cost(run, facts, len(rows)),
        student=_summarize_student(run, experiment),
        coverage=[Coverage(**of_file) for of_file in about["coverage"]],
        versions=versions(),
    )


def stage_costs(run: Run, tweets: int) -> dict[str, StageCost]:
    """Compute the cost of each stage of the run so far.

    Args:
        run: the run.
        tweets: number of training tweets, for the throughput.
    """
    return {stage: StageCost(tweets_per_second=tweets / cost["seconds"], **cost) for stage, cost in run.costs().items()}


def _score_unseen(
    tweets: pd.DataFrame, columns: list[str], groups: np.ndarray, seed: int
) -> dict[str, ColumnScores] | None:
    """Score tweets that are in no fold; None unless both labels occur."""
    if tweets["label"].nunique() < 2:
        return None
    labels = tweets["label"].to_numpy()
    scored = score_columns(labels, {name: tweets[name] for name in columns}, groups, seed)
    return {
        name: replace(scores, slope=calibration_slope(labels, tweets[name].to_numpy(), groups))
        for name, scores in scored.items()
    }


def _one_fold_accuracy(run: Run, experiment: Experiment, ensemble: Ensemble, tweets: pd.DataFrame) -> float | None:
    """The mean over the folds of the accuracy of one fold's models; None without tweets."""
    if tweets.empty:
        return None
    by_fold = blended_by_fold(run, experiment, HOLDOUT, tweets["key"].to_numpy())
    return float(np.mean([is_positive(ensemble.apply(of_fold)) == tweets["label"] for of_fold in by_fold]))


def _summarize_cost(run: Run, facts: Mapping[str, list[dict[str, Any]]], tweets: int) -> Cost:
    members = {name: _sum_costs([of_fold["cost"] for of_fold in of_member]) for name, of_member in facts.items()}
    peak = max([peak_memory_mib(), *(cost.peak_memory_mib for cost in members.values())])
    return Cost(members, round(peak), stage_costs(run, tweets))


def _sum_costs(costs: list[dict[str, Any]]) -> MemberCost:
    seconds = sum(cost["seconds"] for cost in costs)
    tweets = sum(cost["seconds"] * cost["tweets_per_second"] for cost in costs)
    peak = max(cost["peak_memory_mib"] for cost in costs)
    of_all = {"seconds": seconds, "tweets_per_second": tweets / seconds, "peak_memory_mib": peak}
    return MemberCost(**{**costs[0], **of_all})


def _summarize_student(run: Run, experiment: Experiment) -> StudentSummary | None:
    if experiment.student is None:
        return None
    return StudentSummary(experiment.student.name, _sum_costs([run.fit_facts(experiment.student.name)["cost"]]))
