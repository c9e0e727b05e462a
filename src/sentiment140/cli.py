"""What the scripts share: flags, one-line errors, exit codes."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from . import experiment as experiments
from .errors import UserError
from .experiment import Experiment
from .serving import QUALITIES

if TYPE_CHECKING:  # they import pandas, which would treble the time predict.py takes to start
    from .serving.manifest import Manifest
    from .store import Folders, Run

_REPOSITORY = Path(__file__).resolve().parents[2]
CHOSEN = "chosen"  # of an ablation: the member that the others differ from in one choice
BENCHMARKS = ("text", "training", "growth")
_NO_MEMORY = "not enough memory to begin, free some, or see ulimit -v"
_SUBMISSIONS, _DATA = _REPOSITORY / "submissions", _REPOSITORY / "data"


def folders() -> "Folders":
    """Where this repository keeps things."""
    from .store import Folders

    return Folders(_SUBMISSIONS, _DATA)


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows the script's docstring as it is written."""
    return argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)


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
    target.add_argument("--folds", type=int, metavar="K", help="parts the tweets are split into")
    target.add_argument("--limit", type=int, metavar="N", help="use a stratified random sample of N tweets; 0: all")
    target.add_argument("--blender", metavar="NAME", help=", ".join(experiments.BLENDER_CHOICES))
    target.add_argument(
        "--set-aside",
        type=float,
        metavar="SHARE",
        help="of the texts, such as 0.1: no stage sees them, scored at the end",
    )
    target.add_argument("--seed", type=int, metavar="S", help="of the sample, the folds and every model")
    _workers_argument(target)


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
    _workers_argument(target)


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
    _workers_argument(target)


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
    from .store import Run

    known = [path.name for path in _SUBMISSIONS.glob("*/") if (path / "work").is_dir()]
    if arguments.run not in known:
        raise UserError(experiments.unknown("run", arguments.run, known), remedy="train it first: scripts/train.py")
    return Run.open(_SUBMISSIONS, arguments.run)


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


def _run_name_argument(target: argparse.ArgumentParser) -> None:
    named = "the run's folder in submissions/, or what the names of several begin with (the preset's name)"
    target.add_argument("--run", metavar="NAME", help=named)


def _workers_argument(target: argparse.ArgumentParser) -> None:
    target.add_argument(
        "--workers",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="models trained at a time, each on one core and in some 1.5 GB; changes no number (the cores there are)",
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


def _margin(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 0.5:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 0.5, is {text}")
    return number


def predict_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags of predict.py."""
    target.add_argument("texts", nargs="*", metavar="TEXT", help="tweets; without any, lines of standard input")
    target.add_argument("--input", metavar="FILE", help="CSV, TSV, JSON Lines or Parquet, also gzipped; - for a pipe")
    target.add_argument("--output", type=Path, metavar="FILE", help="where to write it, in the same format (a pipe)")
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
    model_arguments(target)


def model_arguments(target: argparse.ArgumentParser) -> None:
    """Adds the flags that choose a trained model."""
    target.add_argument("--model", type=Path, metavar="FOLDER", help="a run's folder (that of the newest finished run)")
    target.add_argument(
        "--quality",
        choices=QUALITIES,
        help="fast: one small model; best: the whole ensemble, some fifteen times slower (fast, where the run has it)",
    )


def predict(arguments: argparse.Namespace) -> None:
    """Scores what the flags of predict.py name.

    Raises:
        UserError: no model, or input that cannot be read.
    """
    from .serving import files
    from .serving.formats import FORMATS
    from .serving.predictor import Predictor

    if any(len(text) < 256 and os.path.isfile(text) for text in arguments.texts):  # noqa: PTH113 - Path takes no NUL
        logging.getLogger(__name__).warning("a text is the name of a file: --input FILE scores what is in one")
    if arguments.texts and arguments.input:
        raise UserError("both texts and --input", "on the command line", "give one of them")
    if (arguments.output or arguments.column or arguments.format) and not arguments.input:
        remedy = "give --input FILE, or --input - for a pipe"
        raise UserError("--output, --column and --format need --input", "on the command line", remedy)
    if arguments.format not in (None, *FORMATS):
        raise UserError(experiments.unknown("format", arguments.format, FORMATS), "--format")
    folder, manifest = chosen_model(arguments)
    colours = sys.stdout.isatty() and not arguments.input
    scoring = files.Scoring(arguments.abstain, arguments.explain, colours)
    if arguments.input:
        scored = files.score_file(
            folder,
            arguments.input,
            arguments.output,
            sys.stdout.buffer,
            scoring=scoring,
            kind=arguments.format,
            column=arguments.column,
        )
        log = logging.getLogger(__name__)
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
    from .serving import service
    from .serving.predictor import Predictor

    folder, manifest = chosen_model(arguments)
    service.serve(Predictor(manifest, folder), f"{manifest.run}/{folder.name}", arguments.host, arguments.port)


def chosen_model(arguments: argparse.Namespace) -> tuple[Path, "Manifest"]:
    """The folder of the model that the flags choose, and its manifest; says on standard error which.

    Raises:
        UserError: no such model, or a damaged one.
    """
    from .serving.manifest import Manifest
    from .serving.predictor import model_folder

    folder = model_folder(arguments.model or newest_model(_SUBMISSIONS), arguments.quality)
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


class _Terminated(KeyboardInterrupt):
    """SIGTERM: what Ctrl-C is, but for the exit code."""


def _terminate(*_: object) -> None:
    raise _Terminated


def guarded(main: Callable[[], None], *, continues: bool = False) -> None:
    """Runs a script's `main` and ends the process.

    What the user can mend, a full disk among it, is told in one line, exit code 2; Ctrl-C gives 130, SIGTERM 143.

    Args:
        main: what the script does.
        continues: whether the same command goes on where it was stopped.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("sentiment140").setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, _terminate)
    way_on = ": the same command continues where it was" if continues else ""
    try:
        main()
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except ImportError as error:
        if "failed to map segment" in str(error):  # the loader's words for a library that finds no room
            print(f"error: {_NO_MEMORY}", file=sys.stderr)
        elif isinstance(error, ModuleNotFoundError) and str(error.name).partition(".")[0] != __package__:
            what = f"{error.name} is not installed, bash scripts/run_all.sh installs all there is"
            print(f"error: {what}", file=sys.stderr)
        else:
            raise
        sys.exit(2)
    except MemoryError:  # outside the stages, which say what would lower their need
        print(f"error: {_NO_MEMORY}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt as error:
        print(f"\nstopped{way_on}", file=sys.stderr)
        sys.exit(143 if isinstance(error, _Terminated) else 130)
    except BrokenPipeError:  # the reader of a pipe has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk, a folder that may not be written: no fault of this program
        where = f", {error.filename}" if error.filename else ""
        print(f"error: {error.strerror or error}{where}{way_on}", file=sys.stderr)
        sys.exit(2)
