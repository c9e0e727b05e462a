"""The model folder's format: what lies in it, and how it is told from a damaged or foreign one."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

from sentiment140.ensemble.blend import Ensemble
from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import Estimate
from sentiment140.experiment import TextSettings
from sentiment140.runs.files import dumps_checked, loads_checked, sha256_of

FORMAT = 6
LICENSE = (
    "Trained on Sentiment140, which states no license and whose tweets belong to their authors; word vectors may start "
    "from GloVe's (Open Data Commons Public Domain Dedication and License 1.0). The model holds words, no tweets."
)
NAME = "manifest.json"


@dataclass(frozen=True)
class ModelMember:
    """One member of the model folder.

    Attributes:
        name: as in the experiment.
        model_type: "onnx" or "ngrams".
        text: how it reads a tweet.
        vocabulary: the file with its words, one a line, by id.
        ngrams: for "ngrams", words an n-gram has at most.
        files: one a fold, or one for all; the member's probability is the mean of the folds'.
    """

    name: str
    model_type: str
    text: TextSettings
    vocabulary: str
    ngrams: int
    files: list[str]


@dataclass(frozen=True)
class ModelScores:
    """How good a model is on `n` tweets."""

    n: int
    accuracy: Estimate
    roc_auc: Estimate
    log_loss: Estimate


@dataclass(frozen=True)
class Manifest:
    """Everything the predictor needs to know: it has no constants of its own.

    Attributes:
        run: the run the model comes from.
        data: "real" or "demo".
        fingerprint: of the tweets it was trained on.
        scores: accuracy, ROC AUC and log loss with their intervals: "oof", "holdout" and "hand_labeled", as far as
            there are such.
        members: in the order of the blend's weights.
        ensemble: how they become one.
        license: what is known of the rights in what it was trained on.
        sha256: of every other file in the folder.
        format: version of this format.
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
        """Writes the manifest, with the checksums of the files that lie in the folder, and one of its own."""
        checksums = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != NAME}
        (folder / NAME).write_text(dumps_checked({**asdict(self), "sha256": checksums}), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a model folder, its files checked.

        Raises:
            UserError: no model there, one of a newer format, or a file missing or changed.
        """
        remedy = "type its run's command again, or name another with --model"
        train = "train one with bash scripts/run_all.sh, or name another with --model"
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
            way_out = "update this program" if newer else "train it anew: bash scripts/run_all.sh"
            raise UserError(f"the model is of format {found}, this program reads {FORMAT}", f"in {folder}", way_out)
        try:
            manifest = msgspec.convert(loads_checked(text), cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise UserError(f"{NAME} is damaged", f"in {folder}", remedy) from error
        for name, digest in manifest.sha256.items():
            path = folder / name
            if Path(name).name != name or not path.is_file():
                raise UserError(f"{name} is missing", f"in {folder}", remedy)
            if sha256_of(path) != digest:
                raise UserError(f"{name} is not the file that was trained", f"in {folder}", remedy)
        return manifest
