"""An environment with requirements-predict.txt only: what a server that scores tweets would have."""

import shutil
import subprocess
import venv

import pandas as pd
import pytest
from conftest import REPOSITORY


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    wanted = REPOSITORY / "requirements-predict.txt"
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", "install", *quiet, "-r", wanted], check=True, timeout=600)
    return python


@pytest.fixture(scope="module")
def server(demo_run, tmp_path_factory):
    """A folder with the program and the demo run's models: no .venv, no data."""
    checkout, model, _ = demo_run
    folder = tmp_path_factory.mktemp("server")
    for name in ("src", "scripts"):
        shutil.copytree(checkout.folder / name, folder / name)
    shutil.copytree(model / "model", folder / "models")
    return folder


def run(server, python, *command):
    return subprocess.run([python, *map(str, command)], cwd=server, env={"PATH": ""}, capture_output=True, check=False)


def test_nothing_that_trains_is_there(server, python):
    for name in ("tensorflow", "keras", "pandas", "sklearn", "scipy"):
        assert run(server, python, "-c", f"import {name}").returncode == 1


@pytest.mark.parametrize("quality", ["fast", "best"])
def test_it_scores_as_the_whole_environment_does(demo_run, server, python, quality):
    checkout, model, _ = demo_run
    done = run(server, python, "scripts/predict.py", "--model", f"models/{quality}", "good day", "bad day")
    assert done.returncode == 0, done.stderr.decode()
    there = checkout.run("predict.py", "--model", model, "--quality", quality, "good day", "bad day")
    assert done.stdout == there.stdout


def test_it_reads_parquet_and_serves(server, python):
    pd.DataFrame({"text": ["good", "bad"]}).to_parquet(server / "two.parquet")
    flags = ["--model", "models", "--input", "two.parquet", "--output", "scored.parquet"]
    done = run(server, python, "scripts/predict.py", *flags)
    assert done.returncode == 0, done.stderr.decode()
    assert list(pd.read_parquet(server / "scored.parquet").columns) == ["text", "sentiment", "probability"]
    code = "import sys; sys.path.insert(0, 'src'); import sentiment140.serving.service; print('served')"
    assert run(server, python, "-c", code).stdout == b"served\n"


def test_what_trains_says_what_is_missing(server, python):
    done = run(server, python, "scripts/run_all.py", "--data", "demo")
    assert done.returncode == 2
    printed = done.stderr.decode().strip().splitlines()
    assert printed[-1].startswith("error: ")
    assert "bash scripts/run_all.sh" in printed[-1]
