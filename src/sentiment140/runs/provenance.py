"""Which code makes a run's numbers: this package's and the libraries'."""

import hashlib
import os
import platform
from contextlib import suppress
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_ROOMS = ("data", "text", "models", "training", "ensemble", "labels.py")  # what follows them only reads the numbers
_LIBRARIES = ("tensorflow", "keras", "scikit-learn", "gensim", "numpy", "pandas", "onnxruntime")


def code_fingerprint(*, everything: bool = False) -> dict[str, str]:
    """A digest of each file of this package that decides a run's numbers, by its name, and the versions beside it.

    Args:
        everything: all files of the package instead.

    Raises:
        RuntimeError: a folder that decides numbers is missing, so the fingerprint would leave it out.
    """
    files = sorted(_PACKAGE.rglob("*.py") if everything else (file for room in _ROOMS for file in _files(room)))
    digests = {
        file.relative_to(_PACKAGE).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files
    }
    return digests | versions()


def _files(room: str) -> list[Path]:
    place = _PACKAGE / room
    files = [place] if place.is_file() else list(place.rglob("*.py"))
    if not files:
        raise RuntimeError(f"{place} is missing: a run's numbers depend on it")
    return files


def versions() -> dict[str, str]:
    """The versions of Python and of the installed libraries that decide a run's numbers, by name."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    found = {"python": platform.python_version(), "backend": backend}
    for name in dict.fromkeys((*_LIBRARIES, backend)):
        with suppress(metadata.PackageNotFoundError):  # who only scores tweets has few
            found[name] = metadata.version(name)
    return found
