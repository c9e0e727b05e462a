"""The README's commands are run, and its links and file names are there."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sentiment140 import presets
from sentiment140.runs import places
from support import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
COMMANDS = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
TRAINING = [
    command
    for command in COMMANDS
    if re.search(r"run_all.sh|compare|ablate|learning_curve", command) and "--help" not in command
]
PREDICT = [command for command in COMMANDS if "/predict.py" in command]
OTHERS = ["bash scripts/test.sh", "bash scripts/run_all.sh --help", "python scripts/serve.py"]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "submissions/README.md",
    *(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md")),
]


@pytest.fixture(scope="module")
def newcomer(demo_run):
    """A folder as after `run_all.sh`: the checkout of the demo run, its environment, and tweets to score."""
    checkout, _, _ = demo_run
    venv = checkout.folder / ".venv"
    if not venv.exists():
        venv.mkdir()  # of its own: what is made and installed must not reach the one that runs the tests
        for part in Path(sys.prefix).iterdir():
            if part.name not in (".made", "requirements.txt", "pyproject.toml"):
                (venv / part.name).symlink_to(part)
        (venv / ".made").touch()
        for name in ("requirements.txt", "pyproject.toml"):
            shutil.copy(REPOSITORY / name, venv)
            shutil.copy(REPOSITORY / name, checkout.folder)
    (checkout.folder / "tweets.csv").write_text("id,tweet\n1,I love it\n2,not my day\n")
    (checkout.folder / "tweets.txt").write_text("I love it\nnot my day\n")
    return checkout


def typed(newcomer, command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What comes of a command typed in the checkout, `python` being the one that runs the tests."""
    return subprocess.run(
        re.sub(r"^python ", f"{shlex.quote(sys.executable)} ", command),
        shell=True, cwd=newcomer.folder, env=newcomer.environment(**environment), capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip


def test_every_command_has_a_test_here():
    assert len(COMMANDS) >= 12
    assert set(COMMANDS) == {*TRAINING, *PREDICT, *OTHERS}


@pytest.mark.parametrize("command", TRAINING)
def test_a_training_command_is_understood_up_to_the_data(newcomer, command):
    """Run for real up to the data: --data names a folder that is not there, which is the error that must come."""
    done = typed(newcomer, f"{command} --data no/such/folder")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("error: no such folder or file, --data no/such/folder")


def test_a_folder_is_relative_to_where_the_command_is_typed(newcomer, tmp_path):
    (tmp_path / "mine").mkdir()
    done = subprocess.run(
        ["bash", newcomer.folder / "scripts" / "run_all.sh", "--data", "mine"],
        cwd=tmp_path, env=newcomer.environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("error: no tweets found, mine")


@pytest.mark.parametrize("command", PREDICT)
def test_a_predict_command_does_what_the_readme_says(newcomer, command):
    done = typed(newcomer, command)
    assert done.returncode == 0, done.stderr
    if "--output" in command:
        assert (newcomer.folder / "scored.csv").read_text().startswith("id,tweet,sentiment,probability\n1,I love it,")
    else:
        assert len(done.stdout.splitlines()) == (1 if "--explain" in command else 2)


def test_the_output_that_the_readme_shows_has_the_form_of_the_real_one(newcomer):
    shown = re.search(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)
    assert shown
    lines = [typed(newcomer, shown[1]).stdout.splitlines(), shown[2].splitlines()]
    assert len(lines[0]) == len(lines[1]) == 2
    assert [[line.split("\t")[2] for line in part] for part in lines] == [["I love it", "not my day :("]] * 2
    assert all(re.match(r"(positive|negative)\t[01]\.\d{4}\t", line) for part in lines for line in part)


def test_help_lists_every_option(newcomer):
    done = typed(newcomer, "bash scripts/run_all.sh --help")
    assert done.returncode == 0
    assert all(flag in done.stdout for flag in ("--preset", "--members", "--data", "--holdout", "--workers"))


def test_serve_serves(newcomer):
    with subprocess.Popen(
        [sys.executable, "scripts/serve.py", "--port", "0"],
        cwd=newcomer.folder, env=newcomer.environment(), stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert any(line.startswith("open http://127.0.0.1:") for line in process.stderr)
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def test_python_of_the_readme_runs(demo_run, monkeypatch):
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert block
    monkeypatch.setattr(places, "SUBMISSIONS", demo_run[1].parent)
    names: dict[str, Any] = {}
    exec(block[1].replace('"standard"', '"demo-tiny"'), names)
    assert list(names["predictor"].predict(["I love it"])) in (["positive"], ["negative"])


@pytest.mark.parametrize("page", PAGES)
def test_links_and_named_files_are_there(page):
    text = (REPOSITORY / page).read_text()
    for target in re.findall(r"\]\(((?!http|#)[^)#]+)", text):
        assert (REPOSITORY / page).parent.joinpath(target).exists(), target
    if page != "CHANGELOG.md":  # which names what is gone
        for name in re.findall(r"(?:scripts|docs|src|benchmarks|tests)/[\w/]+\.(?:py|sh|md|yaml|toml)", text):
            assert (REPOSITORY / name).exists(), name


def test_the_preset_of_the_readme_loads(tmp_path):
    (tmp_path / "mine.toml").write_text(re.search(r"```toml\n(.*?)```", README, re.DOTALL)[1])
    experiment = presets.load(str(tmp_path / "mine.toml"))
    assert experiment.member("conv_bilstm").fit.epochs == 3
    assert experiment.member("conv_bilstm").text.stopwords == "standard"


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_its_scores_are_those_that_the_preset_states():
    header = (REPOSITORY / "src/sentiment140/presets/standard.toml").read_text()
    stated = re.search(r"OOF accuracy ([\d.]+ \[[\d., ]+\])", header)
    assert stated
    assert f"**{stated.group(1)}**" in README
