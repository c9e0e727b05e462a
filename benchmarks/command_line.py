"""What the command lines of the benchmarks share."""

import argparse
from collections.abc import Callable

from sentiment140.cli.endings import guarded


def launch(
    module: str,
    description: str | None,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    main: Callable[[argparse.Namespace], None],
) -> None:
    """Parses the command line and runs a command to the end of the process.

    Args:
        module: what follows `python -m`.
        description: the module's docstring, shown by `--help`.
        add_arguments: adds the flags.
        main: what the command does.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    guarded(lambda: main(parser.parse_args()))
