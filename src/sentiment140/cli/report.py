"""Write the report of a blended run: report.html, its tables, and a row in submissions/ledger.csv.

Examples:
  # Write submissions/first/report.html again
  {prog} --run first

Prints the path of the report.
"""

import argparse

from sentiment140.cli.arguments import add_run, open_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_run(parser)


def run(arguments: argparse.Namespace) -> None:
    """Write the report, and print its path."""
    from sentiment140 import pipeline

    print(pipeline.report(open_run(arguments)))
