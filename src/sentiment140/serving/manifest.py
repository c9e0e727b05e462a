"""The manifest of a model folder: what the folder contains, with checksums that detect damage."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sentiment140.ensemble.blend import Ensemble
from sentiment140.errors import UserError, unknown_name
from sentiment140.evaluation.run_scores import JUDGES, Estimate
from sentiment140.experiment import TextSettings
from sentiment140.labels import CLASSES
from sentiment140.runs.files import atomic_path, dumps_checked, loads_checked, sha256_of
from sentiment140.runs.names import check_name
from sentiment140.serving import BEST, FAST
from sentiment140.serving.model_scores import ModelScores, percent
from sentiment140.text.ngrams import MAX_NGRAMS
from sentiment140.text.stopwords import STOPWORDS

FORMAT = 9
LICENSE = (
    "Trained on Sentiment140, which states no license and whose tweets belong to their authors; word vectors may be "
    "initialized from GloVe (Open Data Commons Public Domain Dedication and License 1.0). The model contains words "
    "but no tweets."
)
NAME = "manifest.json"
REPAIR = "repeat the command of its run, or name another model"
"""What to do about a model folder that is damaged."""
MODEL_TYPES = ("onnx", "ngrams")
LARGEST_NUMBER = 1e6
"""A larger number in a model is damage: fitted ones are below 100, and the result of larger ones may be NaN."""
_LONGEST_NAME = 255  # bytes, on all usual file systems
_MAX_BYTES = 1 << 20  # of the manifest; that of the largest preset has 10 kB


@dataclass(frozen=True)
class ModelMember:
    """One member of the model folder.

    Attributes:
        name: the name of the member in the experiment.
        model_type: "onnx" for a network, "ngrams" for a linear model of n-grams.
        text: the settings for reading tweets.
        vocabulary: the name of the file with the vocabulary: one word per line, in the order of the ids.
        ngrams: for "ngrams", the maximum number of words in an n-gram.
        files: the names of the model files: one per fold ("onnx"), or one for all folds ("ngrams").
    """

    name: str
    model_type: str
    text: TextSettings
    vocabulary: str
    ngrams: int
    files: list[str]

    def problems(self) -> list[str]:
        """Describe every invalid setting, one line each."""
        problems = _text_problems(self.text)
        if self.model_type not in MODEL_TYPES:
            problems.append(unknown_name("model type", _shown(self.model_type), MODEL_TYPES))
        if not 1 <= self.ngrams <= MAX_NGRAMS:
            problems.append(f"ngrams must be from 1 to {MAX_NGRAMS}")
        if not self.files:
            problems.append("no files")
        return problems


@dataclass(frozen=True)
class Adaptation:
    """What makes a model one that was adapted to tweets.

    Attributes:
        source: the name of the file with the tweets.
        n: the number of tweets.
        labels: the number of classes, 2 or 3.
        file: the name of the file with the head (serving/head.py).
        vocabulary: the name of the file with the vocabulary of its n-grams.
        text: the settings for reading tweets.
        macro_recall: that of the adapted model on the tweets, by cross-validation; None if they had no labels.
        gain: the same minus that of the model before; None if they had no labels.
        positive_share: the estimated share of positive tweets; None if they had labels.
    """

    source: str
    n: int
    labels: int
    file: str
    vocabulary: str
    text: TextSettings
    macro_recall: Estimate | None = None
    gain: Estimate | None = None
    positive_share: float | None = None

    def describe(self) -> str:
        """Describe what the model was adapted to, and how good it is."""
        tweets = f"adapted to {self.n:,} tweets of {self.source}"
        if self.positive_share is not None:
            return f"{tweets} without labels, about {100 * self.positive_share:.0f} % of them positive"
        return f"{tweets}: macro recall {percent(self.macro_recall)}" if self.macro_recall else tweets

    def problems(self) -> list[str]:
        """Describe every invalid setting, one line each."""
        problems = _text_problems(self.text)
        if self.labels not in CLASSES:
            problems.append(f"labels must be 2 or 3, but are {self.labels}")
        return problems


@dataclass(frozen=True)
class Manifest:
    """The description of a model folder. The predictor takes every setting from it.

    Attributes:
        run: the name of the run that trained the model.
        data: "real" or "demo".
        fingerprint: the fingerprint of the training tweets.
        scores: the scores with their intervals, by the key of the judge in `JUDGES`; a key is missing if the run has no
            such scores.
        members: the members, in the order of the blend's weights.
        ensemble: the blend of the members and its calibration.
        adaptation: None for a model that was not adapted.
        license: the licenses of the training data.
        sha256: the SHA-256 of every other file in the folder, by name.
        format: the version of the format.
    """

    run: str
    data: str
    fingerprint: str
    scores: dict[str, ModelScores]
    members: list[ModelMember]
    ensemble: Ensemble
    adaptation: Adaptation | None = None
    license: str = LICENSE
    sha256: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write `manifest.json` with the checksums of all other files in the folder, and a checksum of itself.

        Args:
            folder: the model folder, with all other files.
        """
        checksums = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != NAME}
        with atomic_path(folder / NAME) as path:
            path.write_text(dumps_checked({**asdict(self), "sha256": checksums}), "utf-8")

    @property
    def quality(self) -> str:
        """The quality of the model: "fast" for the student, "best" for the ensemble."""
        return FAST if [member.name for member in self.members] == [FAST] else BEST

    @property
    def labels(self) -> int:
        """The number of classes that the model was made for."""
        return self.adaptation.labels if self.adaptation else 2

    def labels_for(self, labels: int | None) -> int:
        """Return the number of classes to score, 2 or 3.

        Args:
            labels: what the caller asks for; None for those of the model.

        Raises:
            UserError: the caller asks for three classes, and the model was adapted to two.
        """
        if labels == 3 and self.adaptation and self.labels == 2:
            where, remedy = f"in run {self.run}", "adapt it to tweets with three labels"
            raise UserError("the model was adapted to two labels", where, remedy)
        return labels or self.labels

    def judge(self, part: str) -> str:
        """Describe the tweets of a part of `scores`."""
        return f"synthetic {'test ' * (part == 'hand_labeled')}tweets" if self.data == "demo" else JUDGES[part]

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a model folder and verify the checksums of all files.

        Args:
            folder: the folder with `manifest.json`.

        Raises:
            UserError: the folder has no model, the model has another format, or a file is missing, damaged or changed.
        """
        if not (folder / NAME).is_file():
            remedy = "train one (bash scripts/run_all.sh) or name another model"
            raise UserError("no model found", f"in {folder}", remedy)
        with (folder / NAME).open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        return cls._verified(content, f"in {folder}", lambda name: _sha256_in(folder, name))

    @classmethod
    def verify(cls, files: Mapping[str, bytes], where: str) -> "Manifest":
        """Read the manifest from the content of the files of a model folder, and verify their checksums.

        Args:
            files: the content of all files by name.
            where: where they come from, such as "in runs/a", for the error.

        Raises:
            UserError: the model has another format, or a file is missing, damaged or changed.
        """
        if NAME not in files:
            raise UserError(f"{NAME} is missing", where, REPAIR)
        return cls._verified(
            files[NAME], where, lambda name: hashlib.sha256(files[name]).hexdigest() if name in files else None
        )

    @classmethod
    def _verified(cls, content: bytes, where: str, digest_of: Callable[[str], str | None]) -> "Manifest":
        """Parse the manifest and check what it states.

        Args:
            content: the content of the manifest.
            where: where it is, for the error.
            digest_of: returns the SHA-256 of a file in the folder; None if there is no such file.
        """
        manifest = cls._parse(content, where)
        if problem := next(manifest._problems(), None):
            raise UserError(f"{NAME} is invalid: {problem}", where, REPAIR)
        for name, digest in manifest.sha256.items():
            if (actual := digest_of(name)) is None:
                raise UserError(f"{name} is missing", where, REPAIR)
            if actual != digest:
                raise UserError(f"{name} was changed after training", where, REPAIR)
        return manifest

    def _problems(self) -> Iterator[str]:
        """Describe what is invalid in a manifest whose checksum is right."""
        try:
            check_name(self.run)
        except UserError:
            yield f"the run is {_shown(self.run)}"
        if self.data not in ("real", "demo"):
            yield unknown_name("data", _shown(self.data), ("real", "demo"))
        numbers = [*_floats(asdict(self.ensemble)), *_floats({key: asdict(part) for key, part in self.scores.items()})]
        if wrong := [number for number in numbers if not abs(number) <= LARGEST_NUMBER]:  # also true for NaN
            yield f"a number is {wrong[0]:g}"
        names, blend = [member.name for member in self.members], self.ensemble.blend
        if not names or len({*names}) < len(names):
            yield "no members" if not names else "two members have the same name"
        if len(blend.weights) != len(names) or len(blend.confidence_weights) not in (0, len(names)):
            yield f"{len(blend.weights)} weights for {len(names)} members"
        for name in self.sha256:
            is_plain = name.isprintable() and not {"/", "\\"} & {*name} and len(name.encode()) <= _LONGEST_NAME
            if not is_plain or name in ("", ".", "..", NAME):
                yield f"{_shown(name)} is not the name of a file in this folder"
        files = [name for member in self.members for name in (member.vocabulary, *member.files)]
        for member in self.members:
            yield from (f"{problem}, for {_shown(member.name)}" for problem in member.problems())
        if self.adaptation:
            yield from (f"{problem}, for the adaptation" for problem in self.adaptation.problems())
            files += [self.adaptation.file, self.adaptation.vocabulary]
        yield from (f"no checksum of {_shown(name)}" for name in files if name not in self.sha256)

    @classmethod
    def _parse(cls, encoded: bytes, where: str) -> "Manifest":
        try:
            if len(encoded) > _MAX_BYTES:
                raise ValueError
            text = encoded.decode()
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{NAME} is damaged", where, REPAIR) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            found = content.get("format") if isinstance(content, dict) else None
            newer = isinstance(found, int) and found > FORMAT
            remedy = "update this program" if newer else "train it again: bash scripts/run_all.sh"
            what = f"the model has format {_shown(found)}, but this program reads format {FORMAT}"
            raise UserError(what, where, remedy)
        try:
            return msgspec.convert(loads_checked(text), cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise UserError(f"{NAME} is damaged", where, REPAIR) from error


def _text_problems(text: TextSettings) -> list[str]:
    problems = text.problems()
    if text.stopwords not in STOPWORDS:
        problems.append(unknown_name("stopwords", _shown(text.stopwords), STOPWORDS))
    return problems


def _sha256_in(folder: Path, name: str) -> str | None:
    return sha256_of(folder / name) if (folder / name).is_file() else None


def _floats(content: Any) -> Iterator[float]:
    """Yield all floats in nested dictionaries, lists and tuples."""
    if isinstance(content, float):
        yield content
    elif isinstance(content, Mapping):
        yield from _floats([*content.values()])
    elif isinstance(content, list | tuple):
        for item in content:
            yield from _floats(item)


def _shown(content: object) -> str:
    """Escape and shorten what a manifest contains, for an error message."""
    text = ascii(content)
    return text if len(text) <= 60 else f"{text[:57]}..."
