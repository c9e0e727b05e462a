"""The stages of a run, in order. This is the first file to read.

fetch     finds or downloads tweets and vectors
train     reads, cleans, encodes and splits the tweets, then fits every member on every fold -> work/
blend     blends and calibrates the members                   -> oof.csv
distill   trains the student to reproduce the ensemble's out-of-fold probabilities          -> work/
predict   predicts the test tweets                            -> predictions.csv, submission.csv
evaluate  scores every column of probabilities                -> scores.json, confident_errors.csv
export    writes the models that score new tweets             -> model/
report    writes the report, the tables and the ledger row    -> report.html, comparison.csv, pairs.csv, ../ledger.csv
"""

import logging
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from sentiment140 import models, presets
from sentiment140.data.arrays import HOLDOUT, TEST
from sentiment140.data.locate import DataFiles, DataRequest, find_data, replace_missing_vectors
from sentiment140.data.prepare import prepare, read
from sentiment140.data.tables import about, training_table, unseen_tables, write_tables
from sentiment140.ensemble.blend import ENSEMBLE, Ensembles
from sentiment140.ensemble.cross_fit import calibrate_all_folds, cross_fit
from sentiment140.ensemble.unseen import blended_by_fold, predict_unseen
from sentiment140.evaluation.analysis import confident_errors
from sentiment140.evaluation.run_scores import SCORES, RunScores
from sentiment140.evaluation.split_strategies import STRATEGIES, split_strategies
from sentiment140.evaluation.summary import stage_costs, summarize
from sentiment140.executors import Executor
from sentiment140.experiment import Experiment
from sentiment140.labels import is_positive
from sentiment140.report.comparison import comparison
from sentiment140.report.page import write_report
from sentiment140.report.tables import ledger_line
from sentiment140.runs.ledger import append_to_ledger
from sentiment140.runs.memory import trim_memory
from sentiment140.runs.names import check_name, run_name
from sentiment140.runs.provenance import code_fingerprint
from sentiment140.runs.run import EXPERIMENT, Folders, Run
from sentiment140.runs.stage import stage
from sentiment140.serving.export import export_models
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.cross_validation import collect_oof, cross_validate
from sentiment140.training.distillation import distillation_data, fit_student

log = logging.getLogger(__name__)

OOF = "oof.csv"
_SPLITS, _ENSEMBLE = "work/splits.csv", "work/ensemble.json"


def run_all(folders: Folders, name: str | None, experiment: Experiment, data: DataRequest, executor: Executor) -> Run:
    """Run every stage and return the finished run; a run that was stopped continues where it was.

    Args:
        folders: the folders of runs and of data.
        name: the name of the run; None for that of the preset. "demo-" is added for the demo corpus.
        experiment: the settings of the run.
        data: the tweets and vectors to use (data/locate.py).
        executor: where the models are trained.
    """
    run = train(folders, name, experiment, data, executor)
    finish(run, executor)
    report(run)
    return run


def fetch(folders: Folders, experiment: Experiment, data: DataRequest) -> tuple[DataFiles, Experiment]:
    """Find or download tweets and vectors; return the files and the experiment with the vectors that could be had."""
    files = find_data(data, experiment.vector_sources(), folders.data)
    experiment = replace_missing_vectors(experiment, files)
    for line in (*files.notes, *files.notices):
        log.info(line)
    return files, experiment


def train(folders: Folders, name: str | None, experiment: Experiment, data: DataRequest, executor: Executor) -> Run:
    """Fit every member on every fold that is not in the run yet; see `run_all` for the arguments."""
    name = experiment.preset if name is None else name
    check_name(name)
    files, experiment = fetch(folders, models.resolve(experiment), data)
    run = Run.open(folders.submissions, run_name(name, files.source))
    with stage(run, "read"):
        tweets = read(files.tweets, experiment.limit, experiment.seed)
    with stage(run, "prepare"):
        prepared = prepare(tweets, files.vectors, experiment)
    fingerprints = {"source": files.source, **tweets.fingerprints, "vectors": prepared.fingerprint}
    run.bind_identity(presets.to_toml(experiment, files.source), fingerprints, code_fingerprint())
    write_tables(run, experiment, files, tweets, prepared)
    training_data, rows = prepared.data, pd.concat([prepared.rows, prepared.origin], axis=1)
    del tweets, prepared  # the texts need as much memory as a model in training
    trim_memory()
    with stage(run, "train"):
        cross_validate(run, experiment, training_data, executor)
    if not run.has(_SPLITS):
        with stage(run, "split"):
            reference = experiment.member(experiment.reference)
            splits = split_strategies(training_data, rows, reference, experiment.folds, experiment.seed, executor)
            run.write_table(_SPLITS, pd.DataFrame(columns=["id", *STRATEGIES]) if splits is None else splits)
    return run


def finish(run: Run, executor: Executor) -> None:
    """Run the stages after training: blend, distill, predict, evaluate, export."""
    blend(run)
    distill(run, executor)
    predict(run)
    export(run, evaluate(run), executor)


