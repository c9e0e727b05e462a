"""Where a score comes from: kinds of tweets, copies, contradicted labels, calibration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .ensemble.cross_fit import cross_fit
from .scores import score_columns

_RESAMPLES = 100


def by_slice(
    labels: np.ndarray,
    columns: Mapping[str, np.ndarray],
    text_groups: np.ndarray,
    slices: Mapping[str, np.ndarray],
    seed: int,
) -> dict[str, Any]:
    """The scores of a few columns on each kind of tweet.

    Args:
        labels: int [tweets], 0 or 1.
        columns: probabilities by name [tweets].
        text_groups: int [tweets], equal for copies of one text.
        slices: bool [tweets] by name.
        seed: of the intervals.

    Returns:
        slice -> `n`, `positives` (their share) and, by column, its accuracy and log loss with intervals. A slice
        without tweets is left out.
    """
    found = {}
    for name, inside in slices.items():
        if not inside.any():
            continue
        given = {column: values[inside] for column, values in columns.items()}
        scored = score_columns(labels[inside], given, text_groups[inside], seed, _RESAMPLES)
        found[name] = {"n": int(inside.sum()), "positives": float(labels[inside].mean())} | {
            column: {metric: scores.overall[metric].as_dict() for metric in ("accuracy", "log_loss")}
            for column, scores in scored.items()
        }
    return found


def label_slices(labels: np.ndarray, text_groups: np.ndarray) -> dict[str, np.ndarray]:
    """Slices that need the labels: texts that come once, texts with copies, and texts that carry both labels."""
    sizes = np.bincount(text_groups)[text_groups]
    positives = np.bincount(text_groups, weights=labels)[text_groups]
    both = (positives > 0) & (positives < sizes)
    return {"text comes once": sizes == 1, "text has copies": sizes > 1, "label contradicted by a copy": both}


def duplicates(labels: np.ndarray, text_groups: np.ndarray) -> dict[str, float]:
    """An audit of copies: how many there are, and what their labels cost any model.

    Returns:
        `tweets`, `texts`, `copied_tweets` (of texts that come more than once), `largest` (tweets of one text),
        `contradicted_tweets` (of texts with both labels), and `ceiling`, the accuracy of always giving a text the label
        most of its tweets have: more is out of reach for a model that reads nothing but the text.
    """
    sizes = np.bincount(text_groups)
    positives = np.bincount(text_groups, weights=labels)
    contradicted = (positives > 0) & (positives < sizes)
    return {
        "tweets": len(labels),
        "texts": int((sizes > 0).sum()),
        "copied_tweets": int(sizes[sizes > 1].sum()),
        "largest": int(sizes.max()),
        "contradicted_tweets": int(sizes[contradicted].sum()),
        "ceiling": float(np.maximum(positives, sizes - positives).sum() / len(labels)),
    }


def calibration(
    labels: np.ndarray, columns: Mapping[str, np.ndarray], folds: np.ndarray, text_groups: np.ndarray, seed: int
) -> dict[str, Any]:
    """Each member as it comes and calibrated: what setting its probabilities right changes.

    Args:
        labels: int [tweets], 0 or 1.
        columns: members' out-of-fold probabilities [tweets].
        folds: int [tweets]; each is calibrated by a line (Platt) fitted on the other folds.
        text_groups: int [tweets], equal for copies of one text.
        seed: of the intervals.

    Returns:
        member -> `before` and `after`, each with accuracy, log loss, Brier score and calibration error, with intervals.
    """
    after = {name: cross_fit("mean", values[:, None], labels, folds, seed)[0] for name, values in columns.items()}
    both = {f"{name} {when}": part[name] for name in columns for when, part in (("before", columns), ("after", after))}
    scored = score_columns(labels, both, text_groups, seed, _RESAMPLES)
    kept = ("accuracy", "log_loss", "brier", "calibration_error")
    return {
        name: {
            when: {metric: scored[f"{name} {when}"].overall[metric].as_dict() for metric in kept}
            for when in ("before", "after")
        }
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
) -> dict[str, Any]:
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
    scored = score_columns(labels, {"ensemble": ensemble} | blended, text_groups, seed, _RESAMPLES, "ensemble")
    return {part: {metric: margin.as_dict() for metric, margin in scored[part].margins.items()} for part in blended}


def by_split(rows: pd.DataFrame, splits: pd.DataFrame, seed: int) -> dict[str, Any] | None:
    """The scores of the reference on the same tweets, split in three ways; None without such tweets.

    Args:
        rows: `label`, `text_group`, a row a training tweet.
        splits: `row`, and a column of probabilities a way of splitting.
        seed: of the intervals.

    Returns:
        `n`, `positives`, and by way accuracy, ROC AUC and log loss with intervals.
    """
    if splits.empty:
        return None
    chosen = rows.iloc[splits["row"].to_numpy()]
    labels, columns = chosen["label"].to_numpy(), splits.drop(columns="row")
    scored = score_columns(labels, dict(columns.items()), chosen["text_group"], seed, _RESAMPLES)
    kept = ("accuracy", "roc_auc", "log_loss")
    return {"n": len(chosen), "positives": float(labels.mean())} | {
        str(way): {metric: scores.overall[metric].as_dict() for metric in kept} for way, scores in scored.items()
    }


def surest_mistakes(rows: pd.DataFrame, probability: np.ndarray, count: int = 20) -> pd.DataFrame:
    """`id`, `label`, `probability`, `text` of the tweets got most confidently wrong, one a text.

    Args:
        rows: `id`, `label`, `text_group`, `text`.
        probability: float [tweets], of positive.
    """
    table = rows.assign(probability=probability, error=np.abs(probability - rows["label"]))
    worst = table.sort_values("error", ascending=False, kind="stable").drop_duplicates("text_group").head(count)
    return worst[["id", "label", "probability", "text"]].reset_index(drop=True)
