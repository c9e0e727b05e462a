"""`submissions/ledger.csv`: one line for each finished run."""

import fcntl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment140.runs.files import atomic_path

LEDGER = "ledger.csv"


def append_to_ledger(root: Path, line: Mapping[str, Any]) -> None:
    """Writes a finished run's line into `ledger.csv`; a run finished again has its line replaced."""
    path = root / LEDGER
    with (root / f".{LEDGER}.lock").open("a") as lock:  # two runs may end at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = pd.read_csv(path, dtype=str, keep_default_na=False) if path.exists() else pd.DataFrame(columns=[*line])
        rows = pd.concat([known[known["run"] != line["run"]], pd.DataFrame([line]).astype(str)])
        with atomic_path(path) as temporary:
            rows.to_csv(temporary, index=False)
