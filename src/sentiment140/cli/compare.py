"""Compare models on the same folds: accuracy, time per epoch, overfitting, significance of differences.

Examples:
  # Every model of the TensorFlow course, 400,000 tweets, 3 folds
  {prog}

  # The same on 50,000 tweets, results in submissions/small
  {prog} --limit 50000 --run small

  # Two of these models
  {prog} --members course_conv,course_bigru --run pair

  # The members of another preset
  {prog} --preset standard

  # Synthetic tweets, no network
  {prog} --data demo

Prints the scores and the comparison, and writes comparison.csv, pairs.csv and report.html to the folder of the run. If
the run is stopped, the same command continues it.
"""

import argparse

from sentiment140.cli.arguments import add_experiment, executor_from, experiment_from, folders
from sentiment140.cli.data_arguments import data_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_experiment(parser, default="course")


def run(arguments: argparse.Namespace) -> None:
    """Train the models, and print the scores, the comparison and the paths of the results."""
    experiment, data = experiment_from(arguments), data_from(arguments)
    from sentiment140.plan import plan_run

    executor, plan = executor_from(arguments), plan_run(folders(), arguments.run, experiment, data)
    from sentiment140 import pipeline
    from sentiment140.data.about import about
    from sentiment140.evaluation.run_scores import RunScores
    from sentiment140.report.comparison import comparison_table
    from sentiment140.report.tables import score_table

    finished = pipeline.run_all(plan, executor)
    scores = RunScores.read(finished.folder)
    print(score_table(scores), comparison_table(scores), "", sep="\n\n")
    for name in ("comparison.csv", "pairs.csv", "report.html"):
        print(finished.path(name))
    for notice in about(finished)["notices"]:
        print(notice)
