"""Starts a command with this checkout's package and environment, whichever Python was typed."""

import importlib.util
import os
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]
_PYTHON = _CHECKOUT / ".venv" / "bin" / "python"


def launch(command: str) -> None:
    """Runs a command of `sentiment140.cli`."""
    sys.path.insert(0, str(_CHECKOUT / "src"))  # before a PYTHONPATH that names another checkout
    if importlib.util.find_spec("onnxruntime") is None:
        if not _PYTHON.exists() or Path(sys.prefix).resolve() == _PYTHON.parents[1].resolve():
            print("error: no environment in .venv, bash scripts/run_all.sh makes it", file=sys.stderr)
            sys.exit(2)
        os.execv(_PYTHON, [str(_PYTHON), *sys.argv])
    from sentiment140.cli import main

    main(command)
