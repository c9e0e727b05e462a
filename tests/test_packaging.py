"""What is installed is what pyproject.toml names, and the lock files pin all of it, every file by its hash."""

import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain

import pytest

from support import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements-predict.txt": (),
    "requirements.txt": ("train",),
    "requirements-cluster.txt": ("train", "cluster"),
    "requirements-test.txt": tuple(EXTRAS),
}


def locked(file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (REPOSITORY / file).read_text(), re.MULTILINE))


def lower_bounds(requirements: list[str]) -> dict[str, tuple[int, ...]]:
    parts = (requirement.split(">=") for requirement in requirements)
    return {name: version(bound) for name, bound in parts}


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_file_pins_every_dependency_within_its_range(file):
    wanted = lower_bounds([*PROJECT["dependencies"], *(one for extra in LOCKS[file] for one in EXTRAS[extra])])
    pins = locked(file)
    assert [name for name in wanted if name not in pins] == []
    assert [name for name, bound in wanted.items() if version(pins[name]) < bound] == []


@pytest.mark.parametrize("file", LOCKS)
def test_whatever_is_locked_has_a_hash(file):
    entries = re.split(r"^(?=[\w.-]+==)", (REPOSITORY / file).read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) >= len(locked(file)) >= 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_requirement_file_is_known_and_compiled_by_the_command():
    assert set(LOCKS) == {path.name for path in REPOSITORY.glob("requirements*.txt")}
    script = (REPOSITORY / "scripts" / "lock.sh").read_text()
    compiled = {
        words[0]: tuple(EXTRAS) if "--all-extras" in words else tuple(re.findall(r"--extra (\w+)", " ".join(words)))
        for words in map(str.split, re.findall(r"^lock (.*)$", script, re.MULTILINE))
    }
    assert compiled == LOCKS


@pytest.mark.parametrize("file", [file for file in LOCKS if file != "requirements-test.txt"])
def test_lock_files_agree(file):
    ours, theirs = locked(file), locked("requirements-test.txt")
    assert {name: (pin, theirs.get(name)) for name, pin in ours.items() if theirs.get(name) != pin} == {}


def test_a_server_installs_nothing_that_only_training_needs():
    assert not {"tensorflow", "keras", "pandas", "scikit-learn", "ray", "pytest"} & set(
        locked("requirements-predict.txt")
    )


def test_dependencies_are_ranges_and_training_is_an_extra():
    assert all("==" not in requirement for requirement in chain(PROJECT["dependencies"], *EXTRAS.values()))
    assert not {"tensorflow", "keras", "pandas", "scikit-learn"} & set(lower_bounds(PROJECT["dependencies"]))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    build = [sys.executable, "-m", "pip", "wheel", *quiet, "--wheel-dir", folder, REPOSITORY]
    subprocess.run(build, check=True, timeout=300)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].rsplit("-", 1)[0] for name in names} <= {"sentiment140", "sentiment140-0.2.0.dist"}
    assert {"sentiment140/py.typed", "sentiment140/report/page.html", "sentiment140/serving/service/page.html"} <= set(
        names
    )
    package = REPOSITORY / "src" / "sentiment140"
    wanted = {f"sentiment140/{path.relative_to(package).as_posix()}" for path in package.rglob("*.py")}
    assert wanted == {name for name in names if name.endswith(".py")}
    presets = {path.name for path in (package / "presets").glob("*.toml")}
    assert presets == {name.rpartition("/")[2] for name in names if name.endswith(".toml")}


def test_the_installed_command_writes_to_the_current_folder(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "from sentiment140.cli.arguments import ROOT; print(ROOT)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site"), "PATH": ""},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(tmp_path)
