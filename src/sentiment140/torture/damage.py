"""Bytes flipped in the files of a finished run: each must be noticed by what reads the file."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ..errors import UserError
from ..serving.manifest import Manifest
from ..store import Run
from . import Outcome

_NOT_READ = ("report.html", "work/lock")
_SEALED = ("unit.json", "manifest.json")


def damage(run: Run, flips: int, seed: int = 0) -> Outcome:
    """Flips one byte of each file of a run, so many times, and puts it back.

    Lost is a change that goes unnoticed; but in a sealed JSON file one blank may become another.
    """
    outcome = Outcome("a byte flipped in a file of a run")
    random = np.random.default_rng(seed)
    files = [path for path in sorted(run.folder.rglob("*")) if path.is_file()]
    names = [path.relative_to(run.folder).as_posix() for path in files]
    for path, name in tqdm(list(zip(files, names, strict=True)), desc="damage"):
        if name in _NOT_READ:
            continue
        content = path.read_bytes()
        sound = _read(run, path, name)
        for _ in range(flips if content else 0):
            changed = bytearray(content)
            changed[random.integers(len(content))] ^= random.integers(1, 256)
            path.write_bytes(changed)
            outcome.tried += 1
            with suppress(UserError):
                if _read(run, path, name) != sound or path.name not in _SEALED:
                    outcome.lost.append(f"{name} was read as if it were sound")
        path.write_bytes(content)
    return outcome


def _read(run: Run, path: Path, name: str) -> Any:
    """What the package reads of this file."""
    if name.startswith("model/"):
        return Manifest.read(path.parent)
    if name.startswith("work/units/"):
        unit = path.parent.name
        if not run.unit_done(unit):
            raise UserError("not done")
        return run.unit_facts(unit)
    name = name.removeprefix("work/sha256/")  # a damaged checksum counts as a damaged file
    if not run.has(name):
        raise UserError("damaged")
    return True
