"""What is installed is what the requirement files name, every file by its hash."""

import re

import pytest
from conftest import REPOSITORY

LOCK = (REPOSITORY / "requirements.lock").read_text()
LOCKED = dict(re.findall(r"^([\w-]+)==(\S+)", LOCK, re.MULTILINE))


@pytest.mark.parametrize("file", ["requirements-predict.txt", "requirements.txt", "requirements-test.txt"])
def test_what_a_file_pins_is_locked(file):
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", (REPOSITORY / file).read_text(), re.MULTILINE))
    assert pinned
    assert {name: LOCKED.get(name.lower()) for name in pinned} == pinned


def test_whatever_is_locked_has_a_hash():
    entries = re.split(r"^(?=[\w-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) >= len(LOCKED) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
