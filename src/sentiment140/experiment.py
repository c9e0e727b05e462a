"""The settings of a run, which are all checked before any work starts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentiment140.errors import unknown_name

SCHEDULE_CHOICES = ("linear", "constant")


_LONGEST_TWEET = 10_000  # tokens; a network's time and memory grow with the length


@dataclass(frozen=True)
class TextSettings:
    """How tweets are converted to token ids.

    Attributes:
        stopwords: the list of words to remove: "standard", "keep_negation" or "none" (text/stopwords.py).
        punctuation: whether to keep single punctuation marks and `<allcaps>` as tokens (text/tokenize.py); `!`, `?`
            and `...` are always kept.
        vocabulary_size: maximum number of words with an id, the most frequent ones; all others are the unknown word.
        minimum_count: minimum number of occurrences of a word with an id.
        max_length: maximum number of tokens per tweet; the rest is cut off. A tweet of 280 characters, the most that
            Twitter allows, hardly ever has more than 280 tokens.
        bucket: each tweet is padded to its own length, rounded up to a multiple of this.
    """

    stopwords: str = "keep_negation"
    punctuation: bool = True
    vocabulary_size: int = 50_000
    minimum_count: int = 2
    max_length: int = 280
    bucket: int = 8

    def problems(self) -> list[str]:
        """Describe every invalid setting, one line each."""
        found = _find_too_small(self, vocabulary_size=1, minimum_count=1, bucket=1, max_length=1)
        if self.max_length > _LONGEST_TWEET:
            found.append(f"max_length {self.max_length} must be at most {_LONGEST_TWEET:,}")
        if not found and self.max_length % self.bucket:
            found.append(f"max_length {self.max_length} must be a multiple of bucket {self.bucket}")
        return found


@dataclass(frozen=True)
class VectorSettings:
    """The word vectors that a Keras member starts from.

    Attributes:
        source: a name in `data.sources.VECTORS` such as "glove.6B.100d"; "word2vec.100d" for vectors fitted on the
            training tweets of each fold (text/word2vec.py); "random.100d" for random initialization; or several of
            these, joined by "+": the vectors of each word are then concatenated.
        trainable: whether the vectors are fine-tuned with the rest of the model.
    """

    source: str = "glove.6B.100d"
    trainable: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the vectors that are concatenated, in this order; usually one."""
        return tuple(self.source.split("+"))

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the vectors that come from files."""
        return tuple(part for part in self.parts if not part.startswith(("word2vec.", "random.")))

    @property
    def fitted(self) -> tuple[str, ...]:
        """The names of the vectors that are fitted by word2vec, separately for each fold."""
        return tuple(part for part in self.parts if part.startswith("word2vec."))

    @property
    def dimension(self) -> int:
        """The length of each vector."""
        return sum(dimension(part) for part in self.parts)

    def problems(self) -> list[str]:
        """Describe every invalid setting, one line each."""
        found = [
            f'source "{part}" must end in its dimension, as in "glove.6B.100d" or "word2vec.100d"'
            for part in self.parts
            if not re.search(r"\.[1-9][0-9]*d$", part)
        ]
        if len(set(self.parts)) < len(self.parts):
            found.append(f'source "{self.source}" must name different vectors')
        return found


def dimension(vectors: str) -> int:
    """Return the length of the vectors of this name, which ends in it.

    Examples:
        >>> dimension("glove.6B.100d")
        100
    """
    return int(vectors.rpartition(".")[2].removesuffix("d"))


@dataclass(frozen=True)
class FitSettings:
    """How a Keras member is trained.

    Attributes:
        epochs: maximum number of epochs.
        patience: training stops after this many epochs without a lower log loss on the validation fold.
        batch_size: maximum number of tweets per step.
        minimum_steps: minimum number of steps per epoch; with few tweets the batches are made smaller to reach it, but
            never smaller than 32 tweets.
        learning_rate: learning rate of LazyAdam (training/optimizer.py) at the first step.
        schedule: "linear" (falls to 0 at the last step of the last epoch) or "constant".
    """

    epochs: int = 4
    patience: int = 1
    batch_size: int = 1024
    minimum_steps: int = 250
    learning_rate: float = 1e-3
    schedule: str = "linear"

    def problems(self) -> list[str]:
        """Describe every invalid setting, one line each."""
        found = _find_too_small(self, epochs=1, patience=1, batch_size=1, minimum_steps=1)
        if not self.learning_rate > 0:
            found.append(f"learning_rate must be greater than 0, is {self.learning_rate}")
        if self.schedule not in SCHEDULE_CHOICES:
            found.append(unknown_name("schedule", self.schedule, SCHEDULE_CHOICES))
        return found


@dataclass(frozen=True)
class Member:
    """One model of the ensemble: its architecture and hyperparameters.

    Attributes:
        name: the name of the member and of its column of probabilities.
        architecture: the name of a function in models/neural.py or models/linear.py.
        arguments: keyword arguments of the architecture.
        text: how tweets are converted to token ids.
        vectors: the word vectors of a Keras architecture; None for scikit-learn.
        fit: the training settings of a Keras architecture; None for scikit-learn.
    """

    name: str
    architecture: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    text: TextSettings = field(default_factory=TextSettings)
    vectors: VectorSettings | None = None
    fit: FitSettings | None = None

    def fold_name(self, fold: int) -> str:
        """Return the name of the model that is validated on this fold, for the run's folder and the logs."""
        return f"{self.name}-fold{fold}"

    def problems(self) -> list[str]:
        """Describe every invalid setting of this member, one line each."""
        parts: dict[str, TextSettings | VectorSettings | FitSettings | None] = {
            "text": self.text,
            "vectors": self.vectors,
            "fit": self.fit,
        }
        return [
            f"members.{self.name}.{name}: {problem}"
            for name, part in parts.items()
            if part is not None
            for problem in part.problems()
        ]


