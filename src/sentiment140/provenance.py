"""Which code makes a run's numbers: this package's and the libraries'."""

import hashlib
import platform
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PARTS = ("corpus", "text", "folds.py", "models", "training", "ensemble")  # what follows them only reads the numbers
_LIBRARIES = ("tensorflow", "keras", "scikit-learn", "gensim", "numpy", "pandas", "onnxruntime")


def code_fingerprint() -> dict[str, str]:
    """A digest of each file of this package that decides a run's numbers, by its name, and the versions beside it."""
    parts = [_PACKAGE / part for part in _PARTS]
    files = sorted(file for part in parts for file in ([part] if part.is_file() else part.rglob("*.py")))
    digests = {
        file.relative_to(_PACKAGE).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files
    }
    return digests | versions()


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that decide a run's numbers, by name."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in _LIBRARIES}}
