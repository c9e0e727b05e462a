"""Write report.html of a blended run, and its line in submissions/ledger.csv."""

import argparse

from sentiment140.cli.arguments import add_run, open_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_run(parser)


def run(arguments: argparse.Namespace) -> None:
    """Writes the report and prints where it is."""
    from sentiment140 import pipeline

    print(pipeline.report(open_run(arguments)))
