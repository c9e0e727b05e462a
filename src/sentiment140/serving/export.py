"""A run's fitted units to the model folder that scores new tweets."""

import warnings
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ..disk import atomic_folder
from ..ensemble.combination import Ensemble
from ..experiment import Experiment, Member
from ..models.architectures import KERAS
from ..store import Run
from ..training.unit import build_keras
from .manifest import Manifest, ModelMember


def export_model(
    run: Run, experiment: Experiment, ensemble: Ensemble, vocabularies: dict[str, str], data: str, accuracy: float
) -> Path:
    """Writes `model/`, whole or not at all: every fold's model of every blended member, vocabularies, manifest.

    Args:
        run: with every unit fitted.
        experiment: that it ran.
        ensemble: fitted on all OOF rows, weights in the order of `experiment.ensemble`.
        vocabularies: the run's vocabulary file of each member.
        data: "real" or "demo".
        accuracy: of the ensemble, out of fold.
    """
    members = [experiment.member(name) for name in experiment.ensemble]
    with atomic_folder(run.path("model")) as folder:
        entries = []
        with tqdm(total=len(members) * experiment.folds, desc="export", disable=None) as bar:
            for member in members:
                files = []
                for fold in range(experiment.folds):
                    weights = run.unit_weights(f"{member.name}-fold{fold}")
                    files.append(_write_unit(folder, member, fold, weights))
                    keras.utils.clear_session()  # or each model's graph stays: 400 MB a model
                    bar.update()
                vocabulary = Path(vocabularies[member.name]).name
                (folder / vocabulary).write_text(run.read_text(vocabularies[member.name]), "utf-8")
                kind = "onnx" if member.architecture in KERAS else "tfidf"
                ngrams = int(member.arguments.get("ngrams", 1))
                entries.append(ModelMember(member.name, kind, member.text, vocabulary, ngrams, files))
        Manifest(run.name, data, accuracy, entries, ensemble).write(folder)
    return run.path("model")


def _write_unit(folder: Path, member: Member, fold: int, weights: dict[str, np.ndarray]) -> str:
    if member.architecture not in KERAS:
        name = f"{member.name}-fold{fold}.npz"
        np.savez(folder / name, **weights)  # type: ignore[arg-type]
        return name
    name = f"{member.name}-fold{fold}.onnx"
    arrays = list(weights.values())
    model = build_keras(member, arrays[0])  # the embedding comes first
    model.set_weights(arrays)
    model(np.zeros((1, member.text.bucket), np.int32))  # Keras exports only a model that has been called
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # its converter still asks for np.object
        model.export(folder / name, format="onnx", verbose=False)
    return name
