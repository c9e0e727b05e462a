"""Fit every member of a run on every fold.

The next stage is blend. A run that was stopped continues where it was when the same command is typed again.
"""

import argparse

from sentiment140.cli.arguments import add_experiment, executor_from, experiment_from, folders

RESUMES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_experiment(parser)


def run(arguments: argparse.Namespace) -> None:
    """Trains and prints the run's folder."""
    experiment = experiment_from(arguments)
    from sentiment140 import pipeline

    made = pipeline.train(folders(), arguments.run, experiment, arguments.data, executor_from(arguments))
    print(f"{made.folder}\nnext: scripts/blend.py --run {made.name}")
