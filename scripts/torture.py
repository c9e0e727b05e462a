"""Kills, starves and damages small runs, feeds the readers rubbish, overloads the service; prints what was lost.

python scripts/torture.py                       everything, two hours or so
python scripts/torture.py kill --kills 10       a run killed at ten random moments, and continued each time
python scripts/torture.py fuzz --minutes 1      each reader of files for a minute
python scripts/torture.py disk                  a disk that is full again and again; as root, it is a tmpfs

It works in a copy in the temporary folder, on made-up tweets; nothing of yours is touched.
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from pathlib import Path

from sentiment140 import cli


def main() -> None:
    """Parses, does harm, prints."""
    from sentiment140.torture import command, table

    parser = cli.parser(__doc__)
    command.add_arguments(parser)
    outcomes = []
    for outcome in command.torture(Path(__file__).resolve().parents[1], parser.parse_args()):
        print(table([outcome]), flush=True)
        outcomes.append(outcome)
    print("", table(outcomes), sep="\n")


if __name__ == "__main__":
    cli.guarded(main)
