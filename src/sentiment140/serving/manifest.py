"""The manifest of a model folder: what the folder contains, with checksums that detect damage."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

from sentiment140.ensemble.blend import Ensemble
from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import Estimate
from sentiment140.experiment import TextSettings
from sentiment140.runs.files import dumps_checked, loads_checked, sha256_of
from sentiment140.serving import BEST, FAST

FORMAT = 8
LICENSE = (
    "Trained on Sentiment140, which states no license and whose tweets belong to their authors; word vectors may be "
    "initialized from GloVe (Open Data Commons Public Domain Dedication and License 1.0). The model contains words "
    "but no tweets."
)
NAME = "manifest.json"
JUDGES = {
    "holdout": "held-out tweets, labeled by emoticons",
    "hand_labeled": "tweets labeled by people",
    "oof": "training tweets (out-of-fold)",
}
"""The tweets that score a model, in the order of what they say about new tweets."""
_REPAIR = "repeat the command of its run, or name another model"


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


@dataclass(frozen=True)
class ModelScores:
    """The scores of a model on `n` tweets."""

    n: int
    accuracy: Estimate
    roc_auc: Estimate
    log_loss: Estimate

    def percent(self) -> str:
        """Return the accuracy with its interval, such as "84.7 % [84.0, 85.5]"."""
        value, low, high = self.accuracy.value, self.accuracy.low, self.accuracy.high
        if value is None:
            return "–"
        return f"{100 * value:.1f} %" + ("" if low is None or high is None else f" [{100 * low:.1f}, {100 * high:.1f}]")


@dataclass(frozen=True)
class Manifest:
    """The description of a model folder. The predictor takes every setting from it.

    Attributes:
        run: the name of the run that trained the model.
        data: "real" or "demo".
        fingerprint: the fingerprint of the training tweets.
        scores: accuracy, ROC AUC and log loss with their intervals on "oof", "holdout" and "hand_labeled" tweets; a key
            is missing if the run has no such scores.
        members: the members, in the order of the blend's weights.
        ensemble: the blend of the members and its calibration.
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
    license: str = LICENSE
    sha256: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write `manifest.json` with the checksums of all other files in the folder, and a checksum of itself.

        Args:
            folder: the model folder, with all other files.
        """
        checksums = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != NAME}
        (folder / NAME).write_text(dumps_checked({**asdict(self), "sha256": checksums}), "utf-8")

    @property
    def quality(self) -> str:
        """The quality of the model: "fast" for the student, "best" for the ensemble."""
        return FAST if [member.name for member in self.members] == [FAST] else BEST

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
        try:
            text = (folder / NAME).read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError) as error:
            remedy = "train one (bash scripts/run_all.sh) or name another model"
            raise UserError("no model found", f"in {folder}", remedy) from error
        except UnicodeDecodeError as error:
            raise UserError(f"{NAME} is damaged", f"in {folder}", _REPAIR) from error
        manifest = cls._parse(text, f"in {folder}")
        for name, digest in manifest.sha256.items():
            path = folder / name
            if Path(name).name != name or not path.is_file():
                raise UserError(f"{name} is missing", f"in {folder}", _REPAIR)
            if sha256_of(path) != digest:
                raise UserError(f"{name} was changed after training", f"in {folder}", _REPAIR)
        return manifest

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
            raise UserError(f"{NAME} is missing", where, _REPAIR)
        manifest = cls._parse(files[NAME].decode("utf-8", "replace"), where)
        for name, digest in manifest.sha256.items():
            if name not in files:
                raise UserError(f"{name} is missing", where, _REPAIR)
            if hashlib.sha256(files[name]).hexdigest() != digest:
                raise UserError(f"{name} was changed after training", where, _REPAIR)
        return manifest

    @classmethod
    def _parse(cls, text: str, where: str) -> "Manifest":
        try:
            content = json.loads(text)
        except ValueError as error:
            raise UserError(f"{NAME} is damaged", where, _REPAIR) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            found = content.get("format") if isinstance(content, dict) else None
            newer = isinstance(found, int) and found > FORMAT
            remedy = "update this program" if newer else "train it again: bash scripts/run_all.sh"
            what = f"the model has format {found}, but this program reads format {FORMAT}"
            raise UserError(what, where, remedy)
        try:
            return msgspec.convert(loads_checked(text), cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise UserError(f"{NAME} is damaged", where, _REPAIR) from error
