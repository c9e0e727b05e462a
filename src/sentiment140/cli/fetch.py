"""Find the tweets and word vectors of a preset, or download them into data/.

Examples:
  # The data of the standard ensemble: 81 MB of tweets, 134 MB of vectors
  {prog}

  # The data of another preset
  {prog} --preset full

  # Check that a folder holds all that is needed
  {prog} --data /path/to/folder

Prints the paths of the files. Vectors that are neither found nor downloaded are an error. Downloads are checked by size
and SHA-256; if one is stopped, the same command continues it.
"""

import argparse

from sentiment140.cli.arguments import add_preset, experiment_from, folders
from sentiment140.cli.data_arguments import data_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    add_preset(parser)


def run(arguments: argparse.Namespace) -> None:
    """Find or download the data, and print the paths of the files."""
    experiment = experiment_from(arguments)
    from sentiment140.plan import fetch

    files = fetch(folders(), experiment, data_from(arguments, require_vectors=True))
    print(files.tweets.train, *([files.tweets.test] if files.tweets.test else []), *files.vectors.values(), sep="\n")
