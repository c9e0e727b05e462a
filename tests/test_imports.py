"""The arrows of the layout, read from the code; and what importing may and may not do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "sentiment140"

# A part may import those before it, and itself. Data flow one way.
ORDER = [
    *("corpus", "text", "folds", "models", "executors", "training"),
    *("ensemble", "scores", "comparison", "ablation", "breakdown", "summary", "report", "serving"),
]
FREE = {"errors", "disk", "memory", "experiment", "store", "provenance", "worker"}  # may be used by all
TOP = {"pipeline", "cli", "benchmark", "peers", "scaling", "torture"}  # may import all; only scripts import them


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


def part_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            package = path.relative_to(PACKAGE).parts[:-1]
            if node.level:
                base = package[: len(package) - node.level + 1]
                names = [*base, *(node.module or "").split(".")] if node.module else [*base]
                names = [name for name in names if name]
                found |= {names[0]} if names else {alias.name for alias in node.names}
            elif node.module and node.module.startswith("sentiment140"):
                found |= {node.module.split(".")[1]} if "." in node.module else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_data(path):
    part = part_of(path)
    used = imported_parts(path) - {part} - FREE
    if part in TOP:
        return
    if part in FREE:
        assert not used, f"{part} may import none of the parts"
        return
    assert part in ORDER, f"{part} has no place in the order"
    assert used <= set(ORDER[: ORDER.index(part)]), f"{part} imports what comes after it"


def test_every_module_is_at_most_400_lines_long():
    assert {path.name: count for path in modules() if (count := len(path.read_text().splitlines())) > 400} == {}


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
    return done.stdout


def test_the_predictor_starts_without_what_training_needs(tmp_path):
    code = "import sys, sentiment140.serving.files, sentiment140.cli.scoring; print(*sys.modules)"
    loaded = set(in_a_fresh_process(code, tmp_path).split())
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn", "scipy", "matplotlib", "requests"}


@pytest.mark.parametrize("module", ["training.unit", "training.distillation", "serving.export"])
def test_a_process_that_begins_with_it_prints_nothing_of_tensorflows(tmp_path, module):
    done = subprocess.run(
        [sys.executable, "-c", f"import sentiment140.{module}"],
        cwd=tmp_path, env={"PYTHONPATH": str(PACKAGE.parent), "PATH": ""}, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stderr == b""


def test_importing_does_no_work(tmp_path):
    names = [".".join(("sentiment140", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in modules()]
    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in names)
    assert in_a_fresh_process(code, tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
