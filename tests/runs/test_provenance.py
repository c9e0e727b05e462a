"""Test that the fingerprint of the code covers every file that decides the numbers of a fit."""

import ast
import shutil
from pathlib import Path

import pytest

from sentiment140.runs import provenance, source
from sentiment140.runs.provenance import (
    ARCHITECTURES,
    SHARED,
    SPLIT_CODE,
    STUDENT_CODE,
    fit_code,
    package_code,
    package_digests,
    vectors_code,
    versions,
)
from support import REPOSITORY

PACKAGE = REPOSITORY / "src" / "sentiment140"

DO_NOT_DECIDE_NUMBERS = (
    "experiment.py",  # the settings of a fit are part of its fingerprint, by value
    "errors.py",  # an error ends the run and changes no number
    "executors/",  # where a fit runs changes no number
    "progress/",  # nor does what it shows
    "runs/",  # nor how files are written or memory is trimmed
    "__init__.py",  # of the package itself: the version and the lazy import of Predictor
    *("data/__init__.py", "text/__init__.py", "models/__init__.py"),  # docstrings
    *("text/tokenize.py", "text/stopwords.py"),  # the ids of the tweets are part of the fingerprint, by value
)


def imported(file: str) -> set[str]:
    """Find the files of the package that a file imports anywhere, including the `__init__.py` of their folders."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / file).read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    found: set[str] = set()
    for name in names:
        first, *parts = name.split(".")
        if first == "sentiment140":
            places = [Path(*parts[:depth]) for depth in range(len(parts) + 1)]
            found |= {place.with_suffix(".py").as_posix() for place in places if place.name}
            found |= {(place / "__init__.py").as_posix() for place in places}
    return {path for path in found if (PACKAGE / path).is_file()}


def imported_by(*files: str) -> set[str]:
    """Find all files that these import, directly or indirectly, without following `DO_NOT_DECIDE_NUMBERS`."""
    seen: set[str] = set()
    waiting = set(files)
    while waiting:
        file = waiting.pop()
        seen.add(file)
        waiting |= {path for path in imported(file) if not path.startswith(DO_NOT_DECIDE_NUMBERS)} - seen
    return seen


def test_the_fingerprint_covers_every_file_that_decides_the_numbers_of_a_fit():
    assert imported_by("training/fit.py", "training/word_vectors.py") == {*SHARED, *ARCHITECTURES}


def test_the_student_depends_on_how_its_tweets_are_read_too():
    needed = imported_by("training/distillation.py", "text/tokenize.py", "text/stopwords.py")
    assert needed <= {*SHARED, *ARCHITECTURES, *STUDENT_CODE}


def test_the_split_strategies_depend_on_their_folds_too():
    needed = imported_by("evaluation/split_strategies.py")
    others = ("training/fingerprints", "training/duration", "evaluation/__init__")
    assert {path for path in needed if not path.startswith(others)} <= {*SHARED, *ARCHITECTURES, *SPLIT_CODE}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package whose code the fingerprints are of."""
    folder = shutil.copytree(PACKAGE, tmp_path / "sentiment140", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source, "PACKAGE", folder)
    return folder


def edit(package, name, old, new):
    code = (package / name).read_text()
    assert code.count(old) >= 1
    (package / name).write_text(code.replace(old, new))


@pytest.mark.parametrize("name", [*SHARED, *ARCHITECTURES])
def test_a_missing_file_is_an_error(package, name):
    (package / name).unlink()
    with pytest.raises(RuntimeError, match=f"{name} is missing"):
        fit_code("conv_lstm")


def test_an_architecture_that_is_not_registered_is_an_error():
    with pytest.raises(RuntimeError, match="gru is missing"):
        fit_code("gru")


@pytest.mark.parametrize("name", SHARED)
def test_a_new_statement_in_a_shared_file_concerns_every_fit(package, name):
    before = {architecture: fit_code(architecture) for architecture in ("conv_lstm", "nb_logistic")}
    (package / name).write_text((package / name).read_text() + "\n# a comment\n")
    assert {architecture: fit_code(architecture) for architecture in before} == before
    (package / name).write_text((package / name).read_text() + "\nx = 1\n")
    after = {architecture: fit_code(architecture) for architecture in before}
    assert all(after[name]["shared"] != before[name]["shared"] for name in before)
    assert all(after[name]["architecture"] == before[name]["architecture"] for name in before)


@pytest.mark.parametrize(
    ("file", "old", "new", "concerned"),
    [
        ("models/neural.py", "units: int = 32, hidden: int = 6", "units: int = 33, hidden: int = 6", "bilstm"),
        ("models/neural.py", "GlobalMaxPooling1D()(x)", "GlobalMaxPooling1D()(x + 1)", "conv_bilstm"),
        ("models/linear.py", "1 + np.bincount", "2 + np.bincount", "nb_logistic"),
    ],
)
def test_a_change_of_an_architecture_concerns_no_other(package, file, old, new, concerned):
    names = [name for path, registry in ARCHITECTURES.items() for name in source.SourceFile(path).registered(registry)]
    before = {name: fit_code(name) for name in names}
    edit(package, file, old, new)
    changed = {name for name in names if fit_code(name) != before[name]}
    assert concerned in changed
    assert not changed - {concerned, "bigru"}  # its signature has the same text as that of bilstm


def test_a_helper_of_all_networks_concerns_them_and_no_linear_model(package):
    before = {name: fit_code(name) for name in ("conv_lstm", "dnn", "nb_logistic")}
    edit(package, "models/neural.py", 'layers.Activation("sigmoid"', 'layers.Activation("tanh"')
    assert {name for name in before if fit_code(name) != before[name]} == {"conv_lstm", "dnn"}


def test_the_weights_of_linear_models_are_shared_code(package):
    before = fit_code("nb_logistic")["shared"]
    edit(package, "models/linear.py", '"intercept": logistic.intercept_', '"intercept": -logistic.intercept_')
    assert fit_code("nb_logistic")["shared"] != before


def test_word_vectors_depend_on_word2vec_and_not_on_the_networks(package):
    before = vectors_code()
    edit(package, "training/fit.py", "PREDICTION_BATCH = 4096", "PREDICTION_BATCH = 4097")
    assert vectors_code() == before
    edit(package, "text/word2vec.py", "NEGATIVES, SAMPLE = 5, 5", "NEGATIVES, SAMPLE = 5, 6")
    assert vectors_code() != before


def test_the_code_of_the_whole_package_has_its_meaning_and_its_exact_text(package):
    exact, meaning = package_digests(), package_code()
    edit(package, "report/page.py", '"""The page of a run', '"""Another page of a run')
    assert package_code() == meaning
    assert {name for name, digest in package_digests().items() if exact[name] != digest} == {"report/page.py"}
    (package / "report" / "page.py").write_text("x = 1")
    assert package_code() != meaning


def test_versions_are_part_of_what_all_machines_of_a_cluster_must_share(monkeypatch):
    assert {"python", "tensorflow", "numpy"} <= versions().keys()
    assert versions().items() <= package_digests().items()
    meaning = package_code()
    monkeypatch.setattr(provenance, "versions", lambda: {"tensorflow": "1"})
    assert package_code() != meaning
