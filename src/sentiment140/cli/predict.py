"""Score new tweets with a trained model: sentiment, and calibrated probability of positive.

Examples:
  # Two texts: one line per text with sentiment, probability of positive and text, separated by tabs
  {prog} "I love it" "not my day"

  # The same for every line of a text file
  {prog} < tweets.txt

  # A CSV file: copied with the columns sentiment and probability appended
  {prog} --input tweets.csv --output scored.csv

  # Negative, neutral or positive
  {prog} --labels 3 "I love it" "the bus leaves at 5"

  # A folder or several files into a folder; the same command again scores only the files that are missing there
  {prog} --input tweets --output scored

A line that cannot be read stops the command with exit code 2, and no file is written. With --on-bad-line skip, such
lines are listed at the end, and the exit code is 0. Of several files, one that cannot be scored does not stop the
others; such files are listed at the end with their errors, and the exit code is 2. To score one of them with other
flags: --input FOLDER/FILE --output SCORED/FILE.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment140.cli.arguments import add_place
from sentiment140.cli.scoring_arguments import add_labels, add_model, add_terms, check_labels, terms_from
from sentiment140.cli.texts import texts_last
from sentiment140.errors import UserError, unknown_name
from sentiment140.executors import executor_named
from sentiment140.runs.places import SUBMISSIONS
from sentiment140.serving.formats import FORMATS, ON_BAD_LINE, QUOTING, Options

if TYPE_CHECKING:
    from sentiment140.serving.scoring import Scoring

log = logging.getLogger(__name__)

STANDARD_OUTPUT = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument(
        "texts", nargs="*", metavar="TEXT", help="texts to score (default: the lines of standard input)"
    )
    files = parser.add_argument_group("files")
    files.add_argument(
        "--input",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="file to score: CSV, TSV, JSON, JSON Lines, Parquet, Excel or a text file with one tweet per line, also "
        "gzipped; -: standard input; several files, a folder or a pattern: all of them (default: none)",
    )
    files.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="file to write, in the format and encoding of the input; an existing one is replaced (other hard links to "
        "it keep the old content); -: standard output (default: standard output); with several files, a folder",
    )
    files.add_argument("--overwrite", action="store_true", help="the output may replace the input (default: no)")
    files.add_argument(
        "--format",
        metavar="NAME",
        help=f"format of the input: {', '.join(FORMATS)} (default: by the ending of the name; csv for -)",
    )
    files.add_argument(
        "--column",
        metavar="NAME",
        help="column with the tweets, or its number if there is no header (default: the first of text, tweet, "
        "content, full_text ...)",
    )
    files.add_argument(
        "--replace-columns",
        action="store_true",
        help="replace columns that have the name of a new one, such as sentiment (default: keep them, and append "
        "sentiment_)",
    )
    reading = parser.add_argument_group("how files are read; a flag counts for the formats that it concerns")
    reading.add_argument("--encoding", metavar="NAME", help="such as cp1252 or utf-16 (default: detected)")
    reading.add_argument(
        "--delimiter", type=_delimiter, metavar="CHARACTER", help="between columns; tab for a tab (default: detected)"
    )
    reading.add_argument(
        "--quoting",
        choices=QUOTING,
        help="minimal: texts with a delimiter are in quotes; none: a quote is a character like any other (default: "
        "none if tabs separate the columns, else minimal)",
    )
    reading.add_argument(
        "--no-header",
        action="store_const",
        const=False,
        dest="header",
        help="the first line is a tweet, not the names of the columns (default: recognized)",
    )
    reading.add_argument(
        "--on-bad-line",
        choices=ON_BAD_LINE,
        default="error",
        help="error: refuse a CSV, TSV or JSON Lines file with a line that cannot be read; skip: omit such lines "
        "(default: error)",
    )
    scores = parser.add_argument_group("model and scores")
    add_model(scores)
    add_labels(scores)
    add_terms(scores)
    scores.add_argument(
        "--abstain",
        type=_margin,
        default=0.0,
        metavar="D",
        help="label a tweet uncertain if its probability is less than D from 0.5; with 0.2, between 0.3 and 0.7; "
        "and a tweet without a known word (default: 0)",
    )
    scores.add_argument(
        "--details",
        action="store_true",
        help="add the columns known_words, how many words of the tweet the model knows, and truncated, whether the "
        "tweet is longer than the model reads (default: no)",
    )
    scores.add_argument(
        "--explain",
        action="store_true",
        help="add the words with the largest effects on the logit of positive; +0.7 doubles the odds (default: no)",
    )
    where = parser.add_argument_group("where to score several files")
    add_place(where)


def prepared(parser: argparse.ArgumentParser, given: Sequence[str]) -> list[str]:
    """Put texts that begin with a hyphen where the parser takes them for texts."""
    return texts_last(parser, given)


def run(arguments: argparse.Namespace) -> None:
    """Score texts, a file, several files, or the lines of standard input."""
    from sentiment140.serving.choose import choose_model
    from sentiment140.serving.models import Model
    from sentiment140.serving.score_file import score_file
    from sentiment140.serving.score_folder import is_several
    from sentiment140.serving.score_lines import arriving_lines, score_lines
    from sentiment140.serving.scoring import Scoring

    for text in arguments.texts:
        if len(text) < 256 and os.path.isfile(text):  # noqa: PTH113 - Path takes no NUL
            log.warning("%s is scored as a text; to score the tweets in this file: --input %s", text, text)
    inputs, options = arguments.input or [], _options(arguments)
    if arguments.texts and inputs:
        raise UserError("both texts and --input are given", "on the command line", "give one of them")
    if (arguments.output or arguments.format or arguments.overwrite or options.given()) and not inputs:
        remedy = "give --input FILE, or --input - for standard input"
        raise UserError("--output, --column, --format and the like need --input", "on the command line", remedy)
    if arguments.format not in (None, *FORMATS):
        raise UserError(unknown_name("format", arguments.format, FORMATS), "--format")
    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    colors = sys.stdout.isatty() and not inputs
    labels = check_labels(arguments, manifest)
    scoring = Scoring(arguments.abstain, arguments.explain, arguments.details, terms_from(arguments), labels, colors)
    if is_several(inputs):
        _score_several(arguments, folder, scoring, options)
    elif arguments.executor == "ray" or arguments.address is not None:
        raise UserError("a cluster scores many files only", "with --executor ray", "add --input 'folder/*.csv'")
    elif inputs:
        target = None if str(arguments.output) == STANDARD_OUTPUT else arguments.output
        scored = score_file(
            folder,
            inputs[0],
            target,
            sys.stdout.buffer,
            scoring=scoring,
            file_format=arguments.format,
            options=options,
            overwrite=arguments.overwrite,
        )
        log.info("%s scored%s", _tweets(scored), f", written to {target}" if target else "")
    else:
        chunks = [arguments.texts] if arguments.texts else arriving_lines(sys.stdin.buffer)
        score_lines(scoring.predictor(Model(manifest, folder)), chunks, sys.stdout.buffer, scoring)


def _options(arguments: argparse.Namespace) -> Options:
    return Options(**{field.name: getattr(arguments, field.name) for field in fields(Options)})


def _score_several(arguments: argparse.Namespace, folder: Path, scoring: "Scoring", options: Options) -> None:
    from sentiment140.serving.score_file import STANDARD_INPUT
    from sentiment140.serving.score_folder import FolderJob, score_files

    if STANDARD_INPUT in arguments.input:
        raise UserError("standard input is one of several inputs", "--input -", "give it alone")
    if arguments.output is None or str(arguments.output) == STANDARD_OUTPUT:
        where = f"--input {' '.join(arguments.input)[:200]}"
        raise UserError("several files need a folder to go to", where, "add --output FOLDER")
    # Processes of this machine share each file; processes of a cluster score different files.
    where = "ray" if arguments.executor == "ray" else "local"
    executor = executor_named(where, os.cpu_count() or 1, arguments.address)
    workers = None if arguments.executor == "processes" else 1
    job = FolderJob(folder.absolute(), arguments.output.absolute(), scoring, arguments.format, options, workers)
    log.info("%s scored, written to %s", _tweets(score_files(arguments.input, job, executor)), job.target)


def _tweets(count: int) -> str:
    return f"{count:,} tweet{'s' * (count != 1)}"


def _delimiter(text: str) -> str:
    character = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(character) != 1 or character in '"\r\n' or character.isalnum():
        raise argparse.ArgumentTypeError(f'must be one character such as ";", or tab, is "{text}"')
    return character


def _margin(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 0.5:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 0.5, is {text}")
    return number
