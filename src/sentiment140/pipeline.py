"""The stages in order: the first file to read.

fetch     finds or downloads tweets and vectors
train     reads, cleans, encodes and splits them, fits every (member, fold)       -> work/
blend     OOF scores, predictions, submission, the student, the model folder      -> oof.csv, scores.json, model/ ...
report    the page, the models compared, and the run's line in the ledger         -> report.html, comparison.csv ...
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import experiment as experiments
from . import models
from .ablation import effects
from .breakdown import surest_mistakes
from .corpus.find import Found, find_data
from .corpus.sources import DATASETS
from .disk import atomic_path
from .ensemble.cross_fit import cross_fit
from .errors import UserError
from .executors import Executor
from .experiment import Experiment
from .memory import give_back_memory, memory_errors, peak_memory_mib
from .provenance import code_fingerprint
from .report.compared import comparison
from .report.page import LEARNING_CURVE, write_report
from .serving.export import export_models
from .store import EXPERIMENT, Folders, Run, check_name, enter_in_ledger
from .summary import summarise
from .text.slices import pack
from .text.tokenise import tokenise
from .text.vocabulary import Vocabulary
from .training.cross_validation import collect_oof, collect_test, cross_validate
from .training.distillation import Lessons, fit_student
from .training.preparation import Prepared, Tweets, prepare, read
from .training.splits import WAYS, three_ways

log = logging.getLogger(__name__)

_DATASET = DATASETS["sentiment140"]
_ROWS, _TEST, _ASIDE = "work/rows.csv", "work/test.csv", "work/aside.csv"
_ABOUT, _SPLITS = "work/about.json", "work/splits.csv"


def run_all(folders: Folders, name: str | None, experiment: Experiment, data: str | None, executor: Executor) -> Run:
    """Every stage: from nothing to a finished run.

    Args:
        folders: where things lie.
        name: the run's; None for the preset's. That of a demo run begins with "demo-".
        experiment: what to do.
        data: what the user points at: a path, "real", "demo" or None (corpus/find.py).
        executor: where models are trained; the numbers do not depend on it.
    """
    run = train(folders, name, experiment, data, executor)
    blend(run, executor)
    report(run)
    return run


def ablate(
    folders: Folders, experiments: list[Experiment], chosen: str, name: str | None, data: str | None, executor: Executor
) -> tuple[pd.DataFrame, Path]:
    """What each choice is worth, over the seeds of these experiments, and the file that holds it (ablation.effects)."""
    tables, name = [], name or experiments[0].preset
    for experiment in experiments:
        run = run_all(folders, f"{name}-seed{experiment.seed}", experiment, data, executor)
        oof = run.read_table("oof.csv")
        tables.append(oof[["label", *experiment.ensemble]].assign(text=run.read_table(_ROWS)["text"]))
    kind = run.read_json(_ABOUT)["kind"]
    table = _marked(effects(tables, chosen, experiments[0].seed), kind)
    path = folders.submissions / f"{run_name(name, kind)}.csv"
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5g")
    return table, path


def learning_curve(
    folders: Folders, experiments: list[Experiment], name: str | None, data: str | None, executor: Executor
) -> tuple[pd.DataFrame, Run]:
    """The scores by number of tweets, and the run of the last experiment, whose folder and page hold them.

    Args:
        folders: where things lie.
        experiments: alike but for `limit`.
        name: what the runs' names begin with; that of all tweets is called just so. None for the preset's.
        data: what the user points at.
        executor: where models are trained.

    Returns:
        `tweets`, `model`, `accuracy` in per cent with `low` and `high`, and `log_loss`, a row a size and column.
    """
    rows, name = [], name or experiments[0].preset
    for experiment in experiments:
        run = run_all(folders, f"{name}-{experiment.limit}" if experiment.limit else name, experiment, data, executor)
        scores = run.read_json("scores.json")
        for model, scored in scores["oof"].items():
            accuracy, loss = scored["overall"]["accuracy"], scored["overall"]["log_loss"]
            interval = {key: 100 * accuracy[key] for key in ("low", "high")}
            found = {"accuracy": 100 * accuracy["value"], **interval, "log_loss": loss["value"]}
            rows.append({"tweets": scores["data"]["tweets"], "model": model, **found})
    table = pd.DataFrame(rows)
    run.write_table(LEARNING_CURVE, _marked(table, scores["data"]["kind"]))
    report(run)
    return table, run


def fetch(folders: Folders, experiment: Experiment, data: str | None) -> Found:
    """Finds the tweets and the vectors that this experiment needs, or downloads them."""
    found = find_data(data, experiment.vector_sources(), folders.data)
    for note in found.notes:
        log.info(note)
    return found


def train(folders: Folders, name: str | None, experiment: Experiment, data: str | None, executor: Executor) -> Run:
    """Fits every (member, fold); continues where an earlier start of the same run was stopped."""
    name = experiment.preset if name is None else name
    check_name(name)
    experiment = models.resolve(experiment)
    found = fetch(folders, experiment, data)
    run = Run.open(folders.submissions, run_name(name, found.kind))
    with _stage(run, "read"):
        tweets = read(found.tweets, _DATASET, experiment.limit, experiment.seed)
    log.info("%s tweets for training, %s for testing", f"{len(tweets.train):,}", f"{len(tweets.test):,}")
    with _stage(run, "prepare"):
        prepared = prepare(tweets, found.vectors, experiment)
    if experiment.set_aside:
        log.info("%s tweets set aside", f"{len(prepared.aside):,}")
    if prepared.copies_of_test:
        log.info("%s training tweets left out as copies of test tweets", f"{prepared.copies_of_test:,}")
    fingerprints = {"kind": found.kind, "tweets": tweets.fingerprint, "vectors": prepared.fingerprint}
    run.claim(_demo_comment(found.kind) + experiments.to_toml(experiment), fingerprints, code_fingerprint())
    _keep_for_later(run, experiment, found, tweets, prepared)
    training_data, rows = prepared.data, pd.concat([prepared.rows, prepared.origin], axis=1)
    del tweets, prepared  # the texts take as much memory as a model in training
    give_back_memory()
    with _stage(run, "train"):
        cross_validate(run, experiment, training_data, executor)
    if not run.has(_SPLITS):
        with _stage(run, "split"):
            reference = experiment.member(experiment.reference)
            splits = three_ways(training_data, rows, reference, experiment.folds, experiment.seed, executor)
            run.write_table(_SPLITS, pd.DataFrame(columns=["row", *WAYS]) if splits is None else splits)
    return run


def blend(run: Run, executor: Executor) -> None:
    """OOF scores, predictions, submission and the model folder, from the fitted units."""
    experiment, about = experiment_of(run), run.read_json(_ABOUT)
    run.check_code(code_fingerprint())
    rows, test, aside = run.read_table(_ROWS), run.read_table(_TEST), run.read_table(_ASIDE)
    members = list(experiment.ensemble)
    with _stage(run, "blend"):
        oof = collect_oof(run, experiment, rows)
        labels, folds = rows["label"].to_numpy(), rows["fold"].to_numpy()
        oof["ensemble"], ensemble = cross_fit(
            experiment.blender, oof[members].to_numpy(), labels, folds, experiment.seed
        )
        run.write_table("oof.csv", _marked(oof, about["kind"]))
        by_fold = collect_test(run, experiment)
        columns = sum(by_fold) / len(by_fold)
        columns["ensemble"] = ensemble.apply(columns[members].to_numpy())
        one_fold = [ensemble.apply(of_fold[members].to_numpy())[len(test) :] for of_fold in by_fold]
    if experiment.student:
        with _stage(run, "distil"):
            columns[experiment.student.name] = _distil(run, experiment, about, oof["ensemble"].to_numpy(), executor)
    with _stage(run, "score"):
        test_columns, aside_columns = columns.iloc[: len(test)], columns.iloc[len(test) :].reset_index(drop=True)
        if len(test):
            _write_predictions(run, test, test_columns, about["kind"])
        test, aside = pd.concat([test, test_columns], axis=1), pd.concat([aside, aside_columns], axis=1)
        scores = summarise(run, experiment, about, oof, rows, run.read_table(_SPLITS), test, aside, ensemble)
        if len(aside):
            right = [np.mean((probability >= 0.5) == aside["label"]) for probability in one_fold]
            scores["set_aside_one_fold"] = {"accuracy": float(np.mean(right))}
        run.write_table("mistakes.csv", _marked(surest_mistakes(rows, oof["ensemble"].to_numpy()), about["kind"]))
    with _stage(run, "export"):
        export_models(run, experiment, ensemble, about["vocabularies"], scores, executor)
    scores["cost"]["stages"] = {
        stage: {**cost, "tweets_per_second": len(rows) / cost["seconds"]} for stage, cost in run.costs().items()
    }
    run.write_json("scores.json", scores)


def _distil(
    run: Run, experiment: Experiment, about: Mapping[str, Any], targets: np.ndarray, executor: Executor
) -> np.ndarray:
    """The student's probabilities of the test tweets and those set aside; trained if it is not yet in the run."""
    student = experiment.student
    assert student is not None
    if not run.unit_done(student.name):
        words = run.read_text(about["vocabularies"][student.name]).split("\n")
        vocabulary = Vocabulary(words, student.text)
        texts = [run.read_table(table)["text"] for table in (_ROWS, _TEST, _ASIDE)]
        ids = [vocabulary.encode(tokenise(chain(*some))) for some in (texts[:1], texts[1:])]
        lessons = Lessons(len(words), ids[0], targets, ids[1], experiment.seed)
        for _, result in executor.run(fit_student, [student], lessons):
            facts = {"member": student.name, "history": result.history, "cost": result.cost}
            run.commit_unit(student.name, {"test": result.test}, result.weights, facts)
    return run.read_unit(student.name, "test")


