"""Train an ensemble from start to finish: fetch the data, train, blend, predict, score, report.

Examples:
  # All tweets, the standard ensemble, 5 folds: over an hour on two cores
  {prog}

  # 200,000 tweets, 3 folds, results in submissions/first: 15 minutes
  {prog} --preset quick --run first

  # Synthetic tweets, no network: three minutes
  {prog} --data demo

  # Kaggle's download, and predictions for the tweets of a CSV file with the columns id,text
  {prog} --data /kaggle/input --test tweets.csv

  # A blend of these two members only
  {prog} --members conv_bilstm,tfidf_logistic --run two

  # An experiment of your own: a TOML file that starts with base = "standard"
  {prog} --preset mine.toml

Prints the scores and the files of the run; open report.html first. If the run is stopped, the same command continues
it.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from sentiment140.cli.arguments import (
    add_experiment,
    executor_from,
    experiment_from,
    folders,
    how_to_type,
    shown_path,
)
from sentiment140.cli.data_arguments import data_from
from sentiment140.runs.run import Run

log = logging.getLogger(__name__)

RESULTS = ("report.html", "oof.csv", "scores.json", "predictions.csv", "submission.csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_experiment(parser)


def run(arguments: argparse.Namespace) -> None:
    """Run every stage, and print the scores, the paths of the results and what to type next."""
    experiment, data = experiment_from(arguments), data_from(arguments)
    from sentiment140.plan import plan_run

    executor, plan = executor_from(arguments), plan_run(folders(), arguments.run, experiment, data)
    if plan.is_finished:  # said before TensorFlow is loaded
        from sentiment140.data.about import about

        recorded = about(Run(plan.folder))
        notices = recorded["notices"]
        for line in recorded["read_as"]:
            log.info(line)
        print(f"run {plan.folder.name} is finished: nothing to do\n")
    else:
        from sentiment140 import pipeline

        pipeline.run_all(plan, executor)
        notices = plan.files.notices
    print_results(plan.folder, notices)


def print_results(folder: Path, notices: Sequence[str]) -> None:
    """Print the scores of a finished run, the files that it has, and what to type next.

    Args:
        folder: the folder of the run.
        notices: what the run lacks, one line each.
    """
    from sentiment140.evaluation.run_scores import RunScores
    from sentiment140.report.tables import DEMO, score_table

    scores, model = RunScores.read(folder), shown_path(folder)
    print(score_table(scores), "", sep="\n")
    print(*(shown_path(folder / name) for name in RESULTS if (folder / name).exists()), *notices, sep="\n")
    if (folder / "model").is_dir():
        commands = f'{how_to_type("predict")} --model {model} "I love it"', f"{how_to_type('serve')} --model {model}"
        print("", "next:", *(f"  {command}" for command in commands), sep="\n")
    if scores.is_demo:
        print("", DEMO, sep="\n")
