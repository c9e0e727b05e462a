"""Train every member of a preset on every fold; the first half of `run`.

Examples:
  # All tweets, the standard ensemble, 5 folds
  {prog}

  # 200,000 tweets, 3 folds, in submissions/first
  {prog} --preset quick --run first

Prints the folder of the run and the next command, blend. If training is stopped, the same command continues it.
"""

import argparse

from sentiment140.cli.arguments import add_experiment, executor_from, experiment_from, folders, how_to_type
from sentiment140.cli.data_arguments import data_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_experiment(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train, and print the folder of the run and the next command."""
    experiment, data = experiment_from(arguments), data_from(arguments)
    from sentiment140.plan import plan_run

    executor, plan = executor_from(arguments), plan_run(folders(), arguments.run, experiment, data)
    if plan.is_finished:
        print(f"run {plan.folder.name} is finished: nothing to do")
        return
    from sentiment140 import pipeline

    trained = pipeline.train(plan, executor)
    print(f"{trained.folder}\nnext: {how_to_type('blend')} --run {trained.name}")
