"""The flags of what trains, compares and measures."""

import argparse
import os
from typing import TYPE_CHECKING

from .. import experiment as experiments
from ..errors import UserError
from ..executors import EXECUTORS, Executor, executor_named
from ..experiment import Experiment
from . import SUBMISSIONS

if TYPE_CHECKING:  # it imports pandas, which takes longer than --help should
    from ..store import Run

CHOSEN = "chosen"  # of an ablation: the member that the others differ from in one choice
BENCHMARKS = ("text", "training", "growth")


def data_argument(target: argparse.ArgumentParser) -> None:
    """Adds the flag that says where the data come from."""
    target.add_argument(
        "--data",
        metavar="PATH|real|demo",
        help="folder or file with the tweets and vectors; real: never the demo corpus; demo: made-up tweets "
        "(default: $SENTIMENT140_DATA, else data/, else download, else the demo corpus)",
    )


def preset_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags that decide which data are needed, and from where."""
    known = f"{', '.join(experiments.presets())}, or a .toml file (%(default)s)"
    target.add_argument("--preset", default="standard", metavar="NAME", help=known)
    several = ("standard", "full", "course", "zoo", "ablation")
    members = "; ".join(f"{name} has {', '.join(experiments.members_of(name))}" for name in several)
    target.add_argument("--members", metavar="A,B", help=f"blend only these members of the preset ({members})")
    data_argument(target)


def experiment_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags that decide a run."""
    preset_arguments(target)
    _run_name_argument(target)
    target.add_argument("--folds", type=int, metavar="K", help="parts the tweets are split into (the preset's)")
    target.add_argument(
        "--limit", type=int, metavar="N", help="use a stratified random sample of N tweets; 0: all (the preset's)"
    )
    target.add_argument("--blender", metavar="NAME", help=", ".join(experiments.BLENDER_CHOICES))
    target.add_argument(
        "--set-aside",
        type=float,
        metavar="SHARE",
        help="of the texts, such as 0.1: no stage sees them, scored at the end",
    )
    target.add_argument("--seed", type=int, metavar="S", help="of the sample, the folds and every model")
    executor_arguments(target)


def experiment_from(arguments: argparse.Namespace) -> Experiment:
    """The experiment that the flags ask for.

    Raises:
        UserError: what is wrong with it, all in one line.
    """
    given = vars(arguments)
    members = given["members"]
    return experiments.load(
        given["preset"],
        members=None if members is None else [name.strip() for name in members.split(",") if name.strip()],
        **{name: given[name] for name in ("folds", "limit", "seed", "blender", "set_aside") if name in given},
    )


def ablation_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of ablate.py."""
    preset_arguments(target)
    target.set_defaults(preset="ablation")
    _run_name_argument(target)
    target.add_argument("--limit", type=int, metavar="N", help="tweets of each seed's sample; 0: all")
    target.add_argument("--seeds", type=_positive, default=3, metavar="N", help="seeds 0, 1 ... (3)")
    executor_arguments(target)


def ablation_experiments(arguments: argparse.Namespace) -> list[Experiment]:
    """The experiments that the flags of ablate.py ask for, one a seed.

    Raises:
        UserError: what is wrong with them, all in one line.
    """
    if arguments.members is not None:
        arguments.members = f"{CHOSEN},{arguments.members}"
    given = vars(arguments)
    found = [experiment_from(argparse.Namespace(**given, seed=seed)) for seed in range(arguments.seeds)]
    if CHOSEN not in found[0].ensemble:
        remedy = "give one like the preset ablation"
        raise UserError(f'no member "{CHOSEN}" to compare the others with', f"in preset {arguments.preset}", remedy)
    return found


def learning_curve_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of learning_curve.py."""
    preset_arguments(target)
    _run_name_argument(target)
    target.add_argument(
        "--sizes",
        type=_sizes,
        default=(25_000, 100_000, 400_000, 0),
        metavar="N,N",
        help="tweets to train on, 0 for all, the largest last (25000,100000,400000,0)",
    )
    target.add_argument("--seed", type=int, metavar="S", help="of the samples, the folds and every model")
    executor_arguments(target)


def learning_curve_experiments(arguments: argparse.Namespace) -> list[Experiment]:
    """The experiments that the flags of learning_curve.py ask for, one a size.

    Raises:
        UserError: what is wrong with them, all in one line.
    """
    given = vars(arguments)
    return [experiment_from(argparse.Namespace(**given, limit=size)) for size in arguments.sizes]


