"""Fingerprints of the code that produces a run's numbers, and the versions of the libraries that it uses."""

import hashlib
import os
import platform
from contextlib import suppress
from importlib import metadata
from typing import Any

from sentiment140.runs import source
from sentiment140.runs.source import SourceFile, digest

# What decides the numbers of a fit, given its settings and arrays. The arrays have fingerprints of their own
# (training/fingerprints.py), so what only prepares them is not listed: it may change without changing them.
SHARED = (
    *("data/arrays.py", "text/vocabulary.py", "text/ragged.py", "text/ngrams.py", "text/word2vec.py"),
    *("text/vectors.py", "models/embedding.py", "models/ngram_weights.py", "models/keras_setup.py"),
    *("training/__init__.py", "training/fit.py", "training/batches.py", "training/optimizer.py"),
    *("training/word_vectors.py", "labels.py"),
)
# The architectures: a file, and the name of the registry in it. A change of one does not concern the others.
ARCHITECTURES = {"models/neural.py": "KERAS", "models/linear.py": "SKLEARN"}
STUDENT_CODE = (
    "training/distillation.py",
    *("text/tokenize.py", "text/characters.py", "text/hashtags.py", "text/stopwords.py"),
)
SPLIT_CODE = ("evaluation/split_strategies.py", "data/folds.py")
_LIBRARIES = ("tensorflow", "keras", "scikit-learn", "gensim", "numpy", "pandas", "onnxruntime", "ftfy")


def fit_code(architecture: str, *further: str) -> dict[str, str]:
    """Compute the fingerprint of the code that fits depend on, without comments and docstrings.

    Args:
        architecture: the name of the architecture.
        further: further files that decide the result, relative to the package.

    Returns:
        A hash by what it is of: "shared" code of all fits, the "architecture", and each further file.

    Raises:
        RuntimeError: a file or the architecture is missing, so that the fingerprint would be incomplete.
    """
    shared = [statement for name in SHARED for statement in _read(name).statements]
    own = []
    for name, registry in ARCHITECTURES.items():
        file = _read(name)
        functions = file.registered(registry)
        shared += file.without(functions, registry)
        own += file.needed_by([architecture]) if architecture in functions else []
    if not own:
        raise RuntimeError(f"{architecture} is missing in {' and '.join(ARCHITECTURES)}: a run's numbers depend on it")
    of_files = {name: digest(_read(name).statements) for name in further}
    return {"shared": digest(shared), "architecture": digest(own), **of_files}


def vectors_code() -> dict[str, str]:
    """Compute the fingerprint of the code that word vectors depend on; see `fit_code`."""
    names = ("training/word_vectors.py", "text/word2vec.py", "text/vectors.py", "text/vocabulary.py", "text/ragged.py")
    return {"shared": digest(statement for name in names for statement in _read(name).statements)}


def _read(name: str) -> SourceFile:
    try:
        return SourceFile(name)
    except FileNotFoundError as error:
        raise RuntimeError(f"{name} is missing: a run's numbers depend on it") from error


def package_digests() -> dict[str, str]:
    """Compute a hash of each source file of the package as it is, and add the versions of the libraries.

    Returns:
        The first 12 hexadecimal digits of the SHA-256 by file name, and the `versions` by library.
    """
    files = sorted(source.PACKAGE.rglob("*.py"))
    digests = {
        file.relative_to(source.PACKAGE).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        for file in files
    }
    return digests | versions()


def package_code() -> str:
    """Compute one hash of the code that makes a run's files, without comments and docstrings, and of the versions."""
    names = (file.relative_to(source.PACKAGE).as_posix() for file in sorted(source.PACKAGE.rglob("*.py")))
    parts = [digest(_read(name).statements) for name in names if not name.startswith("cli/")]
    return hashlib.sha256(repr((parts, versions())).encode()).hexdigest()[:12]


def package_state() -> dict[str, Any]:
    """Return both fingerprints of the package: `exact` by file, and `meaning`, which ignores comments."""
    return {"exact": package_digests(), "meaning": package_code()}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the installed libraries that decide a run's numbers, by name."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    found = {"python": platform.python_version(), "backend": backend}
    for name in dict.fromkeys((*_LIBRARIES, backend)):
        with suppress(metadata.PackageNotFoundError):  # an installation that only scores tweets has few of them
            found[name] = metadata.version(name)
    return found
