"""SIGKILL at random moments of a run; the same command must end with the numbers of an unbroken one."""

import itertools
import signal
import subprocess
from collections import Counter

import numpy as np
from tqdm import tqdm

from . import Outcome
from .checkout import Checkout, differences

_PRESET = ("--preset", "tiny.toml", "--data", "demo")


def kills(checkout: Checkout, whole: dict[str, object], seconds: float, times: int, seed: int = 0) -> Outcome:
    """Kills small runs until that was done so many times.

    Each start is killed after a random part of half the time that an unbroken run takes, and begun again, until it is
    finished before its time; then comes the next run. Lost is a unit that had to be fitted twice, a file with other
    numbers, or one left half written.

    Args:
        checkout: where.
        whole: the numbers of an unbroken run.
        seconds: that it took.
        times: runs are killed.
        seed: of the moments.
    """
    outcome = Outcome("a run killed (SIGKILL)")
    moments = np.random.default_rng(seed)
    stages: Counter[str] = Counter()
    with tqdm(total=times, desc="kills") as bar:
        for number in itertools.count():
            name = f"demo-killed-{number}"
            units = checkout.submission(name) / "work" / "units"
            kept: dict[str, int] = {}
            while True:
                limit = moments.uniform(0, seconds / 2) if outcome.tried < times else None
                told = _start(checkout, name, limit)
                now = {path.parent.name: path.stat().st_mtime_ns for path in units.glob("[!.]*/unit.json")}
                outcome.lost += [f"{name}: {unit} fitted twice" for unit in kept if now.get(unit) != kept[unit]]
                kept = now
                if told is None:
                    break
                stages[told] += 1
                outcome.tried += 1
                bar.update()
            folder = checkout.submission(name)
            outcome.lost += [f"{name}: {file} differs" for file in differences(folder, whole)]
            outcome.lost += [f"{name}: {path.name} left behind" for path in folder.rglob(".*.tmp")]
            if outcome.tried >= times:
                break
    where = ", ".join(f"{count} after {stage}" for stage, count in stages.most_common())
    outcome.notes.append(f"{number + 1} runs of {seconds:.0f} s, killed {where}")
    return outcome


def _start(checkout: Checkout, name: str, limit: float | None) -> str | None:
    """Starts or continues a run; the last stage it told of if it was killed after `limit` seconds, None if it ended."""
    with subprocess.Popen(
        checkout.command("run_all.py", *_PRESET, "--run", name),
        cwd=checkout.folder,
        env=checkout.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _, told = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, told = process.communicate()
        if process.returncode not in (0, -signal.SIGKILL):
            raise RuntimeError(told)
        return None if process.returncode == 0 else _last_stage(told)


def _last_stage(told: str) -> str:
    stages = [line.partition(":")[0] for line in told.splitlines() if line.endswith(" s") and ": " in line]
    return stages[-1].rpartition("-fold")[0] or stages[-1] if stages else "the start"
