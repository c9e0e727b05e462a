"""Run the whole competition: fetch, train, blend, score, report.

{prog}                                      all tweets, the standard ensemble
{prog} --preset quick --run first           200,000 tweets, 3 folds, in submissions/first
{prog} --data demo                          synthetic tweets, three minutes, no network
{prog} --members conv_bilstm,tfidf_logistic --run two
                                            a blend of these two alone
{prog} --preset mine.toml                   an experiment of your own: start the file with base = "standard"

A run that was stopped continues where it was when the same command is typed again.
"""

import argparse

from sentiment140.cli.arguments import add_experiment, executor_from, experiment_from, folders

RESUMES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_experiment(parser)


def run(arguments: argparse.Namespace) -> None:
    """Runs every stage and prints the scores."""
    experiment = experiment_from(arguments)
    from sentiment140 import pipeline
    from sentiment140.evaluation.run_scores import RunScores
    from sentiment140.report.tables import score_table

    made = pipeline.run_all(folders(), arguments.run, experiment, arguments.data, executor_from(arguments))
    print(score_table(RunScores.read(made.folder)))
    for name in ("report.html", "oof.csv", "submission.csv"):
        print(made.path(name))
