"""What the scripts share: the parser, one-line errors, exit codes; their flags are in runs and scoring."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..memory import memory_errors

if TYPE_CHECKING:  # it imports pandas, which would treble the time predict.py takes to start
    from ..store import Folders

_REPOSITORY = Path(__file__).resolve().parents[3]
SUBMISSIONS, _DATA = _REPOSITORY / "submissions", _REPOSITORY / "data"
_NO_MEMORY = "not enough memory{}, free some, or see ulimit -v"


def folders() -> "Folders":
    """Where this repository keeps things."""
    from ..store import Folders

    return Folders(SUBMISSIONS, _DATA)


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows the script's docstring as it is written."""
    return argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)


def guarded(main: Callable[[], None], *, continues: bool = False) -> None:
    """Runs a script's `main` and ends the process.

    What the user can mend, a full disk among it, is told in one line, exit code 2; Ctrl-C gives 130, SIGTERM 143.

    Args:
        main: what the script does.
        continues: whether the same command goes on where it was stopped.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("sentiment140").setLevel(logging.INFO)
    terminated = False

    def terminate(*_: object) -> None:
        nonlocal terminated
        terminated = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminate)
    way_on = ": the same command continues where it was" if continues else ""
    try:
        with memory_errors():
            main()
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except ImportError as error:
        if "failed to map segment" in str(error):  # the loader's words for a library that finds no room
            print(f"error: {_NO_MEMORY.format(' to begin')}", file=sys.stderr)
        elif (
            isinstance(error, ModuleNotFoundError)
            and str(error.name).partition(".")[0] != __package__.partition(".")[0]
        ):
            what = f"{error.name} is not installed, bash scripts/run_all.sh installs all there is"
            print(f"error: {what}", file=sys.stderr)
        else:
            raise
        sys.exit(2)
    except MemoryError as error:  # outside the stages, which say what would lower their need
        print(f"error: {_NO_MEMORY.format(f' ({error})' if str(error) else ' to begin')}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"\nstopped{way_on}", file=sys.stderr)
        sys.exit(143 if terminated else 130)
    except BrokenPipeError:  # the reader of a pipe has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk, a folder that may not be written: no fault of this program
        where = f", {error.filename}" if error.filename else ""
        print(f"error: {error.strerror or error}{where}{way_on}", file=sys.stderr)
        sys.exit(2)
