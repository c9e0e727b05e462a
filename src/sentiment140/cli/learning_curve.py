"""Measure how the scores grow with the number of tweets: train a preset on samples of several sizes.

Examples:
  # 25,000, 100,000, 400,000 and all tweets
  {prog}

  # Other sizes
  {prog} --sizes 10000,40000

  # One member, and the reference, which every run trains
  {prog} --members conv_bilstm --run one

  # Synthetic tweets, no network
  {prog} --data demo --sizes 2000,8000

Each size is a run of its own: submissions/standard-25000 and so on. Prints the scores; the run of the last size has
them as learning_curve.csv and as a plot in report.html. If a run is stopped, the same command continues it.
"""

import argparse

from sentiment140.cli.arguments import (
    FOLDS_AND_SAMPLING,
    add_executor,
    add_preset,
    add_run_name,
    add_seed,
    executor_from,
    experiment_from,
    folders,
    not_negative,
)
from sentiment140.cli.data_arguments import data_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_run_name(parser, several=True)
    add_preset(parser)
    sampling = parser.add_argument_group(FOLDS_AND_SAMPLING)
    sampling.add_argument(
        "--sizes",
        type=_sizes,
        default=(25_000, 100_000, 400_000, 0),
        metavar="N,N",
        help="numbers of tweets to train on, the largest last; 0: all tweets (default: 25000,100000,400000,0)",
    )
    add_seed(sampling, "standard")
    add_executor(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train on each size, and print the scores and the paths of the results."""
    experiments, data = [experiment_from(arguments, limit=size) for size in arguments.sizes], data_from(arguments)
    from sentiment140.plan import plan_run

    name = arguments.run or experiments[0].preset  # as it is for the run on all tweets
    names = [f"{name}-{experiment.limit}" if experiment.limit else name for experiment in experiments]
    executor = executor_from(arguments)
    plans = [plan_run(folders(), *named, data) for named in zip(names, experiments, strict=True)]
    from sentiment140 import studies  # loads TensorFlow

    table, last = studies.learning_curve(plans, executor)
    print(table.round(4).to_string(index=False), "", sep="\n")
    for name in ("learning_curve.csv", "report.html"):
        print(last.path(name))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(not_negative(size) for size in text.split(",")))
