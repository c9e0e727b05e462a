"""The command line of a benchmark."""

import argparse
from collections.abc import Callable

from sentiment140.cli.exit_codes import run_command


def launch(
    module: str,
    description: str | None,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    main: Callable[[argparse.Namespace], None],
) -> None:
    """Parse the command line, run the benchmark, and end the process with its exit code.

    Args:
        module: name of the module, as typed after `python -m`.
        description: docstring of the module, which `--help` shows.
        add_arguments: adds the flags to a parser.
        main: runs the benchmark with the parsed flags.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    run_command(lambda: main(parser.parse_args()))
