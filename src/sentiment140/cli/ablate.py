"""Measure the effect of each choice: change one setting of a member at a time, over several seeds.

Examples:
  # Every variant of the preset ablation, 400,000 tweets, 3 folds, 3 seeds
  {prog}

  # One seed: a third of the time, but no intervals over seeds
  {prog} --seeds 1

  # Two of the variants, results in submissions/signs.csv
  {prog} --members stopwords_removed,punctuation_removed --run signs

  # Synthetic tweets, no network
  {prog} --data demo

Each seed has its own sample, folds and models, and its own run: submissions/ablation-seed0 and so on. Prints the table
of effects and writes it to submissions/ablation.csv (with --run NAME, to submissions/NAME.csv). Each effect has two
95 % intervals: low to high over tweets, and t_low to t_high over seeds, which covers training too. If a run is stopped,
the same command continues it.
"""

import argparse

from sentiment140.cli.arguments import (
    FOLDS_AND_SAMPLING,
    add_executor,
    add_limit,
    add_preset,
    add_run_name,
    executor_from,
    experiment_from,
    folders,
    positive,
)
from sentiment140.cli.data_arguments import data_from
from sentiment140.errors import UserError

BASELINE = "baseline"
"""The member from which every other differs in one choice."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_run_name(parser, several=True)
    add_preset(parser, default="ablation")
    sampling = parser.add_argument_group(FOLDS_AND_SAMPLING)
    add_limit(sampling, "ablation")
    sampling.add_argument(
        "--seeds",
        type=positive,
        default=3,
        metavar="N",
        help="number of seeds: 0, 1, ... (default: %(default)s)",
    )
    add_executor(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train the variants, and print the effect of each choice."""
    if arguments.members is not None:
        arguments.members = [BASELINE, *arguments.members]
    experiments = [experiment_from(arguments, seed=seed) for seed in range(arguments.seeds)]
    if BASELINE not in experiments[0].ensemble:
        remedy = 'use the preset ablation, or a .toml file that starts with base = "ablation"'
        raise UserError(f'no member "{BASELINE}" to compare the others with', f"in preset {arguments.preset}", remedy)
    from sentiment140.plan import plan_run

    # Required: a variant that starts from other vectors than it is named after would give a wrong effect.
    data, executor = data_from(arguments, require_vectors=True), executor_from(arguments)
    name = arguments.run or experiments[0].preset
    plans = [plan_run(folders(), f"{name}-seed{one.seed}", one, data) for one in experiments]
    from sentiment140 import studies  # loads TensorFlow

    table, path = studies.ablate(plans, BASELINE, name, executor)
    losses = dict.fromkeys(("log_loss", "log_loss_change"), 4)
    print(table.round(dict.fromkeys(table.columns, 2) | losses).to_string(index=False), "", path, sep="\n")
