"""Score new tweets with a trained model.

{prog} "I love it" "not my day"         one line per tweet: sentiment, probability of positive, text
{prog} < tweets.txt                     the same for every line of standard input
{prog} --input tweets.csv --output scored.csv
                                        the file with the columns sentiment and probability appended
"""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment140.cli.arguments import SUBMISSIONS, add_address, add_model
from sentiment140.errors import UserError, unknown_name
from sentiment140.executors import EXECUTORS, executor_named

if TYPE_CHECKING:
    from sentiment140.serving.score_file import Scoring

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="tweets; without any, lines of standard input")
    parser.add_argument(
        "--input",
        metavar="FILE",
        help="CSV, TSV, JSON Lines or Parquet, also gzipped; - for a pipe; many files: 'folder/*.csv', in quotes",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write it, in the same format (standard output); of many, a folder",
    )
    parser.add_argument("--format", metavar="NAME", help="csv, tsv, jsonl or parquet (by the name's ending; - is csv)")
    parser.add_argument("--column", metavar="NAME", help="the column with the tweets (text, tweet, content ...)")
    parser.add_argument(
        "--abstain",
        type=_margin,
        default=0.0,
        metavar="D",
        help="label tweets uncertain whose probability is within D of 0.5, such as 0.2 (0)",
    )
    parser.add_argument("--explain", action="store_true", help="show which words moved the probability, and how far")
    parser.add_argument(
        "--executor",
        choices=EXECUTORS,
        default=EXECUTORS[0],
        help="where many files are scored: several processes of this machine, one, or a Ray cluster (%(default)s)",
    )
    add_address(parser)
    add_model(parser)


def run(arguments: argparse.Namespace) -> None:
    """Scores texts, a file, many files, or lines of standard input."""
    from sentiment140.serving import score_file
    from sentiment140.serving.formats import FORMATS
    from sentiment140.serving.predictor import Predictor, choose_model
    from sentiment140.serving.score_folder import is_pattern

    if any(len(text) < 256 and os.path.isfile(text) for text in arguments.texts):  # noqa: PTH113 - Path takes no NUL
        log.warning("a text is the name of a file: --input FILE scores what is in one")
    if arguments.texts and arguments.input:
        raise UserError("both texts and --input", "on the command line", "give one of them")
    if (arguments.output or arguments.column or arguments.format) and not arguments.input:
        remedy = "give --input FILE, or --input - for a pipe"
        raise UserError("--output, --column and --format need --input", "on the command line", remedy)
    if arguments.format not in (None, *FORMATS):
        raise UserError(unknown_name("format", arguments.format, FORMATS), "--format")
    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    colors = sys.stdout.isatty() and not arguments.input
    scoring = score_file.Scoring(arguments.abstain, arguments.explain, colors)
    if arguments.input and is_pattern(arguments.input):
        _score_many(arguments, folder, scoring)
    elif arguments.executor == "ray" or arguments.address is not None:
        raise UserError("a cluster scores many files", "on the command line", "give them as --input 'folder/*.csv'")
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
        score_file.score_lines(Predictor(manifest, folder), chunks, sys.stdout.buffer, scoring)


def _score_many(arguments: argparse.Namespace, folder: Path, scoring: "Scoring") -> None:
    from sentiment140.serving.score_folder import Work, score_files

    if arguments.output is None:
        raise UserError("many files need a folder to go to", arguments.input, "name it with --output")
    # The processes of this machine share each file; those of a cluster have files of their own.
    where = "ray" if arguments.executor == "ray" else "local"
    executor = executor_named(where, os.cpu_count() or 1, arguments.address)
    workers = None if arguments.executor == "processes" else 1
    work = Work(folder.absolute(), arguments.output.absolute(), scoring, arguments.format, arguments.column, workers)
    log.info("%s tweets scored, written to %s", f"{score_files(arguments.input, work, executor):,}", work.target)


def _margin(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 0.5:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 0.5, is {text}")
    return number
