"""Measure what each choice is worth: one choice of a member changed at a time, over several seeds.

{prog}                                  400,000 tweets, 3 folds, 3 seeds
{prog} --seeds 1                        one seed
{prog} --members stopwords_removed,punctuation_removed --run signs
{prog} --data demo                      synthetic tweets, no network

Each seed draws its own sample, folds and models, and is a run of its own, submissions/ablation-seed0 and so on; one
that was stopped continues where it was. The table goes to submissions/ablation.csv; with --run NAME to
submissions/NAME.csv.
"""

import argparse

from sentiment140.cli.arguments import (
    add_executor,
    add_preset,
    add_run_name,
    executor_from,
    experiment_from,
    folders,
    positive,
)
from sentiment140.errors import UserError

RESUMES = True
BASELINE = "chosen"
"""The member that the others differ from in one choice."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_preset(parser, default="ablation")
    add_run_name(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="tweets of each seed's sample; 0: all")
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="seeds 0, 1 ... (3)")
    add_executor(parser)


def run(arguments: argparse.Namespace) -> None:
    """Trains the variants and prints what each choice is worth."""
    if arguments.members is not None:
        arguments.members = [BASELINE, *arguments.members]
    experiments = [experiment_from(arguments, seed=seed) for seed in range(arguments.seeds)]
    if BASELINE not in experiments[0].ensemble:
        remedy = "give one like the preset ablation"
        raise UserError(f'no member "{BASELINE}" to compare the others with', f"in preset {arguments.preset}", remedy)
    from sentiment140 import studies

    table, path = studies.ablate(
        folders(), experiments, BASELINE, arguments.run, arguments.data, executor_from(arguments)
    )
    losses = dict.fromkeys(("log_loss", "log_loss_change"), 4)
    print(table.round(dict.fromkeys(table.columns, 2) | losses).to_string(index=False), "", path, sep="\n")
