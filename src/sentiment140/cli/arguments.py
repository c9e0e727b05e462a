"""Flags that several commands share, and what the commands make of them."""

import argparse
import os
import shlex
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment140 import presets
from sentiment140.cli.data_arguments import add_data
from sentiment140.ensemble.blenders import BLENDERS
from sentiment140.errors import UserError, unknown_name
from sentiment140.executors import EXECUTORS, Executor, executor_named
from sentiment140.experiment import Experiment
from sentiment140.runs.places import CHECKOUT, IN_CHECKOUT, ROOT, SUBMISSIONS

if TYPE_CHECKING:  # imports pandas, which takes longer than --help should
    from sentiment140.runs.run import Folders, Run

FOLDS_AND_SAMPLING = "folds and sampling"
"""Title of an argument group."""


def folders() -> "Folders":
    """Return the folders of runs and data."""
    from sentiment140.runs.run import Folders

    return Folders(SUBMISSIONS, ROOT / "data")


def how_to_type(command: str) -> str:
    """Return the start of a command line: of a script in a checkout, of `sentiment140` elsewhere."""
    if not IN_CHECKOUT:
        return f"sentiment140 {command}"
    return f"python {shown_path(CHECKOUT / 'scripts' / command.replace('-', '_'))}.py"


def shown_path(path: Path) -> str:
    """Return a path as it is typed in the current folder: relative if it is inside, quoted if it needs quotes."""
    return shlex.quote(str(path).removeprefix(f"{Path.cwd()}/"))


def add_preset(parser: argparse.ArgumentParser, default: str = "standard") -> argparse._ArgumentGroup:
    """Add the flags that choose models and data.

    Returns:
        The argument group of these flags.
    """
    group = parser.add_argument_group("data and models")
    known = ", ".join(presets.names())
    group.add_argument(
        "--preset",
        default=default,
        metavar="NAME",
        help=f"settings of the run: {known}, or the path of a .toml file (default: %(default)s)",
    )
    members = ", ".join(presets.members_of("standard"))
    group.add_argument(
        "--members",
        type=_names,
        metavar="A,B",
        help=f"blend only these members of the preset. standard has {members}; a wrong name lists those of the "
        "preset; the reference is trained in any case (default: all)",
    )
    add_data(group)
    return group


def add_experiment(parser: argparse.ArgumentParser, default: str = "standard") -> None:
    """Add all flags that define a run."""
    add_run_name(parser)
    models = add_preset(parser, default)
    models.add_argument(
        "--blender",
        type=one_of("blender", BLENDERS),
        metavar="NAME",
        help=f"method that blends the members: {', '.join(BLENDERS)} ({_default_of(default, 'blender')})",
    )
    models.add_argument(
        "--test",
        type=Path,
        metavar="FILE",
        help="CSV file with the tweets to predict, gzipped or not: columns id,text; or Sentiment140's six, with "
        "labels to score (default: the hand-labeled tweets that come with the training tweets, if they do)",
    )
    models.add_argument(
        "--require-vectors",
        action="store_true",
        help="stop if the preset's word vectors are neither found nor downloaded (default: start from word2vec vectors "
        "instead, and say so; --data real requires them too)",
    )
    sampling = parser.add_argument_group(FOLDS_AND_SAMPLING)
    sampling.add_argument(
        "--folds", type=int, metavar="K", help=f"number of folds, 2 to 100 ({_default_of(default, 'folds')})"
    )
    add_limit(sampling, default)
    sampling.add_argument(
        "--holdout",
        type=float,
        metavar="SHARE",
        help="share of the texts to hold out, 0 to 0.5: no stage sees them; they score the student and calibrate the "
        "mean of the folds' models. 0: none, the student has no score "
        f"({_default_of(default, 'holdout')})",
    )
    add_seed(sampling, default)
    models.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other setting of the preset, as in a .toml file; may be repeated: "
        "--set members.conv_bilstm.fit.epochs=3 --set reference=nb_logistic (default: none)",
    )
    add_executor(parser)


def add_limit(parser: argparse._ActionsContainer, default: str) -> None:
    """Add the flag that limits the number of tweets."""
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help=f"train on a stratified random sample of N tweets; 0: all tweets ({_default_of(default, 'limit')})",
    )


def add_seed(parser: argparse._ActionsContainer, default: str) -> None:
    """Add the flag that sets the random seed."""
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help=f"random seed of the sample, the folds and every model ({_default_of(default, 'seed')})",
    )


