"""What a run is: every setting of it, checked whole before the first second of work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentiment140.errors import unknown_name

SCHEDULE_CHOICES = ("linear", "constant")


@dataclass(frozen=True)
class TextSettings:
    """How a tweet becomes ids.

    Attributes:
        stopwords: which list is removed: "standard", "keep_negation" or "none" (text/stopwords.py).
        punctuation: whether single signs and `<allcaps>` are read (text/tokenize.py); `!`, `?` and `...` always are.
        vocabulary_size: words with an id of their own, the commonest first; the others are the unknown word.
        minimum_count: times a word must occur to have an id of its own.
        max_length: tokens of a tweet that are read; what follows is cut off.
        bucket: a tweet is padded to its own length rounded up to a multiple of this.
    """

    stopwords: str = "keep_negation"
    punctuation: bool = True
    vocabulary_size: int = 50_000
    minimum_count: int = 2
    max_length: int = 32
    bucket: int = 8

    def problems(self) -> list[str]:
        """What is wrong with these settings, one line each."""
        found = _below(self, vocabulary_size=1, minimum_count=1, bucket=1, max_length=1)
        if not found and self.max_length % self.bucket:
            found.append(f"max_length {self.max_length} must be a multiple of bucket {self.bucket}")
        return found


@dataclass(frozen=True)
class VectorSettings:
    """Where a Keras member's word vectors start, and whether they are trained.

    Attributes:
        source: a name of data.sources.VECTORS such as "glove.6B.100d"; "word2vec.100d" for vectors fitted on the
            tweets that a model is trained on (text/word2vec.py); or "random.100d" for none.
        trainable: whether training changes them.
    """

    source: str = "glove.6B.100d"
    trainable: bool = False

    @property
    def from_file(self) -> bool:
        """Whether a vector file is needed."""
        return not self.fitted and not self.source.startswith("random.")

    @property
    def fitted(self) -> bool:
        """Whether they are fitted, for each fold anew."""
        return self.source.startswith("word2vec.")

    @property
    def dimension(self) -> int:
        """Numbers a word: what the source's name ends in."""
        return int(self.source.rpartition(".")[2].removesuffix("d"))

    def problems(self) -> list[str]:
        """What is wrong with these settings, one line each."""
        last = self.source.rpartition(".")[2]
        if last.endswith("d") and last[:-1].isdigit() and int(last[:-1]) > 0:
            return []
        return [f'source "{self.source}" must end in its dimension, as "glove.6B.100d" and "word2vec.100d" do']


@dataclass(frozen=True)
class FitSettings:
    """How a Keras member is trained.

    Attributes:
        epochs: passes over the training part, at most.
        patience: epochs without a better log loss on the validation fold after which training stops.
        batch_size: tweets a step, at most.
        minimum_steps: steps an epoch; on few tweets the batches get smaller to reach it, down to 32 tweets.
        learning_rate: LazyAdam's (training/optimizer.py), at the first step.
        schedule: "linear", down to 0 at the last step of the last epoch, or "constant".
    """

    epochs: int = 4
    patience: int = 1
    batch_size: int = 1024
    minimum_steps: int = 250
    learning_rate: float = 1e-3
    schedule: str = "linear"

    def problems(self) -> list[str]:
        """What is wrong with these settings, one line each."""
        found = _below(self, epochs=1, patience=1, batch_size=1, minimum_steps=1)
        if not self.learning_rate > 0:
            found.append(f"learning_rate must be above 0, is {self.learning_rate}")
        if self.schedule not in SCHEDULE_CHOICES:
            found.append(unknown_name("schedule", self.schedule, SCHEDULE_CHOICES))
        return found


@dataclass(frozen=True)
class Member:
    """One architecture with its hyper-parameters.

    Attributes:
        name: what its OOF column is called.
        architecture: a name of models.ARCHITECTURES.
        arguments: its own numbers, as the architecture's signature names them.
        text: how it reads a tweet.
        vectors: for Keras architectures; None for those of scikit-learn.
        fit: likewise.
    """

    name: str
    architecture: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    text: TextSettings = field(default_factory=TextSettings)
    vectors: VectorSettings | None = None
    fit: FitSettings | None = None

    def fold_name(self, fold: int) -> str:
        """What the model of this member and fold is called, in the run's folder and in the logs."""
        return f"{self.name}-fold{fold}"

    def problems(self) -> list[str]:
        """What is wrong with this member, one line each."""
        parts = {"text": self.text, "vectors": self.vectors, "fit": self.fit}
        return [
            f"members.{self.name}.{name}: {problem}"
            for name, part in parts.items()
            if part is not None
            for problem in part.problems()
        ]


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a run's numbers but the data.

    Attributes:
        preset: the name of the preset or file it came from.
        seed: of the sample, the folds and every model.
        folds: parts the tweets are split into.
        limit: tweets to use, a stratified random sample; 0 for all.
        blender: how the members' probabilities become one (ensemble/blenders.py).
        reference: the member the ensemble is compared with; trained in every run.
        ensemble: the names of the members that are blended.
        members: all that are trained, by name.
        holdout: share of the texts that no stage sees, to be scored once at the end.
        student: the small model that learns to say what the ensemble says (training/distillation.py); None for none.
    """

    preset: str
    seed: int
    folds: int
    limit: int
    blender: str
    reference: str
    ensemble: tuple[str, ...]
    members: tuple[Member, ...]
    holdout: float = 0.0
    student: Member | None = None

    def member(self, name: str) -> Member:
        """The member of this name."""
        return next(member for member in self.members if member.name == name)

    def vector_sources(self) -> list[str]:
        """The names of the vector files that the members need."""
        return sorted({m.vectors.source for m in self.members if m.vectors is not None and m.vectors.from_file})

    def problems(self) -> list[str]:
        """What is wrong with this experiment, one line each."""
        found = _below(self, folds=2, limit=0, seed=0) + _above(self, folds=100, seed=2**32 - 1)
        if not 0 <= self.holdout <= 0.5:
            found.append(f"holdout must be between 0 and 0.5, is {self.holdout}")
        names = [member.name for member in self.members]
        wanted = {"reference": [self.reference], "ensemble": self.ensemble}
        found += [
            unknown_name(f"member in {key}", n, names) for key, group in wanted.items() for n in group if n not in names
        ]
        if not self.ensemble:
            found.append("ensemble must name at least one member")
        found += [problem for member in self.members for problem in member.problems()]
        if self.student and self.student.name in names:
            found.append(f'"{self.student.name}" learns from the members, it cannot be one')
        return found + (self.student.problems() if self.student else [])


def _above(settings: Any, **maxima: int) -> list[str]:
    return [
        f"{name} must be at most {maximum}, is {getattr(settings, name)}"
        for name, maximum in maxima.items()
        if getattr(settings, name) > maximum
    ]


def _below(settings: Any, **minima: int) -> list[str]:
    return [
        f"{name} must be at least {minimum}, is {getattr(settings, name)}"
        for name, minimum in minima.items()
        if getattr(settings, name) < minimum
    ]
