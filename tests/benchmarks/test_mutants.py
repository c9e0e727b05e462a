"""The list of mutants, and the command that applies them."""

from argparse import Namespace
from collections import Counter
from dataclasses import replace

import pytest

from benchmarks import mutants
from benchmarks.mutants import main, read_mutants, run_mutants
from sentiment140.errors import UserError
from support import REPOSITORY

MUTANTS = read_mutants()
CHEAP = next(mutant for mutant in MUTANTS if mutant.name == "abstain_at_equality")
HARMLESS = replace(CHEAP, name="harmless", old="    called = ", new="    # a comment\n    called = ")


def test_names_are_unique():
    assert [name for name, count in Counter(mutant.name for mutant in MUTANTS).items() if count > 1] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_code_of_a_mutant_occurs_once_and_its_tests_exist(mutant):
    assert (REPOSITORY / mutant.file).read_text("utf-8").count(mutant.old) == 1
    assert mutant.new != mutant.old
    assert mutant.tests
    for test in mutant.tests:
        file, _, function = test.partition("::")
        assert f"def {function}" in (REPOSITORY / file).read_text("utf-8"), test


def test_a_mutant_is_killed_and_a_harmless_change_survives_with_exit_code_1(monkeypatch, capsys):
    monkeypatch.setattr(mutants, "read_mutants", lambda: [CHEAP, HARMLESS])
    code = (REPOSITORY / CHEAP.file).read_bytes()
    with pytest.raises(SystemExit) as ended:
        main(Namespace(names=[]))
    assert ended.value.code == 1
    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert lines == [["mutant", "result"], ["abstain_at_equality", "killed"], ["harmless", "SURVIVED"]]
    assert (REPOSITORY / CHEAP.file).read_bytes() == code


def test_if_all_mutants_that_are_named_are_killed_the_command_ends_without_an_error(monkeypatch, capsys):
    monkeypatch.setattr(mutants, "run_mutants", lambda chosen: [(mutant, True, 1.0) for mutant in chosen])
    main(Namespace(names=["repeated_word_max", "abstain_at_equality"]))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:] == [["repeated_word_max", "killed", "1.0"], ["abstain_at_equality", "killed", "1.0"]]


def test_an_unknown_mutant_is_refused_with_a_hint(monkeypatch):
    monkeypatch.setattr(mutants, "read_mutants", lambda: [CHEAP])
    with pytest.raises(UserError, match='unknown mutant "abstain_at_equalty": did you mean abstain_at_equality'):
        main(Namespace(names=["abstain_at_equalty"]))


@pytest.mark.parametrize(("old", "count"), [("absent", 0), ("abstain", 4)])
def test_code_that_does_not_occur_once_is_refused(old, count):
    with pytest.raises(UserError, match=rf"occurs {count} times, not once: {old}, src/sentiment140/labels\.py, mutant"):
        next(run_mutants([replace(CHEAP, old=old)]))


@pytest.mark.parametrize(
    ("exit_codes", "message"),
    [([1], "tests fail without a mutant"), ([4], "tests fail without"), ([0, 2], "pytest ended with exit code 2")],
)
def test_a_mutant_is_not_killed_by_tests_that_fail_without_it_or_cannot_run(monkeypatch, exit_codes, message):
    codes = iter(exit_codes)
    monkeypatch.setattr(mutants, "_run_tests", lambda *_: next(codes))
    with pytest.raises(UserError, match=message):
        next(run_mutants([CHEAP]))
