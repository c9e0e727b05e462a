"""Which code makes a run's numbers: this package's and the libraries'."""

import hashlib
import os
import platform
from contextlib import suppress
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PARTS = ("corpus", "text", "folds.py", "models", "training", "ensemble")  # what follows them only reads the numbers
_LIBRARIES = ("tensorflow", "keras", "scikit-learn", "gensim", "numpy", "pandas", "onnxruntime")


def code_fingerprint(*, everything: bool = False) -> dict[str, str]:
    """A digest of each file of this package that decides a run's numbers, by its name, and the versions beside it.

    Args:
        everything: all files of the package instead.
    """
    parts = [_PACKAGE] if everything else [_PACKAGE / part for part in _PARTS]
    files = sorted(file for part in parts for file in ([part] if part.is_file() else part.rglob("*.py")))
    digests = {
        file.relative_to(_PACKAGE).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files
    }
    return digests | versions()


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that decide a run's numbers, by name, as far as they are there."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    found = {"python": platform.python_version(), "backend": backend}
    for name in dict.fromkeys((*_LIBRARIES, backend)):
        with suppress(metadata.PackageNotFoundError):  # who only scores tweets has few
            found[name] = metadata.version(name)
    return found
