"""The scores of a run as one typed object: the schema of `scores.json`, which `summary` writes and the report reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.errors import UserError
from sentiment140.evaluation.cost import Cost, MemberCost
from sentiment140.evaluation.member import MemberSummary
from sentiment140.evaluation.tweets import Coverage, DataSummary, Duplicates

SCORES = "scores.json"
METRICS = ("accuracy", "roc_auc", "log_loss", "f1", "brier", "calibration_error")
MARGINS = ("accuracy", "roc_auc", "log_loss")
JUDGES = {
    "holdout": "held-out tweets, labeled by emoticons",
    "hand_labeled": "tweets labeled by people",
    "semeval": "tweets of SemEval 2016, labeled by people",
    "oof": "training tweets (out-of-fold), labeled by emoticons",
}
"""The tweets that score a model, in the order of what they say about new tweets."""
ALONE, DEFAULT, LEXICON = "model alone", "default", "with lexicon"
"""The names of the scorings: what is added to the logit of a model (`judges.SCORINGS`)."""
DAMAGED = "delete it and run the same command again: models that are trained already are kept"


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 percent interval, `low` to `high`; None for what does not exist."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Difference(Estimate):
    """The difference of two columns on the same tweets, with two 95 percent intervals.

    `low` to `high` is the interval over tweets: a bootstrap over texts, for models that are trained already.
    `fold_low` to `fold_high` is the interval over folds, which covers training too: `metrics.t_interval` of the
    differences of the folds. It is None for tweets that are in no fold.
    """

    fold_low: float | None
    fold_high: float | None

    @property
    def over_tweets(self) -> Estimate:
        """The difference with the interval over tweets alone."""
        return Estimate(self.value, self.low, self.high)


@dataclass(frozen=True)
class ColumnScores:
    """The scores of one column of probabilities.

    Attributes:
        n: number of tweets.
        overall: an estimate for each of METRICS.
        slope: calibration slope, above 1 if the probabilities are too close to 0.5; None for out-of-fold scores.
        margins: this column minus the reference, for each of MARGINS; empty without a reference.
        folds: METRICS of each fold separately, with `fold` and `n`; empty for tweets that are in no fold.
    """

    n: int
    overall: dict[str, Estimate]
    slope: Estimate | None = None
    margins: dict[str, Difference] = field(default_factory=dict)
    folds: list[dict[str, float | None]] = field(default_factory=list)


@dataclass(frozen=True)
class NeutralScores:
    """How a model of two classes scores neutral tweets.

    Attributes:
        n: number of tweets.
        positive: the share of them that is called positive, 0 to 1.
        probability: the mean probability of positive.
    """

    n: int
    positive: Estimate
    probability: float


@dataclass(frozen=True)
class JudgeScores:
    """The scores of a model by the labels of one judge, for each scoring in `judges.SCORINGS`.

    Attributes:
        scorings: the scores by scoring. The margins are the changes against the model alone.
        neutral: the scores of this judge's neutral tweets, by scoring; empty without such tweets.
    """

    scorings: dict[str, ColumnScores]
    neutral: dict[str, NeutralScores] = field(default_factory=dict)


@dataclass(frozen=True)
class SliceScores:
    """The scores on one slice.

    Attributes:
        n: number of tweets.
        positives: share of positive tweets, 0 to 1.
        columns: accuracy and log loss by column.
    """

    n: int
    positives: float
    columns: dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class SplitScores:
    """The scores of the reference by split strategy, all on the same `n` tweets; `positives` is a share, 0 to 1."""

    n: int
    positives: float
    strategies: dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class CalibrationScores:
    """A member's metrics before and after Platt scaling."""

    before: dict[str, Estimate]
    after: dict[str, Estimate]


@dataclass(frozen=True)
class BlendSummary:
    """The blend of the members and its calibration.

    Attributes:
        blender: a name in `ensemble.blenders.BLENDERS`.
        weights: weight of the logits by member, for a tweet of average confidence.
        confidence_weights: change of the weight per unit of confidence, by member; empty for fixed weights.
        average_confidence: the confidence for which `weights` hold.
        slope: slope of the calibration (Platt scaling) of the blended logits of one fold's models.
        intercept: intercept of that calibration.
        all_folds_slope: slope of the calibration of the mean over the folds, which unseen tweets get.
        all_folds_intercept: intercept of that calibration.
    """

    blender: str
    weights: dict[str, float]
    confidence_weights: dict[str, float]
    average_confidence: float
    slope: float
    intercept: float
    all_folds_slope: float
    all_folds_intercept: float


@dataclass(frozen=True)
class Epoch:
    """One epoch of one member on one fold; a number that is not finite is None."""

    member: str
    fold: int
    epoch: int
    loss: float | None
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    seconds: float
    learning_rate: float


@dataclass(frozen=True)
class Overfitting:
    """How much a member overfits, as means over its folds; `comparison.measure_overfitting` explains each number."""

    accuracy: float | None
    val_accuracy: float | None
    seconds_per_epoch: float
    gap: float | None
    slope: float | None
    roughness: float | None
    best_epoch: float
    optimism: float | None
    steady: bool | None


