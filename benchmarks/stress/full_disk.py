"""Stress test: a disk that fills up again and again. Each time the error must be clear, and the run must continue."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.checkout import Checkout, differences
from benchmarks.stress import Outcome
from sentiment140.errors import UserError
from sentiment140.runs.run import Run

_NAME = "demo-full"
_START_KIB = 64


def full_disk(
    checkout: Checkout, expected: dict[str, object], growth: float, preset: str = "tiny.toml", *flags: object
) -> Outcome:
    """Run on a disk of 64 KiB. Each time it is full, enlarge it by a factor and continue the run.

    Args:
        checkout: the copy of the repository. Its folders `data` and `submissions` are placed on the disk, a tmpfs. This
            needs the right to mount.
        expected: the numbers of an uninterrupted run.
        growth: the factor, above 1.
        preset: the preset to run.
        flags: further flags of the command.
    """
    outcome = Outcome("a full disk")
    size = _START_KIB
    chosen = ("--preset", preset, "--data", "demo", "--run", _NAME, *flags)
    with _disk(checkout.folder / "disk", size) as disk:
        for name in ("data", "submissions"):
            (disk / name).mkdir()
            (checkout.folder / name).symlink_to(disk / name)
        while (done := checkout.run("run_all.py", *chosen)).returncode:
            outcome.tried += 1
            full, size = size, int(size * growth) + 1
            _mount("-o", f"remount,size={size}k", disk)
            outcome.lost += [f"{full} KiB: {problem}" for problem in _problems(done, checkout)]
            if outcome.lost:
                return outcome
        outcome.lost += [f"{file} differs" for file in differences(checkout.submission(_NAME), expected)]
    outcome.notes.append(f"started with {_START_KIB} KiB; the run took {size:,} KiB")
    return outcome


def _problems(done: "subprocess.CompletedProcess[bytes]", checkout: Checkout) -> Iterator[str]:
    printed = done.stderr.decode()
    last = printed.splitlines()[-1] if printed else ""
    if done.returncode != 2 or not last.startswith("error: ") or "No space left" not in last:
        yield f"exit code {done.returncode}, {last}"
    runs = checkout.folder / "submissions"
    if not (runs / _NAME).exists():
        return
    run = Run.open(runs, _NAME)
    try:
        run.check()
    except UserError as error:
        yield str(error)
    for fit in run.path("work/fits").glob("[!.]*"):
        if not run.has_fit(fit.name):
            yield f"{fit.name} is half written"


@contextmanager
def _disk(folder: Path, size: int) -> Iterator[Path]:
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}k", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _mount(*arguments: object) -> None:
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError("cannot mount a small disk", done.stderr.strip(), "run it as root")
