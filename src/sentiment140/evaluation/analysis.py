"""Where a score comes from: kinds of tweets, copies, contradicted labels, calibration."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.ensemble.cross_fit import cross_fit
from sentiment140.evaluation.metrics import score_columns
from sentiment140.evaluation.run_scores import (
    CalibrationScores,
    ColumnScores,
    Duplicates,
    Estimate,
    SliceScores,
    SplitScores,
)

_RESAMPLES = 100


def by_slice(
    labels: np.ndarray,
    columns: Mapping[str, np.ndarray],
    text_groups: np.ndarray,
    slices: Mapping[str, np.ndarray],
    seed: int,
) -> dict[str, SliceScores]:
    """The scores of a few columns on each kind of tweet.

    Args:
        labels: int [tweets], 0 or 1.
        columns: probabilities by name [tweets].
        text_groups: int [tweets], equal for copies of one text.
        slices: bool [tweets] by name.
        seed: of the intervals.

    Returns:
        Scores by slice. A slice without tweets is left out.
    """
    found = {}
    for name, inside in slices.items():
        if not inside.any():
            continue
        given = {column: values[inside] for column, values in columns.items()}
        scored = score_columns(labels[inside], given, text_groups[inside], seed, _RESAMPLES)
        chosen = {column: _some(scores, "accuracy", "log_loss") for column, scores in scored.items()}
        found[name] = SliceScores(int(inside.sum()), float(labels[inside].mean()), chosen)
    return found


def label_slices(labels: np.ndarray, text_groups: np.ndarray) -> dict[str, np.ndarray]:
    """Slices that need the labels: texts that come once, texts with copies, and texts that carry both labels."""
    sizes = np.bincount(text_groups)[text_groups]
    positives = np.bincount(text_groups, weights=labels)[text_groups]
    both = (positives > 0) & (positives < sizes)
    return {"text comes once": sizes == 1, "text has copies": sizes > 1, "label contradicted by a copy": both}


def duplicates(labels: np.ndarray, text_groups: np.ndarray) -> Duplicates:
    """An audit of copies: how many there are, and what their labels cost a model that reads words alone."""
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
    """Each member as it comes and calibrated: what setting its probabilities right changes.

    Args:
        labels: int [tweets], 0 or 1.
        columns: members' out-of-fold probabilities [tweets].
        folds: int [tweets]; each is calibrated by a line (Platt) fitted on the other folds.
        text_groups: int [tweets], equal for copies of one text.
        seed: of the intervals.

    Returns:
        Accuracy, log loss, Brier score and calibration error by member.
    """
    after = {name: cross_fit("mean", values[:, None], labels, folds, seed)[0] for name, values in columns.items()}
    both = {f"{name} {when}": part[name] for name in columns for when, part in (("before", columns), ("after", after))}
    scored = score_columns(labels, both, text_groups, seed, _RESAMPLES)
    kept = ("accuracy", "log_loss", "brier", "calibration_error")
    return {
        name: CalibrationScores(*(_some(scored[f"{name} {when}"], *kept) for when in ("before", "after")))
        for name in columns
    }


def contributions(
    labels: np.ndarray,
    members: Mapping[str, np.ndarray],
    ensemble: np.ndarray,
    folds: np.ndarray,
    text_groups: np.ndarray,
    blender: str,
    seed: int,
) -> dict[str, dict[str, Estimate]]:
    """What each part of the ensemble is worth: how the score changes without it.

    Args:
        labels: int [tweets], 0 or 1.
        members: out-of-fold probabilities of the blended members [tweets].
        ensemble: theirs, blended [tweets].
        folds: int [tweets]; each is blended as the others say, as in the ensemble itself.
        text_groups: int [tweets], equal for copies of one text.
        blender: the ensemble's.
        seed: of the blender and the intervals.

    Returns:
        "without <member>" for each of several, and "plain mean" for another blender -> the margin over the ensemble in
        accuracy, ROC AUC and log loss, with intervals.
    """
    parts = {f"without {name}": (blender, [n for n in members if n != name]) for name in members if len(members) > 1}
    if blender != "mean" and parts:
        parts["plain mean"] = ("mean", list(members))
    blended = {
        part: cross_fit(how, np.column_stack([members[name] for name in names]), labels, folds, seed)[0]
        for part, (how, names) in parts.items()
    }
    scored = score_columns(labels, {ENSEMBLE: ensemble} | blended, text_groups, seed, _RESAMPLES, ENSEMBLE)
    return {part: scored[part].margins for part in blended}


def by_split(rows: pd.DataFrame, splits: pd.DataFrame, seed: int) -> SplitScores | None:
    """The scores of the reference on the same tweets under each split strategy; None without such tweets.

    Args:
        rows: `id`, `label`, `text_group`, one row per training tweet.
        splits: `id`, and a column of probabilities for each strategy.
        seed: of the intervals.
    """
    if splits.empty:
        return None
    chosen = splits.merge(rows[["id", "label", "text_group"]], on="id", validate="one_to_one")
    columns = {str(name): column for name, column in splits.drop(columns="id").items()}
    scored = score_columns(chosen["label"], columns, chosen["text_group"], seed, _RESAMPLES)
    strategies = {name: _some(scores, "accuracy", "roc_auc", "log_loss") for name, scores in scored.items()}
    return SplitScores(len(chosen), float(chosen["label"].mean()), strategies)


def confident_errors(rows: pd.DataFrame, probability: np.ndarray, count: int = 20) -> pd.DataFrame:
    """`id`, `label`, `probability`, `text` of the most confident errors, one per text.

    Args:
        rows: `id`, `label`, `text_group`, `text`.
        probability: float [tweets], of positive.
        count: errors at most.
    """
    table = rows.assign(probability=probability, error=np.abs(probability - rows["label"]))
    worst = table.sort_values("error", ascending=False, kind="stable").drop_duplicates("text_group").head(count)
    return worst[["id", "label", "probability", "text"]].reset_index(drop=True)


def _some(scores: ColumnScores, *metrics: str) -> dict[str, Estimate]:
    return {metric: scores.overall[metric] for metric in metrics}