def experiment_from(arguments: argparse.Namespace, **other: int) -> Experiment:
    """Create the experiment that the flags describe.

    Args:
        arguments: the flags.
        other: settings that are not flags of the command, such as `seed=1`.

    Raises:
        UserError: flags or preset are invalid; the message is one line with all problems.
    """
    given = vars(arguments) | other
    settings = {name: given[name] for name in ("folds", "limit", "seed", "blender", "holdout") if name in given}
    overrides = given.get("overrides", ())
    return presets.load(given["preset"], members=given["members"], overrides=overrides, **settings)


def add_run_name(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Add the flag that names a new run, or an unfinished one to continue.

    Args:
        parser: the parser.
        several: whether the command makes several runs, whose names start with this one.
    """
    what = "start of the names of the runs, which are folders" if several else "name of the run, a folder"
    parser.add_argument("--run", metavar="NAME", help=f"{what} in submissions/ (default: the preset's name)")


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the required flag that names an existing run."""
    parser.add_argument("--run", required=True, metavar="NAME", help="the run, a folder in submissions/ (required)")


def open_run(arguments: argparse.Namespace) -> "Run":
    """Open the run that `--run` names.

    Raises:
        UserError: no run has that name.
    """
    from sentiment140.runs.run import Run

    known = [path.name for path in SUBMISSIONS.glob("*/") if (path / "work").is_dir()]
    if arguments.run not in known:
        remedy = f"train it first: {how_to_type('train')} --run NAME"
        raise UserError(unknown_name("run", arguments.run, known), f"in {SUBMISSIONS}", remedy)
    return Run.open(SUBMISSIONS, arguments.run)


def add_executor(parser: argparse.ArgumentParser) -> None:
    """Add the flags that choose where models are trained."""
    group = parser.add_argument_group("where to train")
    add_place(group)
    group.add_argument(
        "--workers",
        type=positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="models trained at the same time on this machine, each on one core and in about 1.5 GB of memory "
        "(default: number of cores, %(default)s here)",
    )
    group.add_argument(
        "--gpus",
        type=_gpu_share,
        default=0.0,
        metavar="N",
        help="GPUs per model on a Ray cluster; 0.5 lets two models share one (default: 0)",
    )


def add_place(parser: argparse._ActionsContainer) -> None:
    """Add the flags that choose an executor and, for a Ray cluster, its address."""
    parser.add_argument(
        "--executor",
        type=executor_name,
        default=EXECUTORS[0],
        metavar="NAME",
        help="processes: several processes of this machine; local: this process only; ray: a Ray cluster "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--address",
        metavar="HOST:PORT",
        help="address of the Ray cluster's head, with --executor ray (default: $RAY_ADDRESS, else a cluster of this "
        "machine only)",
    )


def executor_from(arguments: argparse.Namespace) -> Executor:
    """Create the executor that the flags describe.

    Raises:
        UserError: Ray is chosen and not installed, or flags of a Ray cluster are given without it.
    """
    return executor_named(arguments.executor, arguments.workers, arguments.address, arguments.gpus)


def positive(text: str) -> int:
    """Parse a whole number above 0.

    Examples:
        >>> positive("3")
        3
    """
    return _at_least(text, 1)


def not_negative(text: str) -> int:
    """Parse a whole number, 0 or above.

    Examples:
        >>> not_negative("0")
        0
    """
    return _at_least(text, 0)


def executor_name(text: str) -> str:
    """Check the name of an executor."""
    return one_of("executor", EXECUTORS)(text)


def one_of(what: str, known: Collection[str]) -> Callable[[str], str]:
    """Create a parser of names. Unlike argparse's `choices`, it suggests the most similar name."""

    def parse(text: str) -> str:
        if text not in known:
            raise argparse.ArgumentTypeError(unknown_name(what, text, known))
        return text

    return parse


def _default_of(preset: str, setting: str) -> str:
    """Describe the default of a setting, such as "default: the preset's, 5 in standard"."""
    value = getattr(presets.load(preset), setting)
    text = f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
    return f"default: the preset's, {text} in {preset}"


def _at_least(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number, at least {least}, is {text}")
    return number


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _gpu_share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not (number == 0 or 0.0001 <= number <= 1 or (number.is_integer() and number > 0)):
        raise argparse.ArgumentTypeError(f"must be a number from 0.0001 to 1, or a whole number, is {text}")
    return number