def blend(run: Run) -> None:
    """Blend the members' out-of-fold probabilities; the ensemble of each fold is fitted on the other folds."""
    experiment = load_experiment(run)
    with stage(run, "blend"):
        oof = collect_oof(run, experiment, training_table(run))
        members = oof[list(experiment.ensemble)].to_numpy()
        labels, folds = oof["label"].to_numpy(), oof["fold"].to_numpy()
        oof[ENSEMBLE], ensemble = cross_fit(experiment.blender, members, labels, folds, experiment.seed)
        held_out = blended_by_fold(run, experiment, HOLDOUT, unseen_tables(run)[HOLDOUT]["key"].to_numpy())
        run.write_json(_ENSEMBLE, asdict(Ensembles(ensemble, calibrate_all_folds(ensemble, held_out))))
        run.write_result(OOF, oof)


def distill(run: Run, executor: Executor) -> None:
    """Train the student on the ensemble's out-of-fold probabilities, unless it is in the run already."""
    experiment = load_experiment(run)
    student = experiment.student
    if student is None or run.has_fit(student.name):
        return
    with stage(run, "distill"):
        vocabulary = Vocabulary(run.read_text(about(run)["vocabularies"][student.name]).split("\n"), student.text)
        rows, unseen = training_table(run), unseen_tables(run)
        rows = rows.merge(run.read_table(OOF)[["id", ENSEMBLE]], on="id", validate="one_to_one")
        tokens = tokenize(chain(rows["text"], *(table["text"] for table in unseen.values())))
        keys = {part: table["key"].to_numpy() for part, table in unseen.items()}
        data = distillation_data(tokens, vocabulary, rows[ENSEMBLE].to_numpy(), keys, experiment.seed)
        for _, result in executor.run(fit_student, [student], data):
            facts = {"member": student.name, "history": result.history, "cost": result.cost}
            run.write_fit(student.name, result.unseen, result.weights, facts)


def predict(run: Run) -> None:
    """Predict the test tweets: write a file in the format of the competition, and one with all probabilities."""
    experiment, test = load_experiment(run), unseen_tables(run)[TEST]
    if not len(test):
        return
    with stage(run, "predict"):
        columns = predict_unseen(run, experiment, run.read_object(_ENSEMBLE, Ensembles), TEST, test)
        target = np.where(is_positive(columns[ENSEMBLE]), 4, 0)
        run.write_result("submission.csv", pd.DataFrame({"id": test["id"], "target": target}))
        predictions = test[["id", "text"]].assign(target=target, probability=columns.pop(ENSEMBLE))
        run.write_result("predictions.csv", pd.concat([predictions, columns], axis=1))


def evaluate(run: Run) -> RunScores:
    """Score every column of probabilities, out of fold and on unseen tweets."""
    experiment, rows, oof = load_experiment(run), training_table(run), run.read_table(OOF)
    ensembles, unseen = run.read_object(_ENSEMBLE, Ensembles), unseen_tables(run)
    with stage(run, "evaluate"):
        for part, table in unseen.items():
            unseen[part] = pd.concat([table, predict_unseen(run, experiment, ensembles, part, table)], axis=1)
        splits = run.read_table(_SPLITS)
        scores = summarize(run, experiment, about(run), ensembles, oof, rows, splits, unseen)
        table = rows.merge(oof[["id", ENSEMBLE]], on="id", validate="one_to_one")
        run.write_result("confident_errors.csv", confident_errors(table, table[ENSEMBLE].to_numpy()))
    run.write_text(SCORES, scores.to_json())
    return scores


def export(run: Run, scores: RunScores, executor: Executor) -> None:
    """Write the models that score new tweets, and add the costs of all stages to the scores."""
    with stage(run, "export"):
        vocabularies = about(run)["vocabularies"]
        ensemble = run.read_object(_ENSEMBLE, Ensembles).all_folds
        export_models(run, load_experiment(run), ensemble, vocabularies, scores, executor)
    cost = replace(scores.cost, stages=stage_costs(run, scores.data.tweets))
    run.write_text(SCORES, replace(scores, cost=cost).to_json())


def report(run: Run) -> Path:
    """Write the report, the tables that compare the models, and the run's row in the ledger."""
    run.check()
    scores = RunScores.read(run.folder)
    run.write_result("comparison.csv", pd.DataFrame(comparison(scores)))
    run.write_result("pairs.csv", pd.DataFrame([asdict(pair) for pair in scores.pairs]))
    page = write_report(run.folder)
    append_to_ledger(run.folder.parent, ledger_line(scores))
    return page


def load_experiment(run: Run) -> Experiment:
    """Load the experiment of a run, after checking that the run was started with this code."""
    run.check_code(code_fingerprint())
    run.read_text(EXPERIMENT)  # checks that the file is undamaged
    return presets.load(str(run.path(EXPERIMENT)))
