"""The stages of a run, in order. This is the first file to read.

plan      checks the settings, finds or downloads tweets and vectors (plan.py)
train     reads, cleans, encodes and splits the tweets, then fits every member on every fold -> work/
blend     blends and calibrates the members                   -> oof.csv
distill   trains the student to reproduce the ensemble's out-of-fold probabilities          -> work/
predict   predicts the test tweets                            -> predictions.csv, submission.csv
evaluate  scores every column of probabilities                -> scores.json, confident_errors.csv
export    writes the models that score new tweets, and scores them by people               -> model/
report    writes the report, the tables and the ledger row    -> report.html, comparison.csv, pairs.csv, ../ledger.csv
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment140.data.about import about
from sentiment140.data.arrays import HOLDOUT, TEST
from sentiment140.data.prepare import prepare, read
from sentiment140.data.tables import training_table, unseen_tables, write_tables
from sentiment140.ensemble.blend import ENSEMBLE, Ensembles
from sentiment140.ensemble.cross_fit import calibrate_all_folds, cross_fit
from sentiment140.ensemble.unseen import blended_by_fold, predict_unseen
from sentiment140.evaluation.analysis import confident_errors
from sentiment140.evaluation.run_scores import SCORES, RunScores
from sentiment140.evaluation.split_strategies import SPLITS, split
from sentiment140.evaluation.summary import showing_evaluation, stage_costs, summarize
from sentiment140.executors import Executor
from sentiment140.labels import is_positive
from sentiment140.loading import ENSEMBLES, OOF, check_results, load_experiment, record_results
from sentiment140.models.check import check_values
from sentiment140.plan import Plan
from sentiment140.progress.display import Progress, showing
from sentiment140.progress.forecast import Work
from sentiment140.report.comparison import comparison
from sentiment140.report.page import write_report
from sentiment140.report.tables import ledger_line
from sentiment140.runs.files import removed_on_failure
from sentiment140.runs.identity import bind_identity, write_finished
from sentiment140.runs.ledger import append_to_ledger
from sentiment140.runs.memory import trim_memory
from sentiment140.runs.provenance import package_state
from sentiment140.runs.run import Run
from sentiment140.runs.stage import stage
from sentiment140.serving.export import export_models
from sentiment140.serving.judge import judge_models
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vocabulary import Vocabulary
from sentiment140.training.cross_validation import collect_oof, cross_validate, pending_fits
from sentiment140.training.distillation import distillation_data, fit_student
from sentiment140.training.duration import expected_seconds
from sentiment140.training.fingerprints import FINGERPRINT, student_fingerprint


def run_all(plan: Plan, executor: Executor) -> Run:
    """Run every stage and return the finished run; a run that was stopped continues where it was.

    Args:
        plan: from `plan_run`: the settings, the data and the name.
        executor: where the models are trained.
    """
    if plan.is_finished:
        return plan.open_run()
    code = package_state()  # before the first stage: a file that is edited meanwhile did not make the results
    run = train(plan, executor)
    finish(run, executor)
    report(run, code)
    return run


def train(plan: Plan, executor: Executor) -> Run:
    """Fit every member on every fold that is not in the run yet; see `run_all` for the arguments."""
    check_values(plan.experiment)
    experiment, files, is_new = plan.experiment, plan.files, not plan.folder.exists()
    run = plan.open_run()
    with removed_on_failure(run.folder if is_new else None):
        with stage(run, "read"), showing("read"):
            tweets = read(files.tweets, experiment.limit, experiment.seed)
            files.notices.extend(tweets.notices)
        with stage(run, "prepare"), showing("prepare"):
            prepared = prepare(tweets, files.vectors, experiment)
        data = {"source": files.source, **files.tweets.mapping.as_dict(), **tweets.fingerprints}
        bind_identity(run, experiment, plan.toml, data, plan.inputs)
        write_tables(run, experiment, files, tweets, prepared)
    training_data, rows = prepared.data, pd.concat([prepared.rows, prepared.origin], axis=1)
    del tweets, prepared  # the texts need as much memory as a model in training
    trim_memory()
    with stage(run, "train"):
        cross_validate(run, experiment, training_data, executor)
    with stage(run, "split"):
        split(run, experiment, training_data, rows, executor)
    return run


def finish(run: Run, executor: Executor) -> None:
    """Run the stages after training: blend, distill, predict, evaluate, export."""
    blend(run)
    distill(run, executor)
    predict(run)
    export(run, evaluate(run), executor)
    record_results(run)


def blend(run: Run) -> None:
    """Blend the members' out-of-fold probabilities; the ensemble of each fold is fitted on the other folds."""
    experiment = load_experiment(run)
    with stage(run, "blend"), showing("blend"):
        oof = collect_oof(run, experiment, training_table(run))
        members = oof[list(experiment.ensemble)].to_numpy()
        labels, folds = oof["label"].to_numpy(), oof["fold"].to_numpy()
        oof[ENSEMBLE], ensemble = cross_fit(experiment.blender, members, labels, folds, experiment.seed)
        held_out = blended_by_fold(run, experiment, HOLDOUT, unseen_tables(run)[HOLDOUT]["key"].to_numpy())
        run.write_json(ENSEMBLES, asdict(Ensembles(ensemble, calibrate_all_folds(ensemble, held_out))))
        run.write_result(OOF, oof)


