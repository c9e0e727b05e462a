"""Stress test: kill a run at random moments. The same command must end with the numbers of an uninterrupted run."""

import itertools
import signal
import subprocess
from collections import Counter

import numpy as np
from tqdm import tqdm

from benchmarks.checkout import Checkout, differences
from benchmarks.stress import Outcome

_PRESET = ("--preset", "tiny.toml", "--data", "demo")


def kills(checkout: Checkout, expected: dict[str, object], seconds: float, times: int, seed: int = 0) -> Outcome:
    """Kill small runs (SIGKILL), and continue them.

    A run is killed after a random time of at most half the time of an uninterrupted run, and continued, until it ends
    before it is killed. Then the next run starts. A model that is fitted twice counts as lost, and so do a file with
    different numbers and a half-written file.

    Args:
        checkout: the copy of the repository in which the runs are made.
        expected: the numbers of an uninterrupted run.
        seconds: the time of an uninterrupted run.
        times: total number of kills.
        seed: seed of the random times.
    """
    outcome = Outcome("a run killed (SIGKILL)")
    moments = np.random.default_rng(seed)
    stages: Counter[str] = Counter()
    with tqdm(total=times, desc="kills") as bar:
        for number in itertools.count():
            name = f"demo-killed-{number}"
            fits = checkout.submission(name) / "work" / "fits"
            kept: dict[str, int] = {}
            while True:
                limit = moments.uniform(0, seconds / 2) if outcome.tried < times else None
                stage = _start(checkout, name, limit)
                now = {path.parent.name: path.stat().st_mtime_ns for path in fits.glob("[!.]*/fit.json")}
                outcome.lost += [f"{name}: {fit} was fitted twice" for fit in kept if now.get(fit) != kept[fit]]
                kept = now
                if stage is None:
                    break
                stages[stage] += 1
                outcome.tried += 1
                bar.update()
            folder = checkout.submission(name)
            outcome.lost += [f"{name}: {file} differs" for file in differences(folder, expected)]
            outcome.lost += [f"{name}: {path.name} was left behind" for path in folder.rglob(".*.tmp")]
            if outcome.tried >= times:
                break
    where = ", ".join(f"{count} after {stage}" for stage, count in stages.most_common())
    outcome.notes.append(f"{number + 1} runs of {seconds:.0f} s, killed {where}")
    return outcome


def _start(checkout: Checkout, name: str, limit: float | None) -> str | None:
    """Start a run, and kill it after `limit` seconds.

    Returns:
        None if the run ended before; else the last stage that it reported.
    """
    with subprocess.Popen(
        checkout.command("run_all.py", *_PRESET, "--run", name),
        cwd=checkout.folder,
        env=checkout.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _, printed = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, printed = process.communicate()
        if process.returncode not in (0, -signal.SIGKILL):
            raise RuntimeError(printed)
        return None if process.returncode == 0 else _last_stage(printed)


def _last_stage(printed: str) -> str:
    stages = [line.partition(":")[0] for line in printed.splitlines() if line.endswith(" s") and ": " in line]
    return stages[-1].rpartition("-fold")[0] or stages[-1] if stages else "the start"
