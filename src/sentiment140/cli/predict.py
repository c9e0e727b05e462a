"""Score new tweets with a trained model: sentiment, and calibrated probability of positive.

Examples:
  # Two texts: one line per text with sentiment, probability of positive and text, separated by tabs
  {prog} "I love it" "not my day"

  # The same for every line of a text file
  {prog} < tweets.txt

  # A CSV file: copied with the columns sentiment and probability appended
  {prog} --input tweets.csv --output scored.csv

  # Many files into a folder; if it is stopped, the same command scores the files that are missing
  {prog} --input 'tweets/*.parquet' --output scored
"""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment140.cli.arguments import add_model, add_place
from sentiment140.errors import UserError, unknown_name
from sentiment140.executors import executor_named
from sentiment140.runs.places import SUBMISSIONS
from sentiment140.serving.formats import FORMATS

if TYPE_CHECKING:
    from sentiment140.serving.score_file import Scoring

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument(
        "texts", nargs="*", metavar="TEXT", help="texts to score (default: the lines of standard input)"
    )
    files = parser.add_argument_group("files")
    files.add_argument(
        "--input",
        metavar="FILE",
        help="file to score: CSV, TSV, JSON Lines or Parquet, also gzipped; -: standard input; "
        "'folder/*.csv', in quotes: many files",
    )
    files.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="file to write, in the format of the input (default: standard output); with many files, a folder",
    )
    files.add_argument(
        "--format",
        metavar="NAME",
        help=f"format of the input: {', '.join(FORMATS)} (default: by the ending of the name; csv for -)",
    )
    files.add_argument(
        "--column", metavar="NAME", help="column with the tweets (default: the first of text, tweet, content ...)"
    )
    scores = parser.add_argument_group("model and scores")
    add_model(scores)
    scores.add_argument(
        "--abstain",
        type=_margin,
        default=0.0,
        metavar="D",
        help="label a tweet uncertain if its probability is less than D from 0.5; with 0.2, between 0.3 and 0.7 "
        "(default: 0)",
    )
    scores.add_argument(
        "--explain", action="store_true", help="add the words that moved the probability most (default: no)"
    )
    where = parser.add_argument_group("where to score many files")
    add_place(where)


def run(arguments: argparse.Namespace) -> None:
    """Score texts, a file, many files, or the lines of standard input."""
    from sentiment140.serving import score_file
    from sentiment140.serving.choose import choose_model
    from sentiment140.serving.models import Model
    from sentiment140.serving.predictor import Predictor
    from sentiment140.serving.score_folder import is_pattern

    for text in arguments.texts:
        if len(text) < 256 and os.path.isfile(text):  # noqa: PTH113 - Path takes no NUL
            log.warning("%s is scored as a text; to score the tweets in this file: --input %s", text, text)
    if arguments.texts and arguments.input:
        raise UserError("both texts and --input are given", "on the command line", "give one of them")
    if (arguments.output or arguments.column or arguments.format) and not arguments.input:
        remedy = "give --input FILE, or --input - for standard input"
        raise UserError("--output, --column and --format need --input", "on the command line", remedy)
    if arguments.format not in (None, *FORMATS):
        raise UserError(unknown_name("format", arguments.format, FORMATS), "--format")
    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    colors = sys.stdout.isatty() and not arguments.input
    scoring = score_file.Scoring(arguments.abstain, arguments.explain, colors)
    if arguments.input and is_pattern(arguments.input):
        _score_many(arguments, folder, scoring)
    elif arguments.executor == "ray" or arguments.address is not None:
        raise UserError("a cluster scores many files only", "with --executor ray", "add --input 'folder/*.csv'")
    elif arguments.input:
        scored = score_file.score_file(
            folder,
            arguments.input,
            arguments.output,
            sys.stdout.buffer,
            scoring=scoring,
            file_format=arguments.format,
            column=arguments.column,
        )
        log.info("%s tweets scored%s", f"{scored:,}", f", written to {arguments.output}" if arguments.output else "")
    else:
        chunks = [arguments.texts] if arguments.texts else score_file.arriving_lines(sys.stdin.buffer)
        score_file.score_lines(Predictor(Model(manifest, folder)), chunks, sys.stdout.buffer, scoring)


def _score_many(arguments: argparse.Namespace, folder: Path, scoring: "Scoring") -> None:
    from sentiment140.serving.score_folder import FolderJob, score_files

    if arguments.output is None:
        raise UserError("many files need a folder to go to", f"--input {arguments.input}", "add --output FOLDER")
    # Processes of this machine share each file; processes of a cluster score different files.
    where = "ray" if arguments.executor == "ray" else "local"
    executor = executor_named(where, os.cpu_count() or 1, arguments.address)
    workers = None if arguments.executor == "processes" else 1
    job = FolderJob(
        folder.absolute(), arguments.output.absolute(), scoring, arguments.format, arguments.column, workers
    )
    log.info("%s tweets scored, written to %s", f"{score_files(arguments.input, job, executor):,}", job.target)


def _margin(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 0.5:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 0.5, is {text}")
    return number
