"""The README's commands are run, and its links and file names are there."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
COMMANDS = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


@pytest.fixture(scope="module")
def newcomer(demo_run, tmp_path_factory):
    """A folder as after `run_all.sh`: the checkout of the demo run, its environment, and tweets to score."""
    checkout, _, _ = demo_run
    venv = checkout.folder / ".venv"
    if not venv.exists():
        venv.mkdir()  # of its own: what is made and installed must not reach the one that runs the tests
        for part in Path(sys.prefix).iterdir():
            if part.name not in (".made", "requirements.lock"):
                (venv / part.name).symlink_to(part)
        (venv / ".made").touch()
        shutil.copy(REPOSITORY / "requirements.lock", venv)
        for name in ("requirements.lock", "README.md", "pyproject.toml"):
            shutil.copy(REPOSITORY / name, checkout.folder)
    (checkout.folder / "tweets.csv").write_text("id,tweet\n1,I love it\n2,not my day\n")
    (checkout.folder / "tweets.txt").write_text("I love it\nnot my day\n")
    return checkout


def test_there_are_commands_to_run():
    assert len(COMMANDS) >= 8
    assert COMMANDS[:2] == ["bash scripts/run_all.sh", "bash scripts/test.sh"]


@pytest.mark.parametrize("command", [command for command in COMMANDS if "run_all.sh" in command])
def test_a_run_command_of_the_readme_is_understood(newcomer, command):
    """Run for real up to the data: --data names a folder that is not there, which is the error that must come."""
    done = subprocess.run(
        [*shlex.split(command), "--data", "no/such/folder"],
        cwd=newcomer.folder, env=newcomer.environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("error: no such folder or file, --data no/such/folder")


def test_a_folder_is_meant_from_where_it_is_typed(newcomer, tmp_path):
    (tmp_path / "mine").mkdir()
    done = subprocess.run(
        ["bash", newcomer.folder / "scripts" / "run_all.sh", "--data", "mine"],
        cwd=tmp_path, env=newcomer.environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("error: no tweets found, mine")


@pytest.mark.parametrize(
    "command", [command for command in COMMANDS if "/predict.py" in command and "--executor" not in command]
)
def test_a_predict_command_of_the_readme_does_what_it_says(newcomer, command):
    python = f"{shlex.quote(sys.executable)} scripts"
    done = subprocess.run(
        command.replace("python scripts", python),
        shell=True, cwd=newcomer.folder, env=newcomer.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if "--output" in command:
        assert (newcomer.folder / "scored.csv").read_text().startswith("id,tweet,sentiment,probability\n1,I love it,")
    else:
        assert len(done.stdout.splitlines()) == (1 if "--explain" in command else 2)


@pytest.mark.parametrize("page", ["README.md", "submissions/README.md", "submissions/RESULTS.md"])
def test_links_and_named_files_are_there(page):
    text = (REPOSITORY / page).read_text()
    for target in re.findall(r"\]\(((?!http)[^)]+)\)", text):
        assert (REPOSITORY / page).parent.joinpath(target).exists(), target
    for script in re.findall(r"scripts/\w+\.(?:py|sh)", text):
        assert (REPOSITORY / script).exists(), script


def test_its_scores_are_those_that_the_presets_state():
    header = (REPOSITORY / "src/sentiment140/presets/standard.toml").read_text()
    stated = re.search(r"OOF accuracy ([\d.]+ \[[\d., ]+\])", header)
    assert stated
    assert f"**{stated.group(1)}**" in README
