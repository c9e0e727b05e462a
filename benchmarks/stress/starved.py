"""Stress test: too little memory. The error must name the stage and say how to use less memory."""

import subprocess

from benchmarks.checkout import Checkout, differences
from benchmarks.stress import Outcome

_MIB = range(1800, 3800, 200)  # with less, not even the libraries can be loaded


def starved(checkout: Checkout, expected: dict[str, object]) -> Outcome:
    """Start a run under each of several memory limits (ulimit -v).

    A run that ends with neither its numbers nor a one-line error counts as lost.

    Args:
        checkout: the copy of the repository in which the runs are made.
        expected: the numbers of an uninterrupted run.
    """
    outcome = Outcome("a run with too little memory")
    for mib in _MIB:
        name = f"demo-starved-{mib}"
        command = checkout.command("run_all.py", "--preset", "tiny.toml", "--data", "demo", "--run", name)
        done = subprocess.run(
            ["bash", "-c", f'ulimit -v {mib * 1024}; exec "$@"', "bash", *command],
            capture_output=True,
            cwd=checkout.folder,
            env=checkout.environment(),
            check=False,
        )
        outcome.tried += 1
        last = (done.stderr.decode().splitlines() or [""])[-1]
        outcome.notes.append(f"{mib} MiB: exit code {done.returncode}, {last}")
        if done.returncode == 0:
            outcome.lost += [f"{mib} MiB: {file} differs" for file in differences(checkout.submission(name), expected)]
        elif done.returncode != 2 or not last.startswith("error: not enough memory"):
            outcome.lost.append(f"{mib} MiB: exit code {done.returncode}, {last}")
    return outcome