@dataclass(frozen=True)
class Pair:
    """Two tests of the difference in accuracy between two columns, on `n` texts.

    Attributes:
        first: the name of one column.
        second: the name of the other column.
        n: number of texts.
        only_first: number of texts that only the first column got right.
        only_second: number of texts that only the second column got right.
        p: adjusted p-value of McNemar's test, which covers the choice of texts.
        fold_p: adjusted p-value of `metrics.t_test` on the folds, which covers training too; None with fewer than 2.
    """

    first: str
    second: str
    n: int
    only_first: int
    only_second: int
    p: float
    fold_p: float | None


@dataclass(frozen=True)
class StudentSummary:
    """The student network: the name of its column, and the cost of its training."""

    name: str
    cost: MemberCost


@dataclass(frozen=True)
class RunScores:
    """All scores of a run.

    Attributes:
        run: name of the run.
        date: time of scoring, ISO 8601.
        preset: the preset that the run was started with.
        seed: the random seed.
        folds: number of folds.
        reference: the column that the ensemble is compared with.
        data: the tweets.
        members: how each member reads tweets, and its vectors; the student too.
        oof: out-of-fold scores by column.
        margins: the ensemble minus the reference out of fold, for each of MARGINS.
        hand_labeled: scores on the hand-labeled tweets by column; None without such tweets.
        holdout: scores on the held-out tweets by column; None without such tweets.
        judges: how the models that score new tweets agree with emoticons and with people, by column and by the key of
            the judge in JUDGES.
        holdout_one_fold_accuracy: accuracy of the ensemble on the held-out tweets if only one fold's models predict,
            instead of the mean of all; None without such tweets.
        slices: scores by slice.
        splits: scores of the reference by split strategy; None if too few tweets have a user and a time.
        duplicates: the copies among the tweets.
        calibration: scores before and after calibration by member.
        blend: the blend and its calibration.
        contributions: what changes without a part of the ensemble, for each of MARGINS.
        history: every epoch of the Keras members.
        overfitting: how much each Keras member overfits.
        pairs: McNemar's test of every two columns.
        cost: time and memory.
        student: the student network; None without one.
        coverage: coverage of each vocabulary by each vector file.
        versions: versions of Python and of the libraries.
    """

    run: str
    date: str
    preset: str
    seed: int
    folds: int
    reference: str
    data: DataSummary
    members: dict[str, MemberSummary]
    oof: dict[str, ColumnScores]
    margins: dict[str, Difference]
    hand_labeled: dict[str, ColumnScores] | None
    holdout: dict[str, ColumnScores] | None
    judges: dict[str, dict[str, JudgeScores]]
    holdout_one_fold_accuracy: float | None
    slices: dict[str, SliceScores]
    splits: SplitScores | None
    duplicates: Duplicates
    calibration: dict[str, CalibrationScores]
    blend: BlendSummary
    contributions: dict[str, dict[str, Difference]]
    history: list[Epoch]
    overfitting: dict[str, Overfitting]
    pairs: list[Pair]
    cost: Cost
    student: StudentSummary | None
    coverage: list[Coverage]
    versions: dict[str, str]

    @property
    def is_demo(self) -> bool:
        """Whether the tweets are those of the synthetic demo corpus."""
        return self.data.source == "demo"

    def to_json(self) -> str:
        """Serialize the scores as the text of `scores.json`; a number that is not finite becomes null."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode() + "\n"

    @classmethod
    def read(cls, folder: Path) -> "RunScores":
        """Read the scores of the run in a folder.

        Args:
            folder: the folder of the run, which holds `scores.json`.

        Raises:
            UserError: the file is missing or damaged; the message names the key that is missing or has the wrong type.
        """
        path = folder / SCORES
        try:
            scores = msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError as error:
            remedy = "finish the run first: type the command that started it again"
            raise UserError(f"no {SCORES}", f"in {folder}", remedy) from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UserError(f"damaged {SCORES}: {error}", str(path), DAMAGED) from error
        missing = {ENSEMBLE, scores.reference} - set(scores.oof)
        if missing:
            raise UserError(f"damaged {SCORES}: no scores of {min(missing)}", str(path), DAMAGED)
        for where, found, expected in scores._estimates():
            if absent := [metric for metric in expected if metric not in found]:
                raise UserError(f"damaged {SCORES}: no {absent[0]} in {where}", str(path), DAMAGED)
        return scores

    def _estimates(self) -> Iterator[tuple[str, Mapping[str, Estimate], tuple[str, ...]]]:
        """Iterate over the tables of estimates: the key of each, the table, and the metrics that it must hold."""
        yield "margins", self.margins, MARGINS
        for part, columns in {"oof": self.oof, "hand_labeled": self.hand_labeled, "holdout": self.holdout}.items():
            for name, scores in (columns or {}).items():
                yield f"{part}.{name}.overall", scores.overall, METRICS
                if scores.margins:
                    yield f"{part}.{name}.margins", scores.margins, MARGINS
        for column, judges in self.judges.items():
            for judge, found in judges.items():
                for scoring, scores in found.scorings.items():
                    yield f"judges.{column}.{judge}.scorings.{scoring}.overall", scores.overall, METRICS
                    if scores.margins:
                        yield f"judges.{column}.{judge}.scorings.{scoring}.margins", scores.margins, MARGINS
        for change, margins in self.contributions.items():
            yield f"contributions.{change}", margins, MARGINS
