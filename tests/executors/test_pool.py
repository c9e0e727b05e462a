"""The process pool: results in order or as completed, errors raised in the caller, no worker outlives its owner."""

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
both_functions = pytest.mark.parametrize("function", [in_order, as_completed])


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_results_come_in_the_order_of_the_items(workers, count):
    found = list(in_order(partial, (operator.add, 100), iter(range(count)), workers))
    assert found == list(range(100, 100 + count))


def test_a_single_item_is_processed_in_this_process():
    assert list(in_order(partial, (_process,), ["x"], 4)) == [os.getpid()]


def _process(item):
    return os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_an_item_is_raised_in_the_caller(workers):
    with pytest.raises(ZeroDivisionError):
        list(in_order(partial, (operator.truediv, 1), [1, 2, 0, 4], workers))


@both_functions
def test_an_error_of_make_is_raised_in_the_caller(function):
    with pytest.raises(ZeroDivisionError):  # not `WorkerKilledError`
        list(function(operator.truediv, (1, 0), [1, 2, 3], 2))


def test_as_completed_raises_the_error_of_an_item_in_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(as_completed(partial, (operator.truediv, 1), [1, 2, 0, 4], 2))


@both_functions
@pytest.mark.parametrize("end", [os._exit, signal.raise_signal], ids=["exit", "kill"])
def test_a_worker_that_is_killed_is_reported(function, end):
    with pytest.raises(WorkerKilledError, match="killed from outside"):
        list(function(partial, (end,), [signal.SIGKILL] * 3, 2))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_each_item_is_yielded_once_with_its_result_from_another_process(count):
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


def test_closing_the_results_does_not_wait_for_running_tasks(tmp_path):
    results = as_completed(partial, (_note_and_sleep, tmp_path), [0, 60, 61], 2)
    assert next(results)[0] == 0
    while not list(tmp_path.iterdir()):
        time.sleep(0.02)
    started = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 20
    for note in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.name), 0)


def _note_and_sleep(folder, seconds):
    if seconds:
        (folder / str(os.getpid())).touch()
    time.sleep(seconds)


@pytest.mark.parametrize(
    "send", [os.kill, os.killpg], ids=["to the owner only", "to all processes, as a terminal does"]
)
def test_ctrl_c_does_not_wait_for_running_tasks(send, tmp_path):
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


SENDS_MUCH = """
from functools import partial
from sentiment140.executors.pool import in_order

def send(size, item):
    return bytes(size)

if __name__ == "__main__":
    for result in in_order(partial, (send, 300_000_000), range(8), 2):
        raise KeyboardInterrupt
"""


def test_a_worker_that_is_stopped_while_it_sends_a_result_does_not_block_the_end(tmp_path):
    script = tmp_path / "sends_much.py"
    script.write_text(SENDS_MUCH)
    done = subprocess.run([sys.executable, script], stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


STOPPED_IN_A_START = """
import os, signal, sys, threading
from functools import partial
from multiprocessing import popen_spawn_posix
from sentiment140.executors.pool import in_order

workers, number = [], signal.Signals[sys.argv[1]]
start = popen_spawn_posix.util.spawnv_passfds

def start_and_send_signal(path, args, passed):
    pid = start(path, args, passed)
    workers.append(pid)
    if len(workers) == 2:
        os.kill(os.getpid(), number)
    return pid

def stop(*_):
    raise KeyboardInterrupt

if __name__ == "__main__":
    popen_spawn_posix.util.spawnv_passfds = start_and_send_signal
    signal.signal(number, stop)
    threading.Thread(target=threading.Event().wait, daemon=True).start()  # it may receive the signal, like tqdm's
    list(in_order(partial, (min,), ([str(index) * 500_000, "b"] for index in range(8)), 2))
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_while_a_worker_is_started_does_not_block_the_end(number, tmp_path):
    script = tmp_path / "stopped_in_a_start.py"
    script.write_text(STOPPED_IN_A_START)
    command = [sys.executable, script, number]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as owner:
        try:
            _, printed = owner.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(owner.pid, signal.SIGKILL)  # the worker that was started by half would stay
            raise
    assert printed.rstrip().endswith("KeyboardInterrupt")
    assert is_gone(owner.pid)


def test_items_are_taken_lazily():
    taken = []
    items = (taken.append(item) or item for item in range(1000))  # type: ignore[func-returns-value]
    results = in_order(partial, (operator.add, 1), items, 2)
    assert next(results) == 1
    assert len(taken) < 10
    results.close()  # type: ignore[attr-defined]


@pytest.fixture
def scoring(demo_run):
    """predict.py while it scores a long file, in a process group of its own."""
    checkout, _, _ = demo_run
    source = checkout.folder / "long.csv"
    source.write_text("text\n" + "".join(f"word{n} good day {n % 7}\n" for n in range(400_000)))
    for unfinished in checkout.folder.glob(".sentiment140-*"):  # of a command that an earlier test has killed
        unfinished.unlink()
    command = checkout.command("predict.py", "--input", source, "--output", checkout.folder / "long-scored.csv")
    with subprocess.Popen(
        command, cwd=checkout.folder, env=checkout.environment(), stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        while not list(checkout.folder.glob(".sentiment140-*.tmp")):
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


def test_no_worker_is_left_when_predict_is_killed(scoring):
    process, _ = scoring
    process.kill()
    process.wait()
    assert is_gone(process.pid)


@pytest.mark.parametrize(
    ("send", "number", "code"),
    [
        (os.killpg, signal.SIGINT, 130),  # Ctrl-C: a terminal sends it to all processes
        (os.killpg, signal.SIGHUP, 129),  # a terminal that is closed
        (os.kill, signal.SIGHUP, 129),
    ],
)
def test_a_signal_stops_predict_without_a_traceback_or_output(scoring, send, number, code):
    process, folder = scoring
    send(process.pid, number)
    printed = process.stderr.read().decode()
    assert process.wait() == code, printed
    assert "Traceback" not in printed
    assert printed.endswith("\nstopped\n")
    assert is_gone(process.pid)
    assert not list(folder.glob(".sentiment140-*"))
    assert not (folder / "long-scored.csv").exists()
