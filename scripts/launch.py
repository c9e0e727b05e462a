"""Start a command with the package and the environment of this checkout, whichever Python was typed."""

import importlib.util
import os
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]
_PYTHON = _CHECKOUT / ".venv" / "bin" / "python"


def launch(command: str) -> None:
    """Run a command of `sentiment140.cli` and end the process with its exit code."""
    sys.path.insert(0, str(_CHECKOUT / "src"))  # before a PYTHONPATH that names another checkout
    if importlib.util.find_spec("onnxruntime") is None:
        if not _PYTHON.exists() or Path(sys.prefix).resolve() == _PYTHON.parents[1].resolve():
            remedy = f"create it: bash {_CHECKOUT}/scripts/environment.sh"
            print(f"error: no environment with onnxruntime, in {_CHECKOUT}/.venv, {remedy}", file=sys.stderr)
            sys.exit(2)
        os.execv(_PYTHON, [str(_PYTHON), *sys.argv])
    from sentiment140.cli import main

    main(command)
