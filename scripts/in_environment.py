"""Imported first by every script: whichever Python was typed, the one in .venv runs it, on this checkout's package."""

import importlib.util
import os
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]
_PYTHON = _CHECKOUT / ".venv" / "bin" / "python"

if importlib.util.find_spec("sentiment140") is None:
    if _PYTHON.exists() and Path(sys.prefix).resolve() != _PYTHON.parents[1].resolve():
        os.execv(_PYTHON, [str(_PYTHON), *sys.argv])
    if importlib.util.find_spec("onnxruntime") is None:  # else what is needed to score tweets is there
        print("error: no environment in .venv, bash scripts/run_all.sh makes it", file=sys.stderr)
        sys.exit(2)
# A PYTHONPATH that names another checkout would else run that one's code and write into its submissions/.
sys.path.insert(0, str(_CHECKOUT / "src"))
