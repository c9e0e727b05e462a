"""A disk that fills up, write after write: a plain error each time, and the run goes on once there is room."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError
from ..store import Run
from . import Outcome
from .checkout import Checkout, differences

_PRESET = ("--preset", "tiny.toml", "--data", "demo", "--run", "demo-full")
_START_KIB = 64


def full_disk(checkout: Checkout, whole: dict[str, object], growth: float) -> Outcome:
    """Runs on a disk of 64 KiB; each time it is full, it is made larger by this factor and the run continued.

    Args:
        checkout: its folders `data` and `submissions` are put on that disk, a tmpfs; takes the right to mount.
        whole: the numbers of an unbroken run.
        growth: above 1.
    """
    outcome = Outcome("a disk that is full")
    size = _START_KIB
    with _disk(checkout.folder / "disk", size) as disk:
        for name in ("data", "submissions"):
            (disk / name).mkdir()
            (checkout.folder / name).symlink_to(disk / name)
        while (done := checkout.run("run_all.py", *_PRESET)).returncode:
            outcome.tried += 1
            full, size = size, int(size * growth) + 1
            _mount("-o", f"remount,size={size}k", disk)
            outcome.lost += [f"{full} KiB: {problem}" for problem in _problems(done, checkout)]
            if outcome.lost:
                return outcome
        outcome.lost += [f"{file} differs" for file in differences(checkout.submission("demo-full"), whole)]
    outcome.notes.append(f"from {_START_KIB} KiB on; the run took {size:,} KiB")
    return outcome


def _problems(done: "subprocess.CompletedProcess[bytes]", checkout: Checkout) -> Iterator[str]:
    told = done.stderr.decode()
    last = told.splitlines()[-1] if told else ""
    if done.returncode != 2 or not last.startswith("error: ") or "No space left" not in last:
        yield f"exit code {done.returncode}, {last}"
    runs = checkout.folder / "submissions"
    if not (runs / "demo-full").exists():
        return
    run = Run.open(runs, "demo-full")
    try:
        run.check()
    except UserError as error:
        yield str(error)
    for unit in run.path("work/units").glob("[!.]*"):
        if not run.unit_done(unit.name):
            yield f"{unit.name} half written"


@contextmanager
def _disk(place: Path, size: int) -> Iterator[Path]:
    place.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}k", "tmpfs", place)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _mount(*arguments: object) -> None:
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError("cannot mount a small disk", done.stderr.strip(), "try it as root")
