"""Blend a trained run: OOF scores, the student, predictions, submission, exported models.

The next stage is report.
"""

import argparse

from sentiment140.cli.arguments import add_executor, add_run, executor_from, open_run

RESUMES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_run(parser)
    add_executor(parser)


def run(arguments: argparse.Namespace) -> None:
    """Runs the stages from the trained models to the exported ones and prints the scores."""
    from sentiment140 import pipeline
    from sentiment140.evaluation.run_scores import RunScores
    from sentiment140.report.tables import score_table

    opened = open_run(arguments)
    pipeline.finish(opened, executor_from(arguments))
    print(score_table(RunScores.read(opened.folder)))
