"""Stress test: kill scoring at random moments. An output file is whole or absent, and the same command completes it."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.checkout import Checkout
from benchmarks.stress import Outcome

_SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_CODES = {0, *(-number for number in _SIGNALS), *(128 + number for number in _SIGNALS)}
_KILLS_IN_A_ROW = 5  # then the command may end
_FILES = 4  # of the folder that is scored
_KEPT = {".scored.json", ".lock"}  # in the folder of `--output`, beside the results
_TEXTS = ["I love it", "not my day :(", "so good, thank you!", "I miss you", "worst. day. ever. @you #fail http://a.bc"]
_EARLIER = b"what was there before\n"
_PATIENCE = 60.0  # seconds for worker processes to end after the command was killed
_LONGEST = 900.0  # seconds for a command to end, by itself or after a signal: one that takes longer hangs


@dataclass(frozen=True)
class Job:
    """A command that scores tweets.

    Attributes:
        name: what is scored, for the report.
        command: the command line.
        target: the folder into which it writes.
        earlier: the content of the files that it replaces; None if there are none.
    """

    name: str
    command: Sequence[str]
    target: Path
    earlier: bytes | None = None

    def reset(self, names: Sequence[str]) -> None:
        """Empty the folder; write the files of these names again if they are replaced."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir()
        for name in names if self.earlier is not None else ():
            (self.target / name).write_bytes(self.earlier or b"")

    def results(self) -> dict[str, bytes]:
        """Read the results, by file name. Hidden files are none."""
        return {path.name: path.read_bytes() for path in sorted(self.target.iterdir()) if path.name[0] != "."}

    def problems(self, expected: dict[str, bytes], *, is_complete: bool) -> Iterator[str]:
        """Compare the folder with the results of an uninterrupted command.

        Args:
            expected: the results.
            is_complete: whether the command has ended by itself.

        Yields:
            One line for each file that is neither whole nor as before, and, if the command has ended, for each file
            that is missing or left behind.
        """
        found = self.results()
        for name, content in found.items():
            if content != expected.get(name) and (is_complete or content != self.earlier):
                yield f"{self.name}: {name} is not whole"
        if is_complete:
            yield from (f"{self.name}: {name} is missing" for name in expected if name not in found)
            left = {path.name for path in self.target.iterdir()} - set(expected) - _KEPT
            yield from (f"{self.name}: {name} was left behind" for name in sorted(left))


def scoring_kills(checkout: Checkout, model: Path, times: int, rows: int = 100_000, seed: int = 0) -> Outcome:
    """Kill commands that score a new file, replace a file, or score a folder, and type them again.

    A command is killed up to five times in a row at random moments, half the time by SIGKILL, else by SIGTERM, SIGHUP
    or SIGINT. These count as lost: an output file that is neither whole nor as before, worker processes that stay, and
    after a command that ended by itself, results that differ from those of an uninterrupted one, and files left behind.

    Args:
        checkout: the copy of the repository; the files are in its folder `scoring`.
        model: the model folder.
        times: total number of kills.
        rows: number of tweets that each command scores.
        seed: seed of the moments and signals.
    """
    outcome, moments = Outcome("scoring killed"), np.random.default_rng(seed)
    signals: Counter[str] = Counter()
    jobs = _jobs(checkout, model, rows)
    whole = {job.name: _uninterrupted(checkout, job) for job in jobs}
    with tqdm(total=times, desc="scoring") as bar:
        for number in itertools.count():
            job = jobs[number % len(jobs)]
            expected, seconds = whole[job.name]
            job.reset(list(expected))
            for killed in itertools.count():
                last = killed >= _KILLS_IN_A_ROW or outcome.tried >= times
                chosen = _SIGNALS[moments.integers(len(_SIGNALS))]
                ended = _start(checkout, job, None if last else moments.uniform(0, 1.1 * seconds), chosen, outcome.lost)
                outcome.lost += job.problems(expected, is_complete=ended)
                if ended:
                    break
                signals[chosen.name] += 1
                outcome.tried += 1
                bar.update()
            if outcome.tried >= times:
                break
    outcome.notes.append(
        f"{number + 1} commands of {min(seconds for _, seconds in whole.values()):.0f} to "
        f"{max(seconds for _, seconds in whole.values()):.0f} s, {rows:,} tweets each, killed by "
        + ", ".join(f"{count} {name}" for name, count in signals.most_common())
    )
    return outcome


def _jobs(checkout: Checkout, model: Path, rows: int) -> list[Job]:
    folder = checkout.folder / "scoring"
    inputs = folder / "tweets"
    inputs.mkdir(parents=True)
    lines = [f'{number},"{_TEXTS[number % len(_TEXTS)]} {number}"\n' for number in range(rows)]
    (folder / "all.csv").write_text("id,text\n" + "".join(lines))
    for part in range(_FILES):
        (inputs / f"part-{part}.csv").write_text("id,text\n" + "".join(lines[part::_FILES]))

    def predict(source: Path, target: Path) -> list[str]:
        return checkout.command("predict.py", "--model", model, "--input", source, "--output", target)

    new, old, many = folder / "new", folder / "old", folder / "many"
    return [
        Job("a new file", predict(folder / "all.csv", new / "scored.csv"), new),
        Job("a folder", predict(inputs, many), many),
        Job("a file replaced", predict(folder / "all.csv", old / "scored.csv"), old, _EARLIER),
    ]


def _uninterrupted(checkout: Checkout, job: Job) -> tuple[dict[str, bytes], float]:
    """Return the results of a command that is not killed, and its time in seconds."""
    job.reset(())
    started = time.monotonic()
    _start(checkout, job, None, signal.SIGKILL, [])
    return job.results(), time.monotonic() - started


def _start(checkout: Checkout, job: Job, limit: float | None, chosen: signal.Signals, lost: list[str]) -> bool:
    """Start a command, and send it a signal after `limit` seconds.

    Returns:
        Whether it ended by itself.
    """
    with (
        tempfile.TemporaryFile() as printed,  # not a pipe, which worker processes that stay would keep open
        subprocess.Popen(
            job.command,
            cwd=checkout.folder,
            env=checkout.environment(),
            stdout=subprocess.DEVNULL,
            stderr=printed,
            start_new_session=True,
        ) as process,
    ):
        if limit is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=limit)
            process.send_signal(chosen)  # does nothing if the command has ended
        try:
            process.wait(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            since = "its start" if limit is None else chosen.name
            lost.append(f"{job.name}: still runs {_LONGEST:.0f} seconds after {since}")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.returncode not in _CODES:
            printed.seek(0)
            last = (printed.read().decode().splitlines() or [""])[-1]
            lost.append(f"{job.name}: exit code {process.returncode}, {last}")
    if workers := _running(process.pid):
        lost.append(f"{job.name}: {len(workers)} worker processes stayed after {chosen.name}")
    return process.returncode == 0 or process.returncode not in _CODES


def _running(session: int) -> list[int]:
    """Wait until all processes of a session have ended, and return those that do not."""
    until = time.monotonic() + _PATIENCE
    while processes := [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _session_of(entry) == session]:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return processes


def _session_of(entry: Path) -> int:
    """Return the session of a process; 0 if it has ended."""
    with suppress(OSError):
        state, _, _, session = (entry / "stat").read_text().rpartition(") ")[2].split()[:4]
        return 0 if state in "ZX" else int(session)
    return 0
