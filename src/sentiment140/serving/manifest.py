"""The manifest of a model folder: what the folder contains, with checksums that detect damage."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

from sentiment140.ensemble.blend import Ensemble
from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import Estimate
from sentiment140.experiment import TextSettings
from sentiment140.runs.files import dumps_checked, loads_checked, sha256_of

FORMAT = 7
LICENSE = (
    "Trained on Sentiment140, which states no license and whose tweets belong to their authors; word vectors may be "
    "initialized from GloVe (Open Data Commons Public Domain Dedication and License 1.0). The model contains words "
    "but no tweets."
)
NAME = "manifest.json"


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

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a model folder and verify the checksums of all files.

        Args:
            folder: the folder with `manifest.json`.

        Raises:
            UserError: the folder has no model, the model has another format, or a file is missing, damaged or changed.
        """
        remedy = "repeat the command of its run, or name another model with --model"
        train = "train one (bash scripts/run_all.sh) or name another with --model"
        try:
            text = (folder / NAME).read_text("utf-8")
            content = json.loads(text)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise UserError("no model found", f"in {folder}", train) from error
        except ValueError as error:
            raise UserError(f"{NAME} is damaged", f"in {folder}", remedy) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            found = content.get("format") if isinstance(content, dict) else None
            newer = isinstance(found, int) and found > FORMAT
            remedy = "update this program" if newer else "train it again: bash scripts/run_all.sh"
            what = f"the model has format {found}, but this program reads format {FORMAT}"
            raise UserError(what, f"in {folder}", remedy)
        try:
            manifest = msgspec.convert(loads_checked(text), cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise UserError(f"{NAME} is damaged", f"in {folder}", remedy) from error
        for name, digest in manifest.sha256.items():
            path = folder / name
            if Path(name).name != name or not path.is_file():
                raise UserError(f"{name} is missing", f"in {folder}", remedy)
            if sha256_of(path) != digest:
                raise UserError(f"{name} was changed after training", f"in {folder}", remedy)
        return manifest
