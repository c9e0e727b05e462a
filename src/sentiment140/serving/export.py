"""A run's fitted units to the model folder that scores new tweets."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tqdm import tqdm

from ..disk import atomic_folder
from ..ensemble.combination import Blend, Ensemble
from ..experiment import Experiment, Member
from ..models.architectures import KERAS
from ..store import Run
from ..training.unit import build_keras
from . import BEST, FAST
from .folding import with_half_tables, without_convolution
from .manifest import Manifest, ModelMember

ENSEMBLE = "ensemble"


def export_models(
    run: Run, experiment: Experiment, ensemble: Ensemble, vocabularies: dict[str, str], scores: Mapping[str, Any]
) -> Path:
    """Writes `model/`, whole or not at all: `best/`, the ensemble, and `fast/`, the student, where there is one.

    Each holds the models, their vocabularies and a manifest, and works by itself wherever it is copied.

    Args:
        run: with every unit fitted.
        experiment: that it ran.
        ensemble: fitted on all OOF rows, weights in the order of `experiment.ensemble`.
        vocabularies: the run's vocabulary file of each member.
        scores: the content of `scores.json`.
    """
    members, student = [experiment.member(name) for name in experiment.ensemble], experiment.student
    units = [(member, [f"{member.name}-fold{fold}" for fold in range(experiment.folds)]) for member in members]
    with (
        atomic_folder(run.path("model")) as folder,
        tqdm(total=len(members) * experiment.folds + bool(student), desc="export", disable=None) as bar,
    ):
        _write_model(folder / BEST, run, units, ensemble, vocabularies, scores, ENSEMBLE, bar)
        if student:
            alone = Ensemble(Blend((1.0,)), 1.0, 0.0)
            own = [(student, [student.name])]
            _write_model(folder / FAST, run, own, alone, vocabularies, scores, student.name, bar)
    return run.path("model")


def _write_model(
    folder: Path,
    run: Run,
    units: list[tuple[Member, list[str]]],
    ensemble: Ensemble,
    vocabularies: dict[str, str],
    scores: Mapping[str, Any],
    column: str,
    bar: tqdm,
) -> None:
    folder.mkdir()
    entries = []
    for member, names in units:
        kind = "onnx" if member.architecture in KERAS else "ngrams"
        write = _write_networks if kind == "onnx" else _write_ngrams
        files = write(folder, member, {name: run.unit_weights(name) for name in names}, bar)
        vocabulary = Path(vocabularies[member.name]).name
        (folder / vocabulary).write_text(run.read_text(vocabularies[member.name]), "utf-8")
        ngrams = int(member.arguments.get("ngrams", 1))
        entries.append(ModelMember(member.name, kind, member.text, vocabulary, ngrams, files))
    data = scores["data"]
    known = {part: (scores[part] or {}).get(column) for part in ("oof", "set_aside", "hand_labelled")}
    Manifest(
        run=run.name,
        data=data["kind"],
        fingerprint=data["fingerprint"],
        scores={part: _briefly(of_part) for part, of_part in known.items() if of_part},
        members=entries,
        ensemble=ensemble,
    ).write(folder)


def _briefly(scored: Mapping[str, Any]) -> dict[str, Any]:
    return {"n": scored["n"], **{metric: scored["overall"][metric] for metric in ("accuracy", "roc_auc", "log_loss")}}


def _write_networks(folder: Path, member: Member, units: Mapping[str, dict[str, np.ndarray]], bar: tqdm) -> list[str]:
    """A file a fold; for speed and half the space, probabilities may differ from the trained model's by some 1e-4."""
    for unit, weights in units.items():
        path, arrays = folder / f"{unit}.onnx", list(weights.values())
        trained = build_keras(member, arrays[0])  # the embedding comes first
        trained.set_weights(arrays)
        model = without_convolution(trained)
        model(np.zeros((1, member.text.bucket), np.int32))  # Keras exports only a model that has been called
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # its converter still asks for np.object
            model.export(path, format="onnx", verbose=False)
        with_half_tables(path)
        keras.utils.clear_session()  # or each model's graph stays: 400 MB a model
        bar.update()
    return [f"{unit}.onnx" for unit in units]


def _write_ngrams(folder: Path, member: Member, units: Mapping[str, dict[str, np.ndarray]], bar: tqdm) -> list[str]:
    """One file for all folds, so that an n-gram is looked up once; where a fold does not know it, it counts nothing."""
    terms = np.unique(np.concatenate([weights["terms"] for weights in units.values()]))
    columns = {name: np.zeros((len(terms), len(units)), np.float32) for name in ("idf", "coefficients")}
    for fold, weights in enumerate(units.values()):
        place = np.searchsorted(terms, weights["terms"])
        for name, column in columns.items():
            column[place, fold] = weights[name]
        bar.update()
    intercept = np.concatenate([weights["intercept"] for weights in units.values()])
    np.savez(folder / f"{member.name}.npz", terms=terms, intercept=intercept, **columns)  # type: ignore[arg-type]
    return [f"{member.name}.npz"]
