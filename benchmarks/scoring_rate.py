"""Measure what each of the terms costs `predict`: processor time, with and without emoji, emoticons and the lexicon.

Examples:
  # With the fast model of a run: the column text of a file, in three rounds
  python -m benchmarks.scoring_rate --model standard --input tweets.csv

Each command is a process of its own, and the commands take turns. The user time of a process is what counts: it depends
less than the clock on what else the machine does. It contains the start, so the file should have 200,000 rows or more.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from benchmarks.command_line import launch
from benchmarks.sentences import markdown
from sentiment140.cli.arguments import positive
from sentiment140.cli.scoring_arguments import add_model
from sentiment140.errors import UserError
from sentiment140.evaluation.judges import SCORINGS
from sentiment140.runs.places import SUBMISSIONS
from sentiment140.serving.choose import choose_model
from sentiment140.serving.formats import Options
from sentiment140.serving.score_file import read_texts

_FLAGS = ("emoji", "emoticons", "lexicon")


def command(folder: Path, source: Path, column: str | None, output: Path, scoring: str) -> list[str]:
    """Return the command that scores a file in one of the ways of `SCORINGS`."""
    terms = SCORINGS[scoring]
    flags = [part for name in _FLAGS for part in (f"--{name}", "on" if getattr(terms, name) else "off")]
    named = [] if column is None else ["--column", column]
    files = ["--input", str(source), "--output", str(output), "--overwrite"]
    return [sys.executable, "-m", "sentiment140", "predict", "--model", str(folder), *files, *named, *flags]


def measure(commands: Mapping[str, Sequence[str]], rounds: int) -> pd.DataFrame:
    """Run each command once per round.

    Args:
        commands: the commands by name.
        rounds: the number of rounds.

    Returns:
        One row per command and round: `round`, `scoring`, `user` and `wall` in seconds.

    Raises:
        UserError: a command failed.
    """
    rows = []
    for number in range(rounds):
        for name, arguments in commands.items():
            before, started = os.times(), time.perf_counter()
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)
            if done.returncode:
                raise UserError(f"predict failed: {done.stderr.strip()[-200:]}", name, "run predict alone")
            wall, after = time.perf_counter() - started, os.times()
            rows.append(
                {"round": number, "scoring": name, "user": after.children_user - before.children_user, "wall": wall}
            )
    return pd.DataFrame(rows)


def table(times: pd.DataFrame, tweets: int) -> pd.DataFrame:
    """Compare the commands with the first one.

    Args:
        times: as `measure` returns them.
        tweets: the number of tweets that each command scored.

    Returns:
        One row per command: the median of the user time, tweets per second of it, and by how much this rate differs
        from that of the first command in the same round, in percent: the median, and the lowest and highest round.
    """
    user = times.pivot(index="round", columns="scoring", values="user")[list(dict.fromkeys(times["scoring"]))]
    changes = 100 * (user.rdiv(user.iloc[:, 0], axis=0) - 1)
    return pd.DataFrame(
        {
            "scoring": name,
            "user time, s": f"{user[name].median():.2f}",
            "tweets/s": f"{tweets / user[name].median():,.0f}",
            "throughput, %": ""
            if name == user.columns[0]
            else f"{changes[name].median():+.1f} [{changes[name].min():+.1f}, {changes[name].max():+.1f}]",
        }
        for name in user
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this benchmark."""
    parser.add_argument("--input", type=Path, required=True, metavar="FILE", help="file to score (required)")
    parser.add_argument("--column", metavar="NAME", help="column with the tweets (default: by name, such as text)")
    parser.add_argument(
        "--rounds", type=positive, default=3, metavar="N", help="number of rounds (default: %(default)s)"
    )
    add_model(parser)


def main(arguments: argparse.Namespace) -> None:
    """Measure, and print the table."""
    folder, _ = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    tweets = len(read_texts(str(arguments.input), Options(column=arguments.column)))
    with tempfile.TemporaryDirectory() as place:
        output = Path(place) / arguments.input.name
        commands = {name: command(folder, arguments.input, arguments.column, output, name) for name in SCORINGS}
        print(markdown(table(measure(commands, arguments.rounds), tweets)))


if __name__ == "__main__":
    launch("benchmarks.scoring_rate", __doc__, add_arguments, main)
