"""Test that the fingerprint of the code covers every file that decides a run's numbers."""

import ast
from pathlib import Path

import pytest

from sentiment140.runs import provenance
from sentiment140.runs.provenance import code_fingerprint, versions
from support import REPOSITORY

PACKAGE = REPOSITORY / "src" / "sentiment140"

DECIDE_NUMBERS = [
    *("training/fit.py", "training/distillation.py", "training/word_vectors.py"),
    *("data/prepare.py", "ensemble/cross_fit.py", "ensemble/unseen.py"),
]
DO_NOT_DECIDE_NUMBERS = (
    "experiment.py",  # the settings are part of the identity of the run, by value
    "presets/",  # likewise: the settings of a preset are in the experiment
    "errors.py",  # an error ends the run and changes no number
    "executors/",  # where a fold fit runs changes no number
    "runs/",  # how files are written or memory is trimmed changes no number; files.py, which cuts long lines, is listed
    "__init__.py",  # of the package itself: the version and the lazy import of Predictor
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


def imported_by(files: list[str]) -> set[str]:
    """Find all files that these import, directly or indirectly, without following `DO_NOT_DECIDE_NUMBERS`."""
    seen: set[str] = set()
    waiting = set(files)
    while waiting:
        file = waiting.pop()
        seen.add(file)
        waiting |= {path for path in imported(file) if not path.startswith(DO_NOT_DECIDE_NUMBERS)} - seen
    return seen


@pytest.mark.parametrize("file", DECIDE_NUMBERS)
def test_the_fingerprint_covers_a_module_that_decides_numbers_and_everything_it_imports(file):
    assert imported_by([file]) - code_fingerprint().keys() == set()


def test_following_the_imports_reaches_every_part_of_the_fingerprint():
    parts = {file.split("/")[0] for file in imported_by(DECIDE_NUMBERS)}
    assert parts == {part for part in provenance._FINGERPRINTED if not part.startswith("runs/")}
    assert {"text/tokenize.py", "models/neural.py", "models/__init__.py"} <= imported_by(DECIDE_NUMBERS)


@pytest.mark.parametrize("missing", provenance._FINGERPRINTED)
@pytest.mark.parametrize("emptied", [False, True], ids=["missing", "empty"])
def test_a_missing_or_empty_part_of_the_package_is_an_error(tmp_path, monkeypatch, missing, emptied):
    for part in provenance._FINGERPRINTED:
        path = tmp_path / part
        path.parent.mkdir(exist_ok=True)
        if path.suffix:
            path.touch()
        else:
            path.mkdir()
            (path / "module.py").touch()
    monkeypatch.setattr(provenance, "_PACKAGE", tmp_path)
    code_fingerprint()
    path = tmp_path / missing
    (path if path.suffix else path / "module.py").unlink()
    if path.is_dir() and not emptied:
        path.rmdir()
    with pytest.raises(RuntimeError, match=f"{missing} is missing"):
        code_fingerprint()


def test_a_renamed_part_of_the_package_is_an_error(monkeypatch):
    monkeypatch.setattr(provenance, "_FINGERPRINTED", (*provenance._FINGERPRINTED, "renamed"))
    with pytest.raises(RuntimeError, match="renamed is missing"):
        code_fingerprint()


def test_changing_or_adding_a_file_changes_the_fingerprint(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "_PACKAGE", tmp_path)
    monkeypatch.setattr(provenance, "_FINGERPRINTED", ("text",))
    (tmp_path / "text").mkdir()
    file = tmp_path / "text" / "a.py"
    file.write_text("1")
    first = code_fingerprint()
    assert code_fingerprint() == first
    file.write_text("2")
    second = code_fingerprint()
    (tmp_path / "text" / "b.py").write_text("")
    third = code_fingerprint()
    assert first["text/a.py"] != second["text/a.py"]
    assert third.keys() - second.keys() == {"text/b.py"}


def test_the_fingerprint_of_everything_has_more_files_and_both_have_versions():
    some, everything = code_fingerprint(), code_fingerprint(everything=True)
    assert some.items() < everything.items()
    assert "report/page.py" in everything.keys() - some.keys()
    assert {"python", "tensorflow", "numpy"} <= versions().keys()
