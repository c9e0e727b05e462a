"""Export the models of a run to the model folder, which scores new tweets."""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path

from sentiment140.models import keras_setup  # noqa: F401 - before Keras: worker processes import this module first

# isort: split
import keras
import numpy as np

from sentiment140.ensemble.blend import ENSEMBLE, Blend, Ensemble
from sentiment140.evaluation.run_scores import RunScores
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment, Member
from sentiment140.models.neural import KERAS
from sentiment140.progress.display import Progress
from sentiment140.progress.forecast import Work
from sentiment140.runs.files import atomic_folder
from sentiment140.runs.run import Run
from sentiment140.serving import BEST, FAST
from sentiment140.serving.manifest import Manifest, ModelMember
from sentiment140.serving.model_scores import model_scores
from sentiment140.training.fit import build_keras

log = logging.getLogger(__name__)

_EXPECTED_SECONDS = 4.0  # to convert a network, roughly
_CONVERTERS = ("onnx", "tf2onnx")  # Kaggle's image has the first only


def export_models(
    run: Run,
    experiment: Experiment,
    ensemble: Ensemble,
    vocabularies: dict[str, str],
    scores: RunScores,
    executor: Executor,
) -> Path | None:
    """Write the folder `model/` of a run, whole or not at all.

    It contains `best/`, the ensemble, and `fast/`, the student, if the run has one. Each of them has its own models,
    vocabularies and manifest, so either can be copied and used alone.

    Args:
        run: a run with all of its models fitted.
        experiment: the experiment of the run.
        ensemble: the ensemble, fitted on all out-of-fold rows; its weights are in the order of `experiment.ensemble`.
        vocabularies: the vocabulary file of each member, by the member's name, relative to the run's folder.
        scores: the scores of the run.
        executor: converts the networks to ONNX.

    Returns:
        The folder `model/`; None if a package that converts the networks is not installed. The log then says so.
    """
    members, student = [experiment.member(name) for name in experiment.ensemble], experiment.student
    fits = [(member, [member.fold_name(fold) for fold in range(experiment.folds)]) for member in members]
    models = {BEST: _Model(ENSEMBLE, fits, ensemble)}
    if student:
        models[FAST] = _Model(student.name, [(student, [student.name])], Ensemble(Blend((1.0,)), 1.0, 0.0))
    networks = [
        (member, name)
        for model in models.values()
        for member, names in model.fits
        if member.architecture in KERAS
        for name in names
    ]
    missing = [name for name in _CONVERTERS if find_spec(name) is None]
    if networks and missing:
        remedy = f"pip install {' '.join(missing)}, then run it again"
        shutil.rmtree(run.path("model"), ignore_errors=True)  # one of an earlier start may be that of other models
        log.warning("not exported, the run has no model/: %s not installed (%s)", " and ".join(missing), remedy)
        return None
    weights = {name: run.fit_weights(name) for _, name in networks}
    with atomic_folder(run.path("model")) as folder:
        work = [Work(name, member.name, _EXPECTED_SECONDS) for member, name in networks]
        with Progress("export", work, lambda: executor.workers, name_of=itemgetter(1)) as progress:
            onnx_files = {}
            for network, content in executor.run(_convert_to_onnx, networks, weights, progress.watch):
                onnx_files[network[1]] = content
                progress.finish(network)
        for quality, model in models.items():
            _write_model(folder / quality, run, model, onnx_files, vocabularies, scores)
    return run.path("model")


@dataclass(frozen=True)
class _Model:
    """A model to be exported.

    Attributes:
        column: the name of its column of probabilities, in the scores.
        fits: its members, each with the names of its fits.
        ensemble: the blend of the members and its calibration.
    """

    column: str
    fits: list[tuple[Member, list[str]]]
    ensemble: Ensemble


def _write_model(
    folder: Path,
    run: Run,
    model: _Model,
    onnx_files: Mapping[str, bytes],
    vocabularies: dict[str, str],
    scores: RunScores,
) -> None:
    folder.mkdir()
    members = []
    for member, names in model.fits:
        if member.architecture in KERAS:
            model_type, files = "onnx", [f"{name}.onnx" for name in names]
            for name, file in zip(names, files, strict=True):
                (folder / file).write_bytes(onnx_files[name])
        else:
            model_type, files = "ngrams", [f"{member.name}.npz"]
            _write_ngram_models(folder / files[0], {name: run.fit_weights(name) for name in names})
        vocabulary = Path(vocabularies[member.name]).name
        (folder / vocabulary).write_text(run.read_text(vocabularies[member.name]), "utf-8")
        ngrams = int(member.arguments.get("ngrams", 1))
        members.append(ModelMember(member.name, model_type, member.text, vocabulary, ngrams, files))
    parts = {"oof": scores.oof, "holdout": scores.holdout or {}, "hand_labeled": scores.hand_labeled or {}}
    judges = scores.judges.get(model.column, {})
    Manifest(
        run=run.name,
        data=scores.data.source,
        fingerprint=scores.data.fingerprint,
        scores={
            part: model_scores(columns[model.column], judges.get(part))
            for part, columns in parts.items()
            if model.column in columns
        },
        members=members,
        ensemble=model.ensemble,
    ).write(folder)


def _convert_to_onnx(weights: Mapping[str, Mapping[str, np.ndarray]], network: tuple[Member, str]) -> bytes:
    """Convert a fitted network to an optimized ONNX file.

    The optimization makes it faster and halves its size. Its probabilities differ from those of the fitted network by
    up to 1e-4.

    Args:
        weights: the weights of each fit, by its name.
        network: the member, and the name of the fit.

    Returns:
        The content of the ONNX file.
    """
    from sentiment140.serving.optimize import (  # imported here: needs onnx, which only the export does
        merge_convolution_into_embedding,
        store_tables_in_half_precision,
        with_hidden_units,
    )

    member, name = network
    arrays = list(weights[name].values())
    fitted = build_keras(member, arrays[0])  # the weights of the embedding come first
    fitted.set_weights(arrays)
    model = merge_convolution_into_embedding(with_hidden_units(fitted))
    model(np.zeros((1, member.text.bucket), np.int32))  # Keras exports only a model that has been called
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # tf2onnx, the converter, still uses np.object
        path = Path(folder) / f"{name}.onnx"
        model.export(path, format="onnx", verbose=False)
        store_tables_in_half_precision(path)
        keras.utils.clear_session()  # otherwise the graph of each model stays in memory: 400 MB per model
        return path.read_bytes()


def _write_ngram_models(path: Path, fits: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Write the n-gram models of all folds to one file, so that each n-gram is looked up only once.

    An n-gram that a fold does not know gets an IDF and a coefficient of 0 for that fold. The file is compressed without
    loss. With all tweets, that halves its 70 MB, and loading takes 0.1 s longer.

    Args:
        path: the .npz file. It has the arrays `terms` [terms], `idf` and `coefficients` float32 [terms, folds], and
            `intercept` [folds].
        fits: the weights of each fold, by the name of the fit.
    """
    terms = np.unique(np.concatenate([weights["terms"] for weights in fits.values()]))
    columns = {name: np.zeros((len(terms), len(fits)), np.float32) for name in ("idf", "coefficients")}
    for fold, weights in enumerate(fits.values()):
        rows = np.searchsorted(terms, weights["terms"])
        for name, column in columns.items():
            column[rows, fold] = weights[name]
    intercept = np.concatenate([weights["intercept"] for weights in fits.values()])
    np.savez_compressed(path, terms=terms, intercept=intercept, **columns)  # type: ignore[arg-type]
