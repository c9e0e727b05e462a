"""The flags of what scores tweets, and what they ask for."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..executors import EXECUTORS, executor_named
from ..experiment import unknown
from ..serving import QUALITIES
from . import SUBMISSIONS

if TYPE_CHECKING:  # it is imported by who scores, after the flags are understood
    from ..serving.manifest import Manifest


def predict_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of predict.py."""
    target.add_argument("texts", nargs="*", metavar="TEXT", help="tweets; without any, lines of standard input")
    target.add_argument(
        "--input",
        metavar="FILE",
        help="CSV, TSV, JSON Lines or Parquet, also gzipped; - for a pipe; many files: 'folder/*.csv', in quotes",
    )
    target.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write it, in the same format (standard output); of many, a folder",
    )
    target.add_argument("--format", metavar="NAME", help="csv, tsv, jsonl or parquet (by the name's ending; - is csv)")
    target.add_argument("--column", metavar="NAME", help="the column with the tweets (text, tweet, content ...)")
    target.add_argument(
        "--abstain",
        type=_margin,
        default=0.0,
        metavar="D",
        help="call uncertain what is nearer to 0.5 than this, such as 0.2 (0)",
    )
    target.add_argument("--explain", action="store_true", help="tell which words moved the probability, and how far")
    target.add_argument(
        "--executor",
        choices=EXECUTORS,
        default=EXECUTORS[0],
        help="where many files are scored: several processes of this machine, one, or a Ray cluster (%(default)s)",
    )
    target.add_argument(
        "--address", metavar="HOST:PORT", help="of the cluster's head ($RAY_ADDRESS, else this machine alone)"
    )
    model_arguments(target)


def predict(arguments: argparse.Namespace) -> None:
    """Scores what the flags of predict.py name.

    Raises:
        UserError: no model, or input that cannot be read.
    """
    from ..serving import files
    from ..serving.formats import FORMATS
    from ..serving.many import Work, is_pattern, score_files
    from ..serving.predictor import Predictor

    if any(len(text) < 256 and os.path.isfile(text) for text in arguments.texts):  # noqa: PTH113 - Path takes no NUL
        logging.getLogger(__name__).warning("a text is the name of a file: --input FILE scores what is in one")
    if arguments.texts and arguments.input:
        raise UserError("both texts and --input", "on the command line", "give one of them")
    if (arguments.output or arguments.column or arguments.format) and not arguments.input:
        remedy = "give --input FILE, or --input - for a pipe"
        raise UserError("--output, --column and --format need --input", "on the command line", remedy)
    if arguments.format not in (None, *FORMATS):
        raise UserError(unknown("format", arguments.format, FORMATS), "--format")
    folder, manifest = chosen_model(arguments)
    colours = sys.stdout.isatty() and not arguments.input
    scoring = files.Scoring(arguments.abstain, arguments.explain, colours)
    log = logging.getLogger(__name__)
    if arguments.input and is_pattern(arguments.input):
        if arguments.output is None:
            raise UserError("many files need a folder to go to", arguments.input, "name it with --output")
        on_cluster = arguments.executor == "ray"
        # The processes of this machine share each file; those of a cluster have files of their own.
        cores = os.cpu_count() or 1
        executor = executor_named("ray" if on_cluster else "local", cores, arguments.address)
        workers = None if arguments.executor == "processes" else 1
        work = Work(
            folder.absolute(), arguments.output.absolute(), scoring, arguments.format, arguments.column, workers
        )
        log.info("%s tweets scored, written to %s", f"{score_files(arguments.input, work, executor):,}", work.target)
    elif arguments.executor == "ray" or arguments.address is not None:
        raise UserError("a cluster scores many files", "on the command line", "give them as --input 'folder/*.csv'")
    elif arguments.input:
        scored = files.score_file(
            folder,
            arguments.input,
            arguments.output,
            sys.stdout.buffer,
            scoring=scoring,
            kind=arguments.format,
            column=arguments.column,
        )
        log.info("%s tweets scored%s", f"{scored:,}", f", written to {arguments.output}" if arguments.output else "")
    else:
        pieces = [arguments.texts] if arguments.texts else files.arriving_lines(sys.stdin.buffer)
        files.score_lines(Predictor(manifest, folder), pieces, sys.stdout.buffer, scoring)


def serve_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of serve.py."""
    target.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all (%(default)s)")
    target.add_argument("--port", type=int, default=8140, metavar="N", help="0: any that is free (%(default)s)")
    model_arguments(target)


def serve(arguments: argparse.Namespace) -> None:
    """Serves the model that the flags of serve.py choose.

    Raises:
        UserError: no such model, or the address cannot be had.
    """
    from ..serving import service
    from ..serving.predictor import Predictor

    folder, manifest = chosen_model(arguments)
    service.serve(Predictor(manifest, folder), f"{manifest.run}/{folder.name}", arguments.host, arguments.port)


def model_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags that choose a trained model."""
    target.add_argument("--model", type=Path, metavar="FOLDER", help="a run's folder (that of the newest finished run)")
    target.add_argument(
        "--quality",
        choices=QUALITIES,
        help="fast: one small model; best: the whole ensemble, some fifteen times slower (fast, where the run has it)",
    )


def chosen_model(arguments: argparse.Namespace) -> tuple[Path, "Manifest"]:
    """The folder of the model that the flags choose, and its manifest; says on standard error which.

    Raises:
        UserError: no such model, or a damaged one.
    """
    from ..serving.manifest import Manifest
    from ..serving.predictor import model_folder

    folder = model_folder(arguments.model or newest_model(SUBMISSIONS), arguments.quality)
    manifest = Manifest.read(folder)
    demo = " (DEMO: trained on made-up tweets)" if manifest.data == "demo" else ""
    logging.getLogger(__name__).info("model: %s%s", folder, demo)
    return folder, manifest


def newest_model(submissions: Path) -> Path:
    """The model folder of the run that was finished last.

    Raises:
        UserError: there is no finished run.
    """
    folders = sorted(submissions.glob("*/model"), key=lambda path: path.stat().st_mtime)
    if not folders:
        raise UserError("no model found", f"in {submissions}", "train one: bash scripts/run_all.sh")
    return folders[-1]


def _margin(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 0.5:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 0.5, is {text}")
    return number
