"""Error analysis: scores by slice and by split strategy, copies, calibration, and the most confident errors."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sentiment140.ensemble.blend import ENSEMBLE, expit, logit
from sentiment140.ensemble.calibration import fit_platt
from sentiment140.ensemble.cross_fit import cross_fit
from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import (
    CalibrationScores,
    ColumnScores,
    Difference,
    Estimate,
    SliceScores,
    SplitScores,
)
from sentiment140.evaluation.tweets import Duplicates

SLICE_RESAMPLES = 200
_SMALLEST_RANGE = 1e-3  # of logits


def by_slice(
    labels: np.ndarray,
    columns: Mapping[str, np.ndarray],
    text_groups: np.ndarray,
    slices: Mapping[str, np.ndarray],
    seed: int,
) -> dict[str, SliceScores]:
    """Score a few columns on each slice of the tweets.

    Args:
        labels: int [tweets], 0 or 1.
        columns: float [tweets], probabilities of positive by column.
        text_groups: int [tweets], equal for copies of one text.
        slices: bool [tweets], the tweets of each slice by name.
        seed: random seed of the intervals.

    Returns:
        Scores by slice, without the slices that have no tweets.
    """
    found = {}
    for name, inside in slices.items():
        if not inside.any():
            continue
        of_slice = {column: values[inside] for column, values in columns.items()}
        scored = score_columns(labels[inside], of_slice, text_groups[inside], seed, SLICE_RESAMPLES)
        estimates = {column: _select(scores, "accuracy", "log_loss") for column, scores in scored.items()}
        found[name] = SliceScores(int(inside.sum()), float(labels[inside].mean()), estimates)
    return found


def label_slices(labels: np.ndarray, text_groups: np.ndarray) -> dict[str, np.ndarray]:
    """Find the slices that copies define: unique texts, texts with copies, and texts whose copies differ in label.

    Args:
        labels: int [tweets], 0 or 1.
        text_groups: int [tweets], equal for copies of one text.

    Returns:
        bool [tweets] by the name of the slice.
    """
    sizes = np.bincount(text_groups)[text_groups]
    positives = np.bincount(text_groups, weights=labels)[text_groups]
    both = (positives > 0) & (positives < sizes)
    return {"text comes once": sizes == 1, "text has copies": sizes > 1, "label contradicted by a copy": both}


def duplicates(labels: np.ndarray, text_groups: np.ndarray) -> Duplicates:
    """Count copies of texts, and compute how far contradictory labels limit a model that sees only the words.

    Args:
        labels: int [tweets], 0 or 1.
        text_groups: int [tweets], equal for copies of one text.
    """
    sizes = np.bincount(text_groups)
    positives = np.bincount(text_groups, weights=labels)
    contradicted = (positives > 0) & (positives < sizes)
    return Duplicates(
        tweets=len(labels),
        texts=int((sizes > 0).sum()),
        copied_tweets=int(sizes[sizes > 1].sum()),
        largest=int(sizes.max()),
        contradicted_tweets=int(sizes[contradicted].sum()),
        ceiling=float(np.maximum(positives, sizes - positives).sum() / len(labels)),
    )


def calibration(
    labels: np.ndarray, columns: Mapping[str, np.ndarray], folds: np.ndarray, text_groups: np.ndarray, seed: int
) -> dict[str, CalibrationScores]:
    """Score each member before and after calibration.

    Args:
        labels: int [tweets], 0 or 1.
        columns: float [tweets], out-of-fold probabilities of positive by member.
        folds: int [tweets]; each fold is calibrated by Platt scaling fitted on the other folds.
        text_groups: int [tweets], equal for copies of one text.
        seed: random seed of the intervals.

    Returns:
        Accuracy, log loss, Brier score and calibration error by member, before and after.
    """
    after = {name: cross_fit("mean", values[:, None], labels, folds, seed)[0] for name, values in columns.items()}
    both = {f"{name} {when}": part[name] for name in columns for when, part in (("before", columns), ("after", after))}
    scored = score_columns(labels, both, text_groups, seed, SLICE_RESAMPLES)
    kept = ("accuracy", "log_loss", "brier", "calibration_error")
    return {
        name: CalibrationScores(*(_select(scored[f"{name} {when}"], *kept) for when in ("before", "after")))
        for name in columns
    }


def calibration_slope(labels: np.ndarray, probability: np.ndarray, text_groups: np.ndarray) -> Estimate:
    """Compute the calibration slope: the coefficient of a logistic regression of the labels on the logits.

    It is 1 for calibrated probabilities, above 1 if they are too close to 0.5, and below 1 if too far from it. Source:
    Cox, Two Further Applications of a Model for Binary Regression, Biometrika 45, 1958.

    Args:
        labels: int [tweets], 0 or 1; both must occur.
        probability: float [tweets], the probability of positive.
        text_groups: int [tweets], equal for copies of one text.

    Returns:
        The slope with the interval of its cluster-robust standard error (Liang and Zeger, Biometrika 73, 1986); None if
        the probabilities are all the same.
    """
    logits = logit(probability)
    logits -= logits.mean()  # so that the information below is well conditioned
    if np.ptp(logits) < _SMALLEST_RANGE:
        return Estimate(None, None, None)
    slope, intercept = fit_platt(logits, labels)
    features = np.column_stack([logits, np.ones(len(logits))])
    fitted = expit(slope * logits + intercept)
    information = features.T @ (features * (fitted * (1 - fitted))[:, None])
    scores = pd.DataFrame(features * (labels - fitted)[:, None]).groupby(text_groups).sum().to_numpy()
    covariance = np.linalg.solve(information, np.linalg.solve(information, scores.T @ scores).T)
    half = 1.96 * float(np.sqrt(covariance[0, 0]))
    return Estimate(slope, slope - half, slope + half)


def contributions(
    labels: np.ndarray,
    members: Mapping[str, np.ndarray],
    ensemble: np.ndarray,
    folds: np.ndarray,
    text_groups: np.ndarray,
    blender: str,
    seed: int,
) -> dict[str, dict[str, Difference]]:
    """Measure the contribution of each part of the ensemble: how the scores change without it.

    Args:
        labels: int [tweets], 0 or 1.
        members: float [tweets], out-of-fold probabilities of positive by blended member.
        ensemble: float [tweets], out-of-fold probabilities of the ensemble.
        folds: int [tweets]; each fold is blended by weights fitted on the other folds, as in the ensemble itself.
        text_groups: int [tweets], equal for copies of one text.
        blender: the blender of the ensemble.
        seed: random seed of the blender and of the intervals.

    Returns:
        Differences to the ensemble in accuracy, ROC AUC and log loss, with intervals, by change: "without <member>" for
        each member, and "plain mean" if the blender is another one. Empty for a single member.
    """
    parts = {f"without {name}": (blender, [n for n in members if n != name]) for name in members if len(members) > 1}
    if blender != "mean" and parts:
        parts["plain mean"] = ("mean", list(members))
    blended = {
        part: cross_fit(how, np.column_stack([members[name] for name in names]), labels, folds, seed)[0]
        for part, (how, names) in parts.items()
    }
    scored = score_columns(labels, {ENSEMBLE: ensemble} | blended, text_groups, seed, reference=ENSEMBLE, folds=folds)
    return {part: scored[part].margins for part in blended}


def by_split(rows: pd.DataFrame, splits: pd.DataFrame, seed: int) -> SplitScores | None:
    """Score the reference on the same tweets under each split strategy.

    Args:
        rows: `id`, `label`, `text_group`, one row per training tweet.
        splits: `id`, and one column of probabilities per strategy, one row per predicted tweet.
        seed: random seed of the intervals.

    Returns:
        Scores by strategy; None if `splits` is empty.
    """
    if splits.empty:
        return None
    predicted = splits.merge(rows[["id", "label", "text_group"]], on="id", validate="one_to_one")
    columns = {str(name): column for name, column in splits.drop(columns="id").items()}
    scored = score_columns(predicted["label"], columns, predicted["text_group"], seed, SLICE_RESAMPLES)
    strategies = {name: _select(scores, "accuracy", "roc_auc", "log_loss") for name, scores in scored.items()}
    return SplitScores(len(predicted), float(predicted["label"].mean()), strategies)


def confident_errors(rows: pd.DataFrame, probability: np.ndarray, count: int = 20) -> pd.DataFrame:
    """Find the most confident errors, at most one per text.

    Args:
        rows: `id`, `label`, `text_group`, `text`, one row per tweet.
        probability: float [tweets], the probability of positive.
        count: the maximum number of errors.

    Returns:
        `id`, `label`, `probability`, `text`, the most confident error first.
    """
    table = rows.assign(probability=probability, error=np.abs(probability - rows["label"]))
    worst = table.sort_values("error", ascending=False, kind="stable").drop_duplicates("text_group").head(count)
    return worst[["id", "label", "probability", "text"]].reset_index(drop=True)


def _select(scores: ColumnScores, *metrics: str) -> dict[str, Estimate]:
    return {metric: scores.overall[metric] for metric in metrics}
