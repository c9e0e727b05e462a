"""Scores of predicted classes, two or three, with 95 percent intervals over tweets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sentiment140.evaluation.metrics import RESAMPLES, draw_weights, estimate
from sentiment140.evaluation.run_scores import Estimate


@dataclass(frozen=True)
class ClassScores:
    """The scores of one way to classify tweets.

    Attributes:
        n: the number of tweets.
        accuracy: the share of tweets that are classified correctly.
        macro_recall: the mean over the classes of the share of their tweets that are classified correctly.
        recalls: this share for each class.
        gain: the macro recall minus that of the reference, with the interval of the paired difference; None for the
            reference.
    """

    n: int
    accuracy: Estimate
    macro_recall: Estimate
    recalls: list[Estimate]
    gain: Estimate | None = None


def score_classes(
    expected: np.ndarray,
    predicted: Mapping[str, np.ndarray],
    groups: np.ndarray,
    seed: int,
    reference: str | None = None,
) -> dict[str, ClassScores]:
    """Score several ways to classify the same tweets.

    Macro recall is the score of SemEval's task "sentiment of tweets" (Rosenthal, Farra and Nakov, SemEval-2017 Task 4).
    Groups of copies are resampled together, the same for all ways.

    Args:
        expected: int [n], the class of each tweet, from 0; each class occurs.
        predicted: int [n], the predicted classes, by the name of the way.
        groups: int [n], equal for copies of a text.
        seed: random seed of the resamples.
        reference: the way whose macro recall is subtracted from that of the others; None for the first.

    Returns:
        The scores by name.
    """
    classes = int(expected.max()) + 1
    names, codes = np.unique(groups, return_inverse=True)
    by_group = {name: _confusion(expected, of_way, codes, classes) for name, of_way in predicted.items()}
    generator, counts = np.random.default_rng(seed), {name: [matrix.sum(axis=1)] for name, matrix in by_group.items()}
    for _ in range(RESAMPLES):  # one after the other, so that memory does not grow with their number
        weights = draw_weights(generator, 1, len(names))[0]
        for name, matrix in by_group.items():
            counts[name].append(matrix @ weights)
    cells = {name: np.reshape(rows, (-1, classes, classes)) for name, rows in counts.items()}  # the score itself first
    reference = reference or next(iter(predicted))

    def scores_of(name: str) -> ClassScores:
        correct, total = np.diagonal(cells[name], axis1=1, axis2=2), cells[name].sum(axis=(1, 2))
        recalls = _recalls(cells[name])
        gains = recalls.mean(axis=1) - _recalls(cells[reference]).mean(axis=1)
        return ClassScores(
            len(expected),
            _with_interval(correct.sum(axis=1) / total),
            _with_interval(recalls.mean(axis=1)),
            [_with_interval(of_class) for of_class in recalls.T],
            None if name == reference else _with_interval(gains),
        )

    return {name: scores_of(name) for name in predicted}


def _confusion(expected: np.ndarray, predicted: np.ndarray, codes: np.ndarray, classes: int) -> sparse.csr_array:
    """Count the tweets by expected and predicted class, [expected x predicted, groups]."""
    shape = (classes**2, int(codes.max()) + 1)
    return sparse.coo_array((np.ones(len(codes)), (expected * classes + predicted, codes)), shape).tocsr()


def _recalls(cells: np.ndarray) -> np.ndarray:
    """The recall of each class, [resamples, classes]; NaN where a resample has no tweet of a class."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.diagonal(cells, axis1=1, axis2=2) / cells.sum(axis=2))


def _with_interval(values: np.ndarray) -> Estimate:
    return estimate(float(values[0]), values[1:])
