"""Find the tweets and vectors of a preset, or download them into data/ (resumable, verified)."""

import argparse

from sentiment140.cli.arguments import add_preset, experiment_from, folders

RESUMES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add_preset(parser)


def run(arguments: argparse.Namespace) -> None:
    """Finds or downloads the data and prints where they are."""
    experiment = experiment_from(arguments)
    from sentiment140 import pipeline

    files = pipeline.fetch(folders(), experiment, arguments.data)
    for file in (files.tweets.train, files.tweets.test, *files.vectors.values()):
        print(file)