def report(run: Run) -> Path:
    """The page of the run, its models compared, and its line in the ledger."""
    run.check()
    scores = run.read_json("scores.json")
    kind = scores["data"]["kind"]
    run.write_table("comparison.csv", _marked(pd.DataFrame(comparison(scores)), kind))
    run.write_table("pairs.csv", _marked(pd.DataFrame(scores["pairs"]), kind))
    page = write_report(run.folder)
    oof, hand = scores["oof"]["ensemble"]["overall"], scores["hand_labelled"]
    enter_in_ledger(
        run.folder.parent,
        {
            "date": scores["date"],
            "run": scores["run"],
            "data": f"{scores['data']['kind']}, {scores['data']['tweets']} tweets",
            "preset": scores["preset"],
            **{f"oof_{metric}": f"{oof[metric]['value']:.5f}" for metric in ("accuracy", "roc_auc", "log_loss")},
            "hand_labelled_accuracy": f"{hand['ensemble']['overall']['accuracy']['value']:.5f}" if hand else "",
            "seconds": round(sum(cost["seconds"] for cost in scores["cost"]["stages"].values())),
        },
    )
    return page


def run_name(name: str, kind: str) -> str:
    """The run's name: that of a demo run begins with "demo-", so that nobody takes it for a result on Sentiment140.

    Raises:
        UserError: a run on real tweets would have such a name.
    """
    if kind == "real" and name.startswith("demo-"):
        raise UserError(f'"{name}" cannot name a run on real tweets', remedy="name it with --run NAME, not demo-...")
    return name if kind == "real" or name.startswith("demo-") else f"demo-{name}"


