"""Blend, score and export a trained run: the stages of `run` between training and report.

Examples:
  # Write oof.csv, scores.json, predictions.csv, submission.csv and model/ of submissions/first
  {prog} --run first

Also trains the student. Prints the scores; the next command is report.
"""

import argparse

from sentiment140.cli.arguments import add_executor, add_run, executor_from, open_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_run(parser)
    add_executor(parser)


def run(arguments: argparse.Namespace) -> None:
    """Run the stages from blend to export, and print the scores."""
    from sentiment140 import pipeline
    from sentiment140.evaluation.run_scores import RunScores
    from sentiment140.report.tables import score_table

    trained = open_run(arguments)
    pipeline.finish(trained, executor_from(arguments))
    print(score_table(RunScores.read(trained.folder)))
