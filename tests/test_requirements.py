"""What is installed is what the requirement files name, every file by its hash."""

import re

import pytest
from conftest import REPOSITORY

LOCKS = ("requirements.lock", "requirements-test.lock")
IN_LOCK = {
    "requirements-predict.txt": LOCKS[0],
    "requirements.txt": LOCKS[0],
    "requirements-cluster.txt": LOCKS[1],
    "requirements-test.txt": LOCKS[1],
}


def pinned(file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w-]+)==(\S+)", (REPOSITORY / file).read_text(), re.MULTILINE))


@pytest.mark.parametrize("file", IN_LOCK)
def test_what_a_file_pins_is_locked(file):
    locked = pinned(IN_LOCK[file])
    assert pinned(file)
    assert {name: locked.get(name.lower()) for name in pinned(file)} == pinned(file)


@pytest.mark.parametrize("lock", LOCKS)
def test_whatever_is_locked_has_a_hash(lock):
    entries = re.split(r"^(?=[\w-]+==)", (REPOSITORY / lock).read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) >= len(pinned(lock)) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_both_locks_agree():
    ours, theirs = map(pinned, LOCKS)
    both = ours.keys() & theirs.keys()
    assert "numpy" in both
    assert [name for name in both if ours[name] != theirs[name]] == []
