"""Scoring in an environment with only the base dependencies, without TensorFlow, as on a server."""

import shutil
import subprocess
import sys
import venv

import pandas as pd
import pytest

from support import REPOSITORY


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of an environment with what requirements-predict.txt pins, and no more."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check"]
    requirements = REPOSITORY / "requirements-predict.txt"
    subprocess.run([*pip, "install", "--require-hashes", "-r", requirements], check=True, timeout=600)
    return python


@pytest.fixture(scope="module")
def server(demo_run, tmp_path_factory):
    """A folder with the program and the models of the demo run, without .venv and data."""
    checkout, model, _ = demo_run
    folder = tmp_path_factory.mktemp("server")
    for name in ("src", "scripts"):
        shutil.copytree(checkout.folder / name, folder / name)
    shutil.copytree(model / "model", folder / "models")
    return folder


def run(server, python, *command, **environment):
    """Run Python in the server's folder, and return the completed process."""
    return subprocess.run(
        [python, *map(str, command)], cwd=server, env={"PATH": "", **environment}, capture_output=True, check=False
    )


def test_the_libraries_for_training_are_not_installed(server, python):
    for name in ("tensorflow", "keras", "pandas", "sklearn", "scipy"):
        assert run(server, python, "-c", f"import {name}").returncode == 1


@pytest.mark.parametrize("quality", ["fast", "best"])
def test_scores_are_the_same_as_in_the_full_environment(demo_run, server, python, quality):
    checkout, model, _ = demo_run
    done = run(server, python, "scripts/predict.py", "--model", f"models/{quality}", "good day", "bad day")
    assert done.returncode == 0, done.stderr.decode()
    full = checkout.run("predict.py", "--model", model, "--quality", quality, "good day", "bad day")
    assert done.stdout == full.stdout


def test_python_m_sentiment140_prints_the_same_as_the_script(server, python):
    command = ("-m", "sentiment140", "predict", "--model", "models/fast", "I love it")
    done = run(server, python, *command, PYTHONPATH=str(server / "src"))
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == run(server, python, "scripts/predict.py", "--model", "models/fast", "I love it").stdout
    assert done.stdout.endswith(b"\tI love it\n")


def test_parquet_can_be_scored_and_the_service_can_be_imported(server, python):
    pd.DataFrame({"text": ["good", "bad"]}).to_parquet(server / "two.parquet")
    flags = ["--model", "models", "--input", "two.parquet", "--output", "scored.parquet"]
    done = run(server, python, "scripts/predict.py", *flags)
    assert done.returncode == 0, done.stderr.decode()
    assert list(pd.read_parquet(server / "scored.parquet").columns) == ["text", "sentiment", "probability"]
    code = "import sys; sys.path.insert(0, 'src'); import sentiment140.serving.service.server; print('served')"
    assert run(server, python, "-c", code).stdout == b"served\n"


def test_a_training_command_reports_how_to_install_what_is_missing(server, python):
    done = run(server, python, "scripts/run_all.py", "--data", "demo")
    assert done.returncode == 2
    printed = done.stderr.decode().strip().splitlines()
    assert printed[-1].startswith("error: ")
    assert 'pip install ".[train]"' in printed[-1]