def experiment_of(run: Run) -> Experiment:
    """The experiment that a run holds."""
    run.read_text(EXPERIMENT)
    return experiments.load(str(run.path(EXPERIMENT)))


def _keep_for_later(run: Run, experiment: Experiment, found: Found, tweets: Tweets, prepared: Prepared) -> None:
    """Writes into `work/` what the stages after training read."""
    students = (experiment.student,) if experiment.student else ()
    files = {text: f"work/vocabulary-{number}.txt" for number, text in enumerate(prepared.vocabularies)}
    for text, vocabulary in prepared.vocabularies.items():
        run.write_text(files[text], "\n".join(vocabulary.words))
    run.write_table(_ROWS, prepared.rows.assign(text=prepared.texts, slices=pack(prepared.slices)))
    run.write_table(_TEST, tweets.test[["id", "label", "text"]])
    run.write_table(_ASIDE, prepared.aside)
    about = {
        "kind": found.kind,
        "name": _DATASET.name,
        "tweets": len(prepared.rows),
        "texts": int(prepared.rows["text_group"].nunique()),
        "fingerprint": tweets.fingerprint,
        "problems": {**tweets.problems, "copies of test tweets left out of training": prepared.copies_of_test},
        "coverage": prepared.coverage,
        "slices": list(prepared.slices.columns),
        "vocabularies": {member.name: files[member.text] for member in experiment.members + students},
    }
    run.write_json(_ABOUT, about)


def _write_predictions(run: Run, test: pd.DataFrame, columns: pd.DataFrame, kind: str) -> None:
    """`submission.csv` in Kaggle's shape, and `predictions.csv` with text, probability and each member."""
    target = np.where(columns["ensemble"] >= 0.5, 4, 0)
    submission = pd.DataFrame({"id": test["id"], "target": target})
    run.write_table("submission.csv", _marked(submission, kind))
    predictions = test[["id", "text"]].assign(target=target, probability=columns["ensemble"])
    predictions = pd.concat([predictions, columns.drop(columns="ensemble")], axis=1)
    run.write_table("predictions.csv", _marked(predictions, kind))


def _marked(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The table; in a demo run with a column that says so: nobody must take it for a result, or submit it."""
    return table.assign(data="demo") if kind == "demo" else table


def _demo_comment(kind: str) -> str:
    return "# DEMO RUN: made-up tweets, not a result on Sentiment140\n" if kind == "demo" else ""


@contextmanager
def _stage(run: Run, name: str) -> Iterator[None]:
    """Notes what a stage took, also one that was stopped, and says which one ran out of memory.

    Raises:
        UserError: one did.
    """
    began = time.perf_counter()
    try:
        with memory_errors():
            yield
        log.info("%s: %.0f s", name, time.perf_counter() - began)
    except MemoryError as error:
        remedy = "make --workers, --limit or, in a preset, batch_size or vocabulary_size smaller"
        detail = f" ({error})" if str(error) else ""
        raise UserError(f"not enough memory{detail}", f"in the stage {name}", remedy) from error
    finally:
        run.add_cost(name, time.perf_counter() - began, peak_memory_mib())
