"""The content of a run's `scores.json`: written by `summary`, read by the report, with one schema for both."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sentiment140.ensemble.blend import ENSEMBLE
from sentiment140.errors import UserError

SCORES = "scores.json"
DAMAGED = "delete it and run the same command again: what is trained already is kept"


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval; None where the number does not exist."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ColumnScores:
    """The scores of one column of probabilities.

    Attributes:
        n: tweets scored.
        overall: an estimate for each of `metrics.METRICS`.
        margins: this column minus the reference, for each of `metrics.MARGINS`; empty without a reference.
        folds: the metrics of each fold by itself, with `fold` and `n`; empty for tweets that are in no fold.
    """

    n: int
    overall: dict[str, Estimate]
    margins: dict[str, Estimate] = field(default_factory=dict)
    folds: list[dict[str, float | None]] = field(default_factory=list)


@dataclass(frozen=True)
class DataSummary:
    """The tweets of a run: "real" or "demo", how many, how many different texts, and what was met in the files."""

    source: str
    name: str
    tweets: int
    texts: int
    fingerprint: str
    problems: dict[str, Any]


@dataclass(frozen=True)
class SliceScores:
    """One kind of tweets: how many, the share of positive ones, and by column accuracy and log loss."""

    n: int
    positives: float
    columns: dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class SplitScores:
    """The reference under several split strategies, all on the same `n` tweets: by strategy its metrics."""

    n: int
    positives: float
    strategies: dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class Duplicates:
    """How many tweets are copies, and what their labels cost any model.

    Attributes:
        tweets: all.
        texts: different ones.
        copied_tweets: tweets of texts that come more than once.
        largest: tweets of the most frequent text.
        contradicted_tweets: tweets of texts that carry both labels.
        ceiling: accuracy of always giving a text the label most of its tweets have.
    """

    tweets: int
    texts: int
    copied_tweets: int
    largest: int
    contradicted_tweets: int
    ceiling: float


@dataclass(frozen=True)
class CalibrationScores:
    """A member's metrics before and after Platt scaling."""

    before: dict[str, Estimate]
    after: dict[str, Estimate]


@dataclass(frozen=True)
class BlendSummary:
    """How the members become one.

    Attributes:
        blender: a name of `ensemble.blenders.BLENDERS`.
        weights: by member, on its logits, for a tweet of average confidence.
        confidence_weights: by member, what is added to its weight per unit of confidence; empty for fixed weights.
        average_confidence: the confidence for which `weights` hold.
        slope: of the calibration after the blend.
        intercept: likewise.
    """

    blender: str
    weights: dict[str, float]
    confidence_weights: dict[str, float]
    average_confidence: float
    slope: float
    intercept: float


@dataclass(frozen=True)
class Epoch:
    """One epoch of one member on one fold; None where a loss is not finite."""

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
    """How much a member overfits: each number is the mean over its folds (`comparison.overfitting`)."""

    accuracy: float | None
    val_accuracy: float | None
    seconds_per_epoch: float
    gap: float | None
    slope: float | None
    roughness: float | None
    best_epoch: float
    steady: bool | None


@dataclass(frozen=True)
class Pair:
    """McNemar's test of two columns on `n` texts; `p` is adjusted for the number of pairs."""

    first: str
    second: str
    n: int
    only_first: int
    only_second: int
    p: float


@dataclass(frozen=True)
class StageCost:
    """What a stage of the pipeline took."""

    seconds: float
    tweets_per_second: float
    peak_memory_mib: float


@dataclass(frozen=True)
class MemberCost:
    """What the training of a member took, all folds together."""

    parameters: int
    trainable_parameters: int
    seconds: float
    tweets_per_second: float
    peak_memory_mib: float


@dataclass(frozen=True)
class Cost:
    """What a run took."""

    members: dict[str, MemberCost]
    peak_memory_mib: float
    stages: dict[str, StageCost] = field(default_factory=dict)


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary a vector file covers.

    Attributes:
        vectors: the file.
        text: the text settings of the vocabulary.
        vocabulary_share: share of the words with an exact vector.
        token_share: share of all tokens in the tweets that are such words.
        by_rule: words by the rule that gave their vector, "random" for those with none.
        missing: the most frequent words that no rule gave a vector.
        skipped: lines of the file that were no vector of the right dimension.
    """

    vectors: str
    text: str
    vocabulary_share: float
    token_share: float
    by_rule: dict[str, int]
    missing: list[str]
    skipped: int


@dataclass(frozen=True)
class StudentSummary:
    """The student network: its column, and what its training took."""

    name: str
    cost: MemberCost


@dataclass(frozen=True)
class RunScores:
    """All scores of a run.

    Attributes:
        run: its name.
        date: when it was scored, ISO 8601.
        preset: it was started from.
        seed: of everything random.
        folds: how many.
        reference: the column that the ensemble is compared with.
        data: the tweets.
        oof: by column, out of fold.
        margins: the ensemble minus the reference, for each of `metrics.MARGINS`.
        hand_labeled: by column, on the positive and negative tweets that people labeled; None without such tweets.
        holdout: by column, on the tweets that no stage has seen; None where none were held out.
        holdout_one_fold_accuracy: of the ensemble there, when one fold's models predict instead of the mean of all.
        slices: by kind of tweet.
        splits: the reference under several split strategies; None where too few tweets have a user and a time.
        duplicates: copies in the data.
        calibration: by member.
        blend: how the members become one.
        contributions: what changes without a part of the ensemble: by part, for each of `metrics.MARGINS`.
        history: every epoch of the Keras members.
        overfitting: by Keras member.
        pairs: every two columns.
        cost: time and memory.
        student: the student network; None without one.
        coverage: by vocabulary and vector file.
        versions: of Python and of the libraries.
    """

    run: str
    date: str
    preset: str
    seed: int
    folds: int
    reference: str
    data: DataSummary
    oof: dict[str, ColumnScores]
    margins: dict[str, Estimate]
    hand_labeled: dict[str, ColumnScores] | None
    holdout: dict[str, ColumnScores] | None
    holdout_one_fold_accuracy: float | None
    slices: dict[str, SliceScores]
    splits: SplitScores | None
    duplicates: Duplicates
    calibration: dict[str, CalibrationScores]
    blend: BlendSummary
    contributions: dict[str, dict[str, Estimate]]
    history: list[Epoch]
    overfitting: dict[str, Overfitting]
    pairs: list[Pair]
    cost: Cost
    student: StudentSummary | None
    coverage: list[Coverage]
    versions: dict[str, str]

    @property
    def is_demo(self) -> bool:
        """Whether the run was made on the synthetic demo corpus."""
        return self.data.source == "demo"

    def to_json(self) -> str:
        """The text of `scores.json`; a number that is not finite becomes null."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode() + "\n"

    @classmethod
    def read(cls, folder: Path) -> "RunScores":
        """The scores of the run in this folder.

        Raises:
            UserError: there is no such file, or it is damaged.
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
        return scores
