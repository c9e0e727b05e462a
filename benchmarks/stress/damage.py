"""Stress test: change bytes in the files of a finished run. Every reader must notice the damage."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.stress import Outcome
from sentiment140.errors import UserError
from sentiment140.runs.run import Run
from sentiment140.serving.manifest import Manifest

_NOT_READ = ("report.html", "work/lock")
_CHECKED = ("fit.json", "manifest.json")  # JSON files that contain their own checksum


def damage(run: Run, flips: int, seed: int = 0) -> Outcome:
    """Change single bytes in each file of a run, and restore the file afterwards.

    A change that is not noticed counts as lost. In JSON files that contain their own checksum, whitespace may change.

    Args:
        run: a finished run.
        flips: number of bytes to change in each file, one at a time.
        seed: seed for the choice of bytes.
    """
    outcome = Outcome("a byte flipped in a file of a run")
    random = np.random.default_rng(seed)
    files = [path for path in sorted(run.folder.rglob("*")) if path.is_file()]
    names = [path.relative_to(run.folder).as_posix() for path in files]
    for path, name in tqdm(list(zip(files, names, strict=True)), desc="damage"):
        if name in _NOT_READ:
            continue
        content = path.read_bytes()
        undamaged = _read(run, path, name)
        for _ in range(flips if content else 0):
            changed = bytearray(content)
            changed[random.integers(len(content))] ^= random.integers(1, 256)
            path.write_bytes(changed)
            outcome.tried += 1
            with suppress(UserError):
                if _read(run, path, name) != undamaged or path.name not in _CHECKED:
                    outcome.lost.append(f"{name} was read as if it were undamaged")
        path.write_bytes(content)
    return outcome


def _read(run: Run, path: Path, name: str) -> Any:
    """Read the file as the package does.

    Raises:
        UserError: the reader noticed damage.
    """
    if name.startswith("model/"):
        return Manifest.read(path.parent)
    if name.startswith("work/fits/"):
        fit = path.parent.name
        if not run.has_fit(fit):
            raise UserError("damaged")
        return run.fit_facts(fit)
    name = name.removeprefix("work/sha256/")  # a damaged checksum counts as a damaged file
    if not run.has(name):
        raise UserError("damaged")
    return True
