"""Train an ensemble from start to finish: fetch the data, train, blend, predict, score, report.

Examples:
  # All tweets, the standard ensemble, 5 folds: an hour on two cores
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

from sentiment140.cli.arguments import add_experiment, data_from, executor_from, experiment_from, folders

RESUMES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_experiment(parser)


def run(arguments: argparse.Namespace) -> None:
    """Run every stage, and print the scores and the paths of the results."""
    experiment, data = experiment_from(arguments), data_from(arguments)
    from sentiment140 import pipeline
    from sentiment140.data.tables import about
    from sentiment140.evaluation.run_scores import RunScores
    from sentiment140.report.tables import score_table

    finished = pipeline.run_all(folders(), arguments.run, experiment, data, executor_from(arguments))
    print(score_table(RunScores.read(finished.folder)))
    paths = [finished.path(name) for name in ("report.html", "oof.csv", "submission.csv")]
    print(*filter(lambda path: path.exists(), paths), sep="\n")
    for notice in about(finished)["notices"]:
        print(notice)
