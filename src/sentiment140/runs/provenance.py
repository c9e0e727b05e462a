"""Fingerprint of the code that produces a run's numbers: this package and the libraries it uses."""

import hashlib
import os
import platform
from contextlib import suppress
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# Everything that decides predictions. The later parts (evaluation, report, serving) only read them.
_FINGERPRINTED = ("data", "text", "models", "training", "ensemble", "labels.py", "runs/files.py", "runs/stage.py")
_LIBRARIES = ("tensorflow", "keras", "scikit-learn", "gensim", "numpy", "pandas", "onnxruntime")


def code_fingerprint(*, everything: bool = False) -> dict[str, str]:
    """Compute a digest of each source file that decides a run's numbers, and add the versions of the libraries.

    Args:
        everything: include all files of the package instead.

    Returns:
        The first 12 hexadecimal digits of the SHA-256 by file name, and the `versions` by library.

    Raises:
        RuntimeError: a part of the package that decides numbers is missing, so the fingerprint would be incomplete.
    """
    if everything:
        files = sorted(_PACKAGE.rglob("*.py"))
    else:
        files = sorted(file for part in _FINGERPRINTED for file in _source_files(part))
    digests = {
        file.relative_to(_PACKAGE).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files
    }
    return digests | versions()


def _source_files(part: str) -> list[Path]:
    path = _PACKAGE / part
    files = [path] if path.is_file() else list(path.rglob("*.py"))
    if not files:
        raise RuntimeError(f"{path} is missing: a run's numbers depend on it")
    return files


def versions() -> dict[str, str]:
    """Return the versions of Python and of the installed libraries that decide a run's numbers, by name."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    found = {"python": platform.python_version(), "backend": backend}
    for name in dict.fromkeys((*_LIBRARIES, backend)):
        with suppress(metadata.PackageNotFoundError):  # an installation that only scores tweets has few of them
            found[name] = metadata.version(name)
    return found
