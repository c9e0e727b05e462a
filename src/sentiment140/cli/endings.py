"""How a command ends: errors in one line, exit codes, Ctrl-C."""

import logging
import os
import signal
import sys
from collections.abc import Callable

from sentiment140.errors import UserError
from sentiment140.runs.memory import memory_errors

_NO_MEMORY = "not enough memory{}, free some, or see ulimit -v"


def guarded(main: Callable[[], None], *, resumes: bool = False) -> None:
    """Runs a command and ends the process.

    What the user can mend, a full disk among it, is reported in one line, exit code 2; Ctrl-C gives 130, SIGTERM 143.

    Args:
        main: what the command does.
        resumes: whether the same command continues where it was stopped.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("sentiment140").setLevel(logging.INFO)
    terminated = False

    def terminate(*_: object) -> None:
        nonlocal terminated
        terminated = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminate)
    next_step = ": the same command continues where it was" if resumes else ""
    try:
        with memory_errors():
            main()
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except ImportError as error:
        print(f"error: {_import_failure(error)}", file=sys.stderr)
        sys.exit(2)
    except MemoryError as error:  # outside the stages, which say what would lower their need
        print(f"error: {_NO_MEMORY.format(f' ({error})' if str(error) else ' to start')}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"\nstopped{next_step}", file=sys.stderr)
        sys.exit(143 if terminated else 130)
    except BrokenPipeError:  # the reader of a pipe has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk, a folder that may not be written: no fault of this program
        where = f", {error.filename}" if error.filename else ""
        print(f"error: {error.strerror or error}{where}{next_step}", file=sys.stderr)
        sys.exit(2)


def _import_failure(error: ImportError) -> str:
    """What is wrong with the installation; raises the error where the fault is the program's."""
    if "failed to map segment" in str(error):  # the loader's words for a library that finds no room
        return _NO_MEMORY.format(" to start")
    package = str(error.name).partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package != __name__.partition(".")[0]:
        remedy = 'install the extra "train" in a checkout: pip install ".[train]", or bash scripts/run_all.sh'
        return f"{package} is not installed, {remedy}"
    raise error
