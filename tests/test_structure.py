"""The layout of the package, read from the code: which part may import which, and what importing may and may not do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from support import REPOSITORY

PACKAGE = REPOSITORY / "src" / "sentiment140"

# A part may import those before it, and itself: data flow one way.
ORDER = [
    *("text", "evidence", "data", "executors", "models", "training", "ensemble", "evaluation", "report", "serving"),
    *("people", "presets", "plan", "loading", "pipeline", "studies", "cli"),
]
FREE = {"errors", "labels", "experiment", "progress", "runs"}  # may be used by all, and use only one another


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.name.startswith("__"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """The parts that a module imports anywhere, but for type annotations alone."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = (node.module or "").split(".")
            if names[0] == "sentiment140":
                found |= {names[1]} if len(names) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {name[1] for alias in node.names if (name := alias.name.split("."))[0] == "sentiment140"}
            assert "benchmarks" not in {alias.name.split(".")[0] for alias in node.names}
    return found - {"__version__"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_data(path):
    part = part_of(path)
    used = imported_parts(path) - {part} - FREE
    if part in FREE:
        assert not used, f"{part} may import no other part"
    else:
        assert part in ORDER, f"{part} has no place in the order"
        assert used <= set(ORDER[: ORDER.index(part)]), f"{part} imports what comes after it"


def test_every_room_has_modules():
    assert {part_of(path) for path in modules()} == {*ORDER, *FREE}


def test_no_module_is_longer_than_350_lines_and_the_pipeline_than_200():
    lengths = {path.relative_to(PACKAGE).as_posix(): len(path.read_text().splitlines()) for path in modules()}
    assert {name: length for name, length in lengths.items() if length > 350} == {}
    assert lengths["pipeline.py"] <= 200


def in_a_fresh_process(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("module", ["serving.score_file", "cli.predict", "serving.service.server", "presets"])
def test_scoring_and_arguments_start_without_what_training_needs(tmp_path, module):
    loaded = set(in_a_fresh_process(f"import sys, sentiment140.{module}; print(*sys.modules)", tmp_path).split())
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn", "scipy", "matplotlib", "requests"}


@pytest.mark.parametrize("part", ["data", "text"])
def test_data_are_prepared_without_keras(tmp_path, part):
    names = [f"sentiment140.{part}.{path.stem}" for path in (PACKAGE / part).glob("[!_]*.py")]
    loaded = set(in_a_fresh_process(f"import sys, {', '.join(names)}; print(*sys.modules)", tmp_path).split())
    assert not loaded & {"tensorflow", "keras"}


# Ends the process at the first import of Keras or TensorFlow, which takes 5 seconds.
UP_TO_KERAS = """
import os, sys

class Stop:
    def find_spec(name, *_):
        if name in ("keras", "tensorflow"):
            silent = os.path.samestat(os.fstat(2), os.stat(os.devnull))
            print(name, os.environ["TF_CPP_MIN_LOG_LEVEL"], silent)
            sys.exit()

sys.meta_path.insert(0, Stop)
"""


@pytest.mark.parametrize("module", ["training.fit", "training.distillation", "serving.export"])
def test_a_process_that_imports_keras_first_prints_no_line_of_tensorflow(tmp_path, module):
    """It is imported as in the next test, in which it prints nothing."""
    assert in_a_fresh_process(f"{UP_TO_KERAS}\nimport sentiment140.{module}", tmp_path) == "keras 3 True\n"


def test_importing_does_no_work(tmp_path):
    names = [".".join(("sentiment140", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in modules()]
    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in names)
    assert in_a_fresh_process(code, tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_the_package_shows_what_it_is_for():
    import sentiment140

    assert dir(sentiment140) == ["Predictor", "__version__"]
