"""Show how the scores grow with the number of tweets: a preset trained on samples of several sizes.

{prog}                                  25,000, 100,000, 400,000 and all tweets
{prog} --sizes 10000,40000              other sizes; 0: all tweets
{prog} --members conv_bilstm --run one  one member, the reference beside it
{prog} --data demo --sizes 2000,8000

Each size is a run of its own, submissions/standard-25000 and so on; one that is there or was stopped is continued. The
curve is kept as learning_curve.csv in the run of the last size, and drawn in its report.html.
"""

import argparse

from sentiment140.cli.arguments import (
    add_executor,
    add_preset,
    add_run_name,
    executor_from,
    experiment_from,
    folders,
    not_negative,
)

RESUMES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_preset(parser)
    add_run_name(parser)
    parser.add_argument(
        "--sizes",
        type=_sizes,
        default=(25_000, 100_000, 400_000, 0),
        metavar="N,N",
        help="tweets to train on, 0 for all, the largest last (25000,100000,400000,0)",
    )
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the samples, the folds and every model")
    add_executor(parser)


def run(arguments: argparse.Namespace) -> None:
    """Trains on each size and prints the scores."""
    experiments = [experiment_from(arguments, limit=size) for size in arguments.sizes]
    from sentiment140 import studies

    table, made = studies.learning_curve(
        folders(), experiments, arguments.run, arguments.data, executor_from(arguments)
    )
    print(table.round(4).to_string(index=False), "", sep="\n")
    for name in ("learning_curve.csv", "report.html"):
        print(made.path(name))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(not_negative(size) for size in text.split(",")))
