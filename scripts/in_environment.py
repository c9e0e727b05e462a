"""Imported first by every script: whichever Python was typed, the one in .venv runs it, on this checkout's package."""

import importlib.util
import os
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]
_PYTHON = _CHECKOUT / ".venv" / "bin" / "python"

if importlib.util.find_spec("sentiment140") is None:
    if not _PYTHON.exists() or Path(sys.prefix).resolve() == _PYTHON.parents[1].resolve():
        print("error: no environment in .venv, bash scripts/run_all.sh makes it", file=sys.stderr)
        sys.exit(2)
    os.execv(_PYTHON, [str(_PYTHON), *sys.argv])
# A PYTHONPATH that names another checkout would else run that one's code and write into its submissions/.
sys.path.insert(0, str(_CHECKOUT / "src"))
