"""Compare models trained on the same folds: accuracy, time per epoch, overfitting, significance.

{prog}                                  every model of the course, 400,000 tweets, 3 folds
{prog} --limit 50000 --run small        the same on fewer tweets
{prog} --members course_conv,course_bigru --run pair
{prog} --preset standard                the members of another preset
{prog} --data demo                      synthetic tweets, no network

The table is kept in submissions/<run>/ as comparison.csv and pairs.csv, and shown in its report.html. A run that was
stopped continues where it was when the same command is typed again.
"""

import argparse

from sentiment140.cli.arguments import add_experiment, executor_from, experiment_from, folders

RESUMES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_experiment(parser, default="course")


def run(arguments: argparse.Namespace) -> None:
    """Trains the models and prints how they compare."""
    experiment = experiment_from(arguments)
    from sentiment140 import pipeline
    from sentiment140.evaluation.run_scores import RunScores
    from sentiment140.report.comparison import comparison_table
    from sentiment140.report.tables import score_table

    made = pipeline.run_all(folders(), arguments.run, experiment, arguments.data, executor_from(arguments))
    scores = RunScores.read(made.folder)
    print(score_table(scores), comparison_table(scores), "", sep="\n\n")
    for name in ("comparison.csv", "pairs.csv", "report.html"):
        print(made.path(name))
