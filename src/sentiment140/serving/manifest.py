"""The model folder's format: what lies in it, and how it is told from a damaged or foreign one."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..disk import sha256_of
from ..ensemble.combination import Blend, Ensemble
from ..errors import UserError
from ..experiment import TextSettings

FORMAT = 3
NAME = "manifest.json"


@dataclass(frozen=True)
class ModelMember:
    """One member of the model folder.

    Attributes:
        name: as in the experiment.
        kind: "onnx" or "tfidf".
        text: how it reads a tweet.
        vocabulary: the file with its words, one a line, by id.
        ngrams: for "tfidf", words an n-gram has at most.
        files: one a fold; the member's probability is their mean.
    """

    name: str
    kind: str
    text: TextSettings
    vocabulary: str
    ngrams: int
    files: list[str]


@dataclass(frozen=True)
class Manifest:
    """Everything the predictor needs to know: it has no constants of its own.

    Attributes:
        run: the run the model comes from.
        data: "real" or "demo".
        accuracy: of the ensemble, out of fold.
        members: in the order of the blend's weights.
        ensemble: how they become one.
        sha256: of every other file in the folder.
        format: version of this format.
    """

    run: str
    data: str
    accuracy: float
    members: list[ModelMember]
    ensemble: Ensemble
    sha256: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Writes the manifest, with the checksums of the files that lie in the folder."""
        checksums = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != NAME}
        text = json.dumps({**asdict(self), "sha256": checksums}, indent=1)
        (folder / NAME).write_text(text + "\n", "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a model folder, its files checked.

        Raises:
            UserError: no model there, one of a newer format, or a file missing or changed.
        """
        remedy = "train one with bash scripts/run_all.sh, or name another with --model"
        try:
            content = json.loads((folder / NAME).read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise UserError("no model found", f"in {folder}", remedy) from error
        except ValueError as error:
            raise UserError(f"{NAME} is damaged", f"in {folder}", remedy) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise UserError(
                f"the model is not of format {FORMAT}", f"in {folder}", "update this program, or train anew"
            )
        try:
            manifest = _from_dict(content)
        except (KeyError, TypeError) as error:
            raise UserError(f"{NAME} is damaged", f"in {folder}", remedy) from error
        for name, digest in manifest.sha256.items():
            path = folder / name
            if Path(name).name != name or not path.is_file():
                raise UserError(f"{name} is missing", f"in {folder}", remedy)
            if sha256_of(path) != digest:
                raise UserError(f"{name} is not the file that was trained", f"in {folder}", remedy)
        return manifest


def _from_dict(content: dict[str, Any]) -> Manifest:
    ensemble = content["ensemble"]
    blend = Blend(**{**ensemble["blend"], **{name: tuple(ensemble["blend"][name]) for name in ("weights", "change")}})
    members = [ModelMember(**{**member, "text": TextSettings(**member["text"])}) for member in content["members"]]
    return Manifest(
        **{
            **content,
            "members": members,
            "ensemble": Ensemble(**{**ensemble, "blend": blend}),
        }
    )
