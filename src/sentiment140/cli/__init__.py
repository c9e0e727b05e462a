"""The command line: `sentiment140 COMMAND`, and the scripts of the same names. There is one module per command.

The docstring of a command's module is its help text; `{prog}` in it stands for how the command was started. The module
has `add_arguments(parser)` and `run(arguments)`, and perhaps `prepared(parser, given)`, which rearranges what was
typed.
Heavy libraries are imported in `run` only, so that `--help` and a wrong flag get an answer at once.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType

from sentiment140.cli.exit_codes import run_command
from sentiment140.errors import unknown_name

COMMANDS = (
    *("run", "predict", "serve", "compare", "ablate", "learning-curve"),
    *("fetch", "train", "blend", "report", "fit-terms", "adapt"),
)

_RESUMING = {"run", "compare", "ablate", "learning-curve", "fetch", "train", "blend"}  # continue what was stopped


def main(command: str | None = None, argv: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code.

    Args:
        command: one of COMMANDS; if None, the first argument names the command.
        argv: the arguments; if None, those of the process.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    if command is None:
        command = _parse_command(given)
        given = given[1:]
        prog = f"sentiment140 {command}"
    else:
        prog = "bash scripts/run_all.sh" if command == "run" else f"python scripts/{command.replace('-', '_')}.py"
    run_command(lambda: _run(command, given, prog), resumes=command in _RESUMING)


def _run(command: str, given: list[str], prog: str) -> None:
    module = _module(command)
    parser = argparse.ArgumentParser(
        prog=prog,
        description=str(module.__doc__).replace("{prog}", prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    given = module.prepared(parser, given) if hasattr(module, "prepared") else given
    module.run(parser.parse_args(given))


def _parse_command(given: Sequence[str]) -> str:
    from sentiment140 import __version__

    summaries = "\n".join(f"  {name:15} {_summary(name)}" for name in COMMANDS)
    parser = argparse.ArgumentParser(
        prog="sentiment140",
        usage="sentiment140 COMMAND [FLAGS]",
        description=f"Train an ensemble on Sentiment140 and score new tweets.\n\ncommands:\n{summaries}",
        epilog="`sentiment140 COMMAND --help` shows the flags and examples of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sentiment140 {__version__}")
    parser.add_argument("command", metavar="COMMAND", help="one of the commands above")
    command = str(parser.parse_args(given[:1]).command)
    if command not in COMMANDS:
        parser.error(unknown_name("command", command, COMMANDS))
    return command


def _module(command: str) -> ModuleType:
    return importlib.import_module(f"sentiment140.cli.{command.replace('-', '_')}")


def _summary(command: str) -> str:
    return str(_module(command).__doc__).partition("\n")[0].rstrip(".")
