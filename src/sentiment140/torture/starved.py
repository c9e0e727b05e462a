"""An address space that is too small: the error must name the stage and what would lower its need."""

import subprocess

from . import Outcome
from .checkout import Checkout, differences

_MIB = range(1800, 3800, 200)  # below, not even the libraries can be loaded


def starved(checkout: Checkout, whole: dict[str, object]) -> Outcome:
    """A run of its own under each limit (ulimit -v); lost is what ends in anything but numbers or a plain line."""
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
            outcome.lost += [f"{mib} MiB: {file} differs" for file in differences(checkout.submission(name), whole)]
        elif done.returncode != 2 or not last.startswith("error: not enough memory"):
            outcome.lost.append(f"{mib} MiB: exit code {done.returncode}, {last}")
    return outcome