@dataclass(frozen=True)
class Experiment:
    """All settings of a run. Together with the data and the code they decide its numbers.

    Attributes:
        preset: the name of the preset or file that the settings come from.
        seed: random seed of the sample, the folds and every model.
        folds: number of folds.
        limit: number of tweets to use, a stratified random sample; 0 for all.
        blender: the method that blends the members' probabilities (ensemble/blenders.py).
        reference: the name of the member that the ensemble is compared with; it is trained in every run.
        ensemble: the names of the members that are blended.
        members: all members that are trained.
        holdout: share of the texts to hold out, 0 to 0.5; they are scored once, at the end.
        student: the small network that is trained to reproduce the ensemble's probabilities
            (training/distillation.py); None for none.
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
        """Return the member of this name."""
        return next(member for member in self.members if member.name == name)

    def vector_sources(self) -> list[str]:
        """List the names of the vector files that the members need, sorted."""
        return sorted({name for member in self.members if member.vectors for name in member.vectors.files})

    def problems(self) -> list[str]:
        """Describe every invalid setting of this experiment, one line each."""
        found = _find_too_small(self, folds=2, limit=0, seed=0) + _find_too_large(self, folds=100, seed=2**32 - 1)
        if not 0 <= self.holdout <= 0.5:
            found.append(f"holdout must be between 0 and 0.5, is {self.holdout}")
        names = [member.name for member in self.members]
        named = {"reference": [self.reference], "ensemble": self.ensemble}
        found += [
            unknown_name(f"member in {key}", name, names)
            for key, group in named.items()
            for name in group
            if name not in names
        ]
        if not self.ensemble:
            found.append("ensemble must name at least one member")
        found += [problem for member in self.members for problem in member.problems()]
        if self.student and self.student.name in names:
            found.append(f'student "{self.student.name}" learns from the members, so it cannot be one of them')
        return found + (self.student.problems() if self.student else [])


def _find_too_large(settings: Any, **maxima: int) -> list[str]:
    return [
        f"{name} must be at most {maximum}, is {getattr(settings, name)}"
        for name, maximum in maxima.items()
        if getattr(settings, name) > maximum
    ]


def _find_too_small(settings: Any, **minima: int) -> list[str]:
    return [
        f"{name} must be at least {minimum}, is {getattr(settings, name)}"
        for name, minimum in minima.items()
        if getattr(settings, name) < minimum
    ]
