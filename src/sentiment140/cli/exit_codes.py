"""Run a command to the end of the process: errors in one line, exit codes, Ctrl-C."""

import errno
import logging
import os
import signal
import sys
from collections.abc import Callable

from sentiment140.errors import UserError
from sentiment140.runs.memory import memory_errors

_NO_MEMORY = "not enough memory{}, free some memory or raise its limit (ulimit -v)"

_CAUSES = {
    errno.EBADF: "standard input or output is closed, open it, or name files with --input and --output",
    errno.EMFILE: "too many open files, raise the limit (ulimit -n 1024)",
    errno.ENFILE: "too many open files on this machine, close some programs",
}
"""What some system errors mean here, and what to do about them."""


def run_command(main: Callable[[], None], *, resumes: bool = False) -> None:
    """Run a command and end the process with its exit code.

    An error that the user can correct, such as a full disk, is reported in one line and gives exit code 2. Ctrl-C gives
    130, SIGTERM 143 and SIGHUP 129. A bug of the program keeps its traceback.

    Args:
        main: the command.
        resumes: whether the same command continues where it was stopped.
    """
    _replace_closed_streams()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("sentiment140").setLevel(logging.INFO)
    received = signal.SIGINT

    def terminate(number: int, _: object) -> None:
        nonlocal received
        received = signal.Signals(number)
        raise KeyboardInterrupt

    for termination in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(termination) != signal.SIG_IGN:  # `nohup` ignores SIGHUP
            signal.signal(termination, terminate)
    hint = ": the same command continues where it was" if resumes else ""
    try:
        with memory_errors():
            main()
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except ImportError as error:
        print(f"error: {_describe_import_error(error)}", file=sys.stderr)
        sys.exit(2)
    except MemoryError as error:  # outside a stage; a stage reports which settings need less memory
        print(f"error: {_NO_MEMORY.format(f' ({error})' if str(error) else ' to start')}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"\nstopped{hint}", file=sys.stderr)
        sys.exit(128 + received)
    except BrokenPipeError:  # the reader of the pipe has closed it, as `head` does
        _discard_output()
    except OSError as error:  # a full disk or a folder without write permission, not a bug of the program
        where = f", {error.filename}" if error.filename else ""
        what = _CAUSES.get(error.errno or 0, f"{error.strerror or error}{where}{hint}")
        print(f"error: {what}", file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # what is left cannot be written, and Python must not try it again at exit
            _discard_output()
        sys.exit(2)


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _replace_closed_streams() -> None:
    """Open standard streams that are closed, so that no other file gets their number.

    Standard input and output are opened the wrong way around: a command that uses them fails with EBADF, others work.
    """
    for number, name, flags in ((0, "stdin", os.O_WRONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, flags), number)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


def _describe_import_error(error: ImportError) -> str:
    """Describe what is wrong with the installation; raise the error again if it is a bug of the program."""
    if "failed to map segment" in str(error):  # the dynamic loader's message if memory is too small for a library
        return _NO_MEMORY.format(" to start")
    package = str(error.name).partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package != __name__.partition(".")[0]:
        remedy = 'install the extra "train" in a checkout: pip install ".[train]", or bash scripts/environment.sh'
        return f"{package} is not installed, {remedy}"
    raise error