def distill(run: Run, executor: Executor) -> None:
    """Train the student on the ensemble's out-of-fold probabilities, unless the run has it already."""
    experiment = load_experiment(run)
    student = experiment.student
    if student is None:
        return
    with stage(run, "distill"):
        rows, unseen = training_table(run), unseen_tables(run)
        rows = rows.merge(run.read_table(OOF)[["id", ENSEMBLE]], on="id", validate="one_to_one")
        texts = [text for table in (rows, *unseen.values()) for text in table["text"]]
        words, targets = run.read_text(about(run)["vocabularies"][student.name]), rows[ENSEMBLE].to_numpy()
        keys = {part: table["key"].to_numpy() for part, table in unseen.items()}
        fingerprint = student_fingerprint(student, experiment.seed, [words, *texts], keys.values(), targets)
        if not pending_fits(run, [student], {student.name: fingerprint}, attrgetter("name")):
            return
        tokens, vocabulary = tokenize(texts), Vocabulary(words.split("\n"), student.text)
        data = distillation_data(tokens, vocabulary, targets, keys, experiment.seed)
        work = [Work(student.name, student.name, expected_seconds(student, len(rows)))]
        with Progress("distill", work) as progress:
            for _, result in executor.run(fit_student, [student], data, progress.watch):
                facts = {"member": student.name, "history": result.history, "cost": result.cost}
                run.write_fit(student.name, result.unseen, result.weights, facts | {FINGERPRINT: fingerprint})


def predict(run: Run) -> None:
    """Predict the test tweets: write a file in the format of the competition, and one with all probabilities."""
    experiment, test = load_experiment(run), unseen_tables(run)[TEST]
    if not len(test):
        return
    with stage(run, "predict"):
        columns = predict_unseen(run, experiment, run.read_object(ENSEMBLES, Ensembles), TEST, test)
        target = np.where(is_positive(columns[ENSEMBLE]), 4, 0)
        run.write_result("submission.csv", pd.DataFrame({"id": test["id"], "target": target}))
        predictions = test[["id", "text"]].assign(target=target, probability=columns.pop(ENSEMBLE))
        run.write_result("predictions.csv", pd.concat([predictions, columns], axis=1))


def evaluate(run: Run) -> RunScores:
    """Score every column of probabilities, out of fold and on unseen tweets."""
    experiment, rows, oof = load_experiment(run), training_table(run), run.read_table(OOF)
    ensembles, unseen = run.read_object(ENSEMBLES, Ensembles), unseen_tables(run)
    with stage(run, "evaluate"), showing_evaluation(experiment, len(rows)):
        for part, table in unseen.items():
            unseen[part] = pd.concat([table, predict_unseen(run, experiment, ensembles, part, table)], axis=1)
        splits = run.read_table(SPLITS)
        scores = summarize(run, experiment, about(run), ensembles, oof, rows, splits, unseen)
        table = rows.merge(oof[["id", ENSEMBLE]], on="id", validate="one_to_one")
        run.write_result("confident_errors.csv", confident_errors(table, table[ENSEMBLE].to_numpy()))
    run.write_text(SCORES, scores.to_json())
    return scores


def export(run: Run, scores: RunScores, executor: Executor) -> None:
    """Write the models that score new tweets, score them by people, and add the costs of all stages to the scores."""
    with stage(run, "export"):
        ensemble = run.read_object(ENSEMBLES, Ensembles).all_folds
        export_models(run, load_experiment(run), ensemble, about(run)["vocabularies"], scores, executor)
    scores = judge_models(run, scores)
    cost = replace(scores.cost, stages=stage_costs(run, scores.data.tweets))
    run.write_text(SCORES, replace(scores, cost=cost).to_json())


def report(run: Run, code: Mapping[str, Any] | None = None) -> Path:
    """Write the report, the tables that compare the models, and the run's row in the ledger.

    Args:
        run: the run, blended and scored.
        code: `runs.provenance.package_state` of the code that made the results; None for that of now.
    """
    run.check()
    check_results(run)
    scores = RunScores.read(run.folder)
    run.write_result("comparison.csv", pd.DataFrame(comparison(scores)))
    run.write_result("pairs.csv", pd.DataFrame([asdict(pair) for pair in scores.pairs]))
    page = write_report(run.folder)
    append_to_ledger(run.folder.parent, ledger_line(scores))
    if run.path("model").is_dir():  # else the same command exports it, once the missing packages are installed
        write_finished(run, code or package_state())
    return page
