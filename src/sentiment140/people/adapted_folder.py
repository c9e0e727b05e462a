"""Write the folder of an adapted model: the models before, with a head."""

from dataclasses import replace
from pathlib import Path

from sentiment140.errors import UserError
from sentiment140.runs.files import atomic_folder
from sentiment140.serving.head import Head
from sentiment140.serving.manifest import NAME, Adaptation, Manifest
from sentiment140.serving.models import Model
from sentiment140.text.vocabulary import Vocabulary

HEAD, VOCABULARY = "head.npz", "vocabulary-head.txt"
"""The files of the head in the model folder."""


def check_output(folder: Path) -> None:
    """Refuse a folder that is something else than an adapted model: it would be replaced.

    Raises:
        UserError: there is a file or another folder.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / NAME).is_file() or Manifest.read(folder).adaptation is None:
        raise UserError("exists and is no adapted model", str(folder), "name a new folder with --output")


def check_not_adapted(model: Model) -> None:
    """Refuse a model that was adapted already.

    Raises:
        UserError: it was.
    """
    if about := model.manifest.adaptation:
        what = f"the model was adapted to {about.source} already"
        raise UserError(what, f"run {model.manifest.run}", "name the model before with --model")


def write_adapted(model: Model, head: Head, vocabulary: Vocabulary, about: Adaptation, folder: Path) -> None:
    """Write the model folder of an adapted model, whole or not at all.

    Args:
        model: the model before.
        head: the head.
        vocabulary: the vocabulary of its n-grams.
        about: the description for the manifest.
        folder: the folder; its parent is created if it is missing, and a folder of this name is replaced.
    """
    files = model.files()
    del files[NAME]
    files[HEAD] = head.encode()
    files[VOCABULARY] = "\n".join(vocabulary.words).encode()
    with atomic_folder(folder) as path:
        for name, content in files.items():
            (path / name).write_bytes(content)
        replace(model.manifest, adaptation=about, scores={}).write(path)