def run_argument(target: argparse.ArgumentParser) -> None:
    """Adds the flag that names a run that is there."""
    target.add_argument("--run", required=True, metavar="NAME", help="the run's folder in submissions/")


def open_run(arguments: argparse.Namespace) -> "Run":
    """The run that `--run` names.

    Raises:
        UserError: there is none of that name.
    """
    from ..store import Run

    known = [path.name for path in SUBMISSIONS.glob("*/") if (path / "work").is_dir()]
    if arguments.run not in known:
        raise UserError(experiments.unknown("run", arguments.run, known), remedy="train it first: scripts/train.py")
    return Run.open(SUBMISSIONS, arguments.run)


def benchmark_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of benchmark.py."""
    parts_help = f"{', '.join(BENCHMARKS)} (all)"
    # no `choices`: argparse wants an empty list among them
    target.add_argument("parts", nargs="*", type=_part, default=BENCHMARKS, metavar="PART", help=parts_help)
    data_argument(target)
    target.add_argument("--rounds", type=_positive, default=3, metavar="N", help="times each way is run (3)")
    target.add_argument(
        "--tweets", type=_not_negative, default=200_000, metavar="N", help="to train on (200,000); 0: all"
    )
    _workers_argument(target)


def peers_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of benchmark_predict.py."""
    run_argument(target)
    target.add_argument("--tweets", type=_positive, default=1_000_000, metavar="N", help="rows of the file (1,000,000)")
    target.add_argument("--fewer", type=_positive, default=100_000, metavar="N", help="rows for slow ones (100,000)")


def cluster_benchmark_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of benchmark_cluster.py."""
    parts = target.add_subparsers(dest="part", required=True, metavar="training|scoring")
    training = parts.add_parser("training", help="preset standard on a sample")
    data = os.environ.get("SENTIMENT140_DATA", "demo")
    training.add_argument(
        "--data", default=data, metavar="PATH|demo", help="as of train.py ($SENTIMENT140_DATA, or demo)"
    )
    training.add_argument("--tweets", type=_positive, default=50_000, metavar="N", help="to train on (50,000)")
    scoring = parts.add_parser("scoring", help="predict.py on made-up tweets in Parquet")
    run_argument(scoring)
    scoring.add_argument("--tweets", type=_positive, default=10_000_000, metavar="N", help="to score (10,000,000)")


def _run_name_argument(target: argparse.ArgumentParser) -> None:
    named = "the run's folder in submissions/, or what the names of several begin with (the preset's name)"
    target.add_argument("--run", metavar="NAME", help=named)


def executor_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags that say where models are trained."""
    _workers_argument(target)
    target.add_argument(
        "--executor",
        choices=EXECUTORS,
        default=EXECUTORS[0],
        help="where models are trained: several processes of this machine, this process alone, or a Ray cluster; "
        "changes no number on machines that compute alike (%(default)s)",
    )
    target.add_argument(
        "--address", metavar="HOST:PORT", help="of the cluster's head ($RAY_ADDRESS, else this machine alone)"
    )
    target.add_argument(
        "--gpus", type=_share, default=0.0, metavar="G", help="that a model on the cluster takes, such as 0.5 (0)"
    )


def executor(arguments: argparse.Namespace) -> Executor:
    """Where the flags say that models are trained.

    Raises:
        UserError: Ray is asked for and not installed, or flags that go with it are given without it.
    """
    return executor_named(arguments.executor, arguments.workers, arguments.address, arguments.gpus)


def _workers_argument(target: argparse.ArgumentParser) -> None:
    target.add_argument(
        "--workers",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="models trained at a time on this machine, each on one core and in some 1.5 GB; changes no number "
        "(the cores there are)",
    )


def _part(text: str) -> str:
    if text not in BENCHMARKS:
        raise argparse.ArgumentTypeError(experiments.unknown("part", text, BENCHMARKS))
    return text


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_not_negative(size) for size in text.split(",")))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _not_negative(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be at least 0")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not (number == 0 or 0.0001 <= number <= 1 or (number.is_integer() and number > 0)):
        raise argparse.ArgumentTypeError("must be a part of one (0.0001 is the least), or a whole number")
    return number
