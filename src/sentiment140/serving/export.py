"""A run's fitted fits to the model folder that scores new tweets."""

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentiment140.models import keras_setup  # noqa: F401 - before Keras: other processes import this module first

# isort: split
import keras
import numpy as np
from tqdm import tqdm

from sentiment140.ensemble.blend import ENSEMBLE, Blend, Ensemble
from sentiment140.evaluation.run_scores import ColumnScores, RunScores
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment, Member
from sentiment140.models.neural import KERAS
from sentiment140.runs.files import atomic_folder
from sentiment140.runs.run import Run
from sentiment140.serving import BEST, FAST
from sentiment140.serving.manifest import Manifest, ModelMember, ModelScores
from sentiment140.serving.optimize import with_half_tables, without_convolution
from sentiment140.training.fit import build_keras


def export_models(
    run: Run,
    experiment: Experiment,
    ensemble: Ensemble,
    vocabularies: dict[str, str],
    scores: RunScores,
    executor: Executor,
) -> Path:
    """Writes `model/`, whole or not at all: `best/`, the ensemble, and `fast/`, the student, where there is one.

    Each holds the models, their vocabularies and a manifest, and works by itself wherever it is copied.

    Args:
        run: with every model fitted.
        experiment: that it ran.
        ensemble: fitted on all OOF rows, weights in the order of `experiment.ensemble`.
        vocabularies: the run's vocabulary file of each member.
        scores: of the run.
        executor: where networks are translated.
    """
    members, student = [experiment.member(name) for name in experiment.ensemble], experiment.student
    fits = [(member, [member.fold_name(fold) for fold in range(experiment.folds)]) for member in members]
    columns = {BEST: _Column(ENSEMBLE, fits, ensemble)}
    if student:
        columns[FAST] = _Column(student.name, [(student, [student.name])], Ensemble(Blend((1.0,)), 1.0, 0.0))
    networks = [
        (member, name)
        for column in columns.values()
        for member, names in column.fits
        if member.architecture in KERAS
        for name in names
    ]
    weights = {name: run.fit_weights(name) for _, name in networks}
    with atomic_folder(run.path("model")) as folder:
        with tqdm(total=len(networks), desc="export", disable=None) as bar:
            translated = {}
            for (_, name), content in executor.run(_onnx, networks, weights):
                translated[name] = content
                bar.update()
        for quality, column in columns.items():
            _write_model(folder / quality, run, column, translated, vocabularies, scores)
    return run.path("model")


@dataclass(frozen=True)
class _Column:
    """What gives one column of probabilities: its name in the scores, the members with their fits, how they blend."""

    name: str
    fits: list[tuple[Member, list[str]]]
    ensemble: Ensemble


def _write_model(
    folder: Path,
    run: Run,
    column: _Column,
    translated: Mapping[str, bytes],
    vocabularies: dict[str, str],
    scores: RunScores,
) -> None:
    folder.mkdir()
    entries = []
    for member, names in column.fits:
        if member.architecture in KERAS:
            model_type, files = "onnx", [f"{name}.onnx" for name in names]
            for name, file in zip(names, files, strict=True):
                (folder / file).write_bytes(translated[name])
        else:
            model_type, files = "ngrams", [f"{member.name}.npz"]
            _write_ngrams(folder / files[0], {name: run.fit_weights(name) for name in names})
        vocabulary = Path(vocabularies[member.name]).name
        (folder / vocabulary).write_text(run.read_text(vocabularies[member.name]), "utf-8")
        ngrams = int(member.arguments.get("ngrams", 1))
        entries.append(ModelMember(member.name, model_type, member.text, vocabulary, ngrams, files))
    known = {"oof": scores.oof, "holdout": scores.holdout or {}, "hand_labeled": scores.hand_labeled or {}}
    Manifest(
        run=run.name,
        data=scores.data.source,
        fingerprint=scores.data.fingerprint,
        scores={part: _briefly(columns[column.name]) for part, columns in known.items() if column.name in columns},
        members=entries,
        ensemble=column.ensemble,
    ).write(folder)


def _briefly(scored: ColumnScores) -> ModelScores:
    return ModelScores(scored.n, *(scored.overall[metric] for metric in ("accuracy", "roc_auc", "log_loss")))


def _onnx(weights: Mapping[str, Mapping[str, np.ndarray]], network: tuple[Member, str]) -> bytes:
    """A model as ONNX; for speed and half the space its probabilities differ from the trained one's by up to 1e-4."""
    member, name = network
    arrays = list(weights[name].values())
    trained = build_keras(member, arrays[0])  # the embedding comes first
    trained.set_weights(arrays)
    model = without_convolution(trained)
    model(np.zeros((1, member.text.bucket), np.int32))  # Keras exports only a model that has been called
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # its converter still asks for np.object
        path = Path(folder) / f"{name}.onnx"
        model.export(path, format="onnx", verbose=False)
        with_half_tables(path)
        keras.utils.clear_session()  # or each model's graph stays: 400 MB a model
        return path.read_bytes()


def _write_ngrams(path: Path, fits: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """One file for all folds, so that an n-gram is looked up once; where a fold does not know it, it counts nothing."""
    terms = np.unique(np.concatenate([weights["terms"] for weights in fits.values()]))
    columns = {name: np.zeros((len(terms), len(fits)), np.float32) for name in ("idf", "coefficients")}
    for fold, weights in enumerate(fits.values()):
        place = np.searchsorted(terms, weights["terms"])
        for name, column in columns.items():
            column[place, fold] = weights[name]
    intercept = np.concatenate([weights["intercept"] for weights in fits.values()])
    np.savez(path, terms=terms, intercept=intercept, **columns)  # type: ignore[arg-type]
