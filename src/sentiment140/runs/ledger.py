"""The ledger of all finished runs, `submissions/ledger.csv`: one row per run."""

import fcntl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentiment140.runs.files import atomic_path

LEDGER = "ledger.csv"


def append_to_ledger(root: Path, line: Mapping[str, Any]) -> None:
    """Write the row of a finished run; the row of an earlier run of the same name is replaced.

    Args:
        root: the folder of all runs, which holds the ledger.
        line: value by column; `run` is the run's name.
    """
    import pandas as pd  # imported here: the name of a run is checked in a moment

    path = root / LEDGER
    with (root / f".{LEDGER}.lock").open("a") as lock:  # two runs may finish at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = pd.read_csv(path, dtype=str, keep_default_na=False) if path.exists() else pd.DataFrame(columns=[*line])
        rows = pd.concat([known[known["run"] != line["run"]], pd.DataFrame([line]).astype(str)])
        with atomic_path(path) as temporary:
            rows.to_csv(temporary, index=False)
