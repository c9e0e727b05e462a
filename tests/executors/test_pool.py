"""Work in processes: results in order or as completed, errors raised here, no process that outlives its owner."""

import operator
import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from sentiment140.executors.pool import WorkerKilledError, as_completed, in_order

AT_WORK = """
import os, pathlib, sys, time
from sentiment140.executors.pool import as_completed

def work(folder, item):
    pathlib.Path(folder, item).write_text(str(os.getpid()))
    time.sleep(60)

def make(folder):
    return lambda item: work(folder, item)

if __name__ == "__main__":
    list(as_completed(make, (sys.argv[1],), ["first", "second", "third"], 2))
"""
both = pytest.mark.parametrize("function", [in_order, as_completed])


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_results_come_in_the_order_of_the_items(workers, count):
    found = list(in_order(partial, (operator.add, 100), iter(range(count)), workers))
    assert found == list(range(100, 100 + count))


def test_one_item_is_worked_on_in_this_process():
    assert list(in_order(partial, (_process,), ["x"], 4)) == [os.getpid()]


def _process(item):
    return os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised_here(workers):
    with pytest.raises(ZeroDivisionError):
        list(in_order(partial, (operator.truediv, 1), [1, 2, 0, 4], workers))


@both
def test_an_error_of_a_process_that_prepares_its_work_is_raised_here(function):
    with pytest.raises(ZeroDivisionError):  # and is no `WorkerKilledError`
        list(function(operator.truediv, (1, 0), [1, 2, 3], 2))


def test_an_error_of_a_task_is_raised_here_where_results_come_as_completed():
    with pytest.raises(ZeroDivisionError):
        list(as_completed(partial, (operator.truediv, 1), [1, 2, 0, 4], 2))


@both
@pytest.mark.parametrize("end", [os._exit, signal.raise_signal], ids=["exit", "kill"])
def test_a_worker_that_is_ended_from_outside_is_reported(function, end):
    with pytest.raises(WorkerKilledError, match="ended from outside"):
        list(function(partial, (end,), [signal.SIGKILL] * 3, 2))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_every_item_comes_once_with_its_result_from_another_process(count):
    found = list(as_completed(partial, (_with_process, 100), iter(range(count)), 2))
    assert sorted((item, result) for item, (result, _) in found) == [(item, 100 + item) for item in range(count)]
    assert os.getpid() not in {process for _, (_, process) in found}


def _with_process(number, item):
    return number + item, os.getpid()


def test_results_come_in_the_order_of_completion(tmp_path):
    results = as_completed(partial, (_wait_if_first, tmp_path / "go"), ["first", "second"], 2)
    assert next(results) == ("second", "second is done")
    (tmp_path / "go").touch()
    assert list(results) == [("first", "first is done")]


def _wait_if_first(go, item):
    while item == "first" and not go.exists():
        time.sleep(0.02)
    return f"{item} is done"


def test_who_wants_no_more_results_does_not_wait_for_tasks_at_work(tmp_path):
    results = as_completed(partial, (_note_and_sleep, tmp_path), [0, 60, 61], 2)
    assert next(results)[0] == 0
    while not list(tmp_path.iterdir()):
        time.sleep(0.02)
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 20
    for note in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.name), 0)


def _note_and_sleep(folder, seconds):
    if seconds:
        (folder / str(os.getpid())).touch()
    time.sleep(seconds)


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the owner", "to all, as a terminal does"])
def test_a_ctrl_c_does_not_wait_for_tasks_at_work(send, tmp_path):
    script, notes = tmp_path / "at_work.py", tmp_path / "notes"
    script.write_text(AT_WORK)
    notes.mkdir()
    with subprocess.Popen(
        [sys.executable, script, notes], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as owner:
        while len([note for note in notes.iterdir() if note.read_text()]) < 2:
            assert owner.poll() is None
            time.sleep(0.02)
        send(owner.pid, signal.SIGINT)
        _, printed = owner.communicate(timeout=20)
    assert printed.rstrip().endswith("KeyboardInterrupt")
    assert printed.count("Traceback") == 1, printed
    assert {note.name for note in notes.iterdir()} == {"first", "second"}
    assert is_gone(owner.pid)


def test_items_are_taken_as_they_are_needed():
    taken = []
    items = (taken.append(item) or item for item in range(1000))
    results = in_order(partial, (operator.add, 1), items, 2)
    assert next(results) == 1
    assert len(taken) < 10
    results.close()


@pytest.fixture
def scoring(demo_run):
    """predict.py at work on a long file, a process group of its own."""
    checkout, _, _ = demo_run
    source = checkout.folder / "long.csv"
    source.write_text("text\n" + "".join(f"word{n} good day {n % 7}\n" for n in range(400_000)))
    command = checkout.command("predict.py", "--input", source, "--output", checkout.folder / "long-scored.csv")
    with subprocess.Popen(
        command, cwd=checkout.folder, env=checkout.environment(), stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        while not list(checkout.folder.glob(".long-scored.csv.*.tmp")):
            time.sleep(0.05)
        time.sleep(1)
        yield process, checkout.folder


def is_gone(group: int) -> bool:
    for _ in range(300):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_no_process_is_left_when_it_is_killed(scoring):
    process, _ = scoring
    process.kill()
    process.wait()
    assert is_gone(process.pid)


def test_a_ctrl_c_ends_it_without_a_traceback(scoring):
    process, folder = scoring
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    printed = process.stderr.read().decode()
    assert process.wait() == 130
    assert "Traceback" not in printed
    assert is_gone(process.pid)
    assert not list(folder.glob(f"*long-scored*{process.pid}*"))
    assert not (folder / "long-scored.csv").exists()
