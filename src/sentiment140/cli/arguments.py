"""Flags that several commands share, and what they stand for."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment140 import presets
from sentiment140.ensemble.blenders import BLENDERS
from sentiment140.errors import UserError, unknown_name
from sentiment140.executors import EXECUTORS, Executor, executor_named
from sentiment140.experiment import Experiment
from sentiment140.serving import QUALITIES

if TYPE_CHECKING:  # they import pandas, which takes longer than --help should
    from sentiment140.runs.run import Folders, Run

_CHECKOUT = Path(__file__).resolve().parents[3]
ROOT = _CHECKOUT if (_CHECKOUT / "pyproject.toml").is_file() else Path.cwd()
"""Where runs and data go: the checkout that this package lies in, else the current folder."""
SUBMISSIONS = ROOT / "submissions"


def folders() -> "Folders":
    """Where runs and data go."""
    from sentiment140.runs.run import Folders

    return Folders(SUBMISSIONS, ROOT / "data")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Adds the flag that says where the data come from."""
    parser.add_argument(
        "--data",
        metavar="PATH|real|demo",
        help="folder or file with the tweets and vectors; real: never the demo corpus; demo: synthetic tweets "
        "(default: $SENTIMENT140_DATA, else data/, else download, else the demo corpus)",
    )


def add_preset(parser: argparse.ArgumentParser, default: str = "standard") -> None:
    """Adds the flags that decide which models are trained, and on which data."""
    known = f"{', '.join(presets.names())}, or a .toml file (%(default)s)"
    parser.add_argument("--preset", default=default, metavar="NAME", help=known)
    several = ("standard", "full", "course", "zoo", "ablation")
    members = "; ".join(f"{name} has {', '.join(presets.members_of(name))}" for name in several)
    parser.add_argument(
        "--members", type=_names, metavar="A,B", help=f"blend only these members of the preset ({members})"
    )
    add_data(parser)


def add_experiment(parser: argparse.ArgumentParser, default: str = "standard") -> None:
    """Adds the flags that decide a run."""
    add_preset(parser, default)
    add_run_name(parser)
    parser.add_argument("--folds", type=int, metavar="K", help="number of folds (the preset's)")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="use a stratified random sample of N tweets; 0: all (the preset's)"
    )
    parser.add_argument("--blender", metavar="NAME", help=", ".join(BLENDERS))
    parser.add_argument(
        "--holdout",
        type=float,
        metavar="SHARE",
        help="share of the texts, such as 0.1, that no stage sees; they are scored at the end",
    )
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the sample, the folds and every model")
    add_executor(parser)


def experiment_from(arguments: argparse.Namespace, **other: int) -> Experiment:
    """The experiment that the flags ask for.

    Args:
        arguments: the flags.
        other: settings that come from elsewhere, such as `seed=1`.

    Raises:
        UserError: what is wrong with it, all in one line.
    """
    given = vars(arguments) | other
    settings = {name: given[name] for name in ("folds", "limit", "seed", "blender", "holdout") if name in given}
    return presets.load(given["preset"], members=given["members"], **settings)


def add_run_name(parser: argparse.ArgumentParser) -> None:
    """Adds the flag that names a run to be made or continued."""
    named = "the run's folder in submissions/, or what the names of several start with (the preset's name)"
    parser.add_argument("--run", metavar="NAME", help=named)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Adds the flag that names an existing run."""
    parser.add_argument("--run", required=True, metavar="NAME", help="the run's folder in submissions/")


def open_run(arguments: argparse.Namespace) -> "Run":
    """The run that `--run` names.

    Raises:
        UserError: there is none of that name.
    """
    from sentiment140.runs.run import Run

    known = [path.name for path in SUBMISSIONS.glob("*/") if (path / "work").is_dir()]
    if arguments.run not in known:
        raise UserError(unknown_name("run", arguments.run, known), remedy="train it first: scripts/train.py")
    return Run.open(SUBMISSIONS, arguments.run)


def add_executor(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that say where models are trained."""
    parser.add_argument(
        "--workers",
        type=positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="models trained at a time on this machine, each on one core and in some 1.5 GB (the number of cores)",
    )
    parser.add_argument(
        "--executor",
        choices=EXECUTORS,
        default=EXECUTORS[0],
        help="where models are trained: several processes of this machine, this process alone, or a Ray cluster "
        "(%(default)s)",
    )
    add_address(parser)
    parser.add_argument(
        "--gpus", type=_share, default=0.0, metavar="G", help="GPUs that a model on the cluster takes, such as 0.5 (0)"
    )


def add_address(parser: argparse.ArgumentParser) -> None:
    """Adds the flag that says where the cluster is."""
    parser.add_argument(
        "--address", metavar="HOST:PORT", help="of the cluster's head ($RAY_ADDRESS, else this machine alone)"
    )


def executor_from(arguments: argparse.Namespace) -> Executor:
    """Where the flags say that models are trained.

    Raises:
        UserError: Ray is asked for and not installed, or flags that go with it are given without it.
    """
    return executor_named(arguments.executor, arguments.workers, arguments.address, arguments.gpus)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that choose a trained model."""
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="a run's folder (that of the newest finished run)")
    parser.add_argument(
        "--quality",
        choices=QUALITIES,
        help="fast: one small model; best: the whole ensemble, some fifteen times slower (fast, where the run has it)",
    )


def positive(text: str) -> int:
    """A whole number above 0."""
    return _at_least(text, 1)


def not_negative(text: str) -> int:
    """A whole number, 0 or more."""
    return _at_least(text, 0)


def _at_least(text: str, least: int) -> int:
    number = int(text)
    if number < least:
        raise argparse.ArgumentTypeError(f"must be at least {least}")
    return number


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _share(text: str) -> float:
    number = float(text)
    if not (number == 0 or 0.0001 <= number <= 1 or (number.is_integer() and number > 0)):
        raise argparse.ArgumentTypeError("must be a part of one (0.0001 is the least), or a whole number")
    return number
