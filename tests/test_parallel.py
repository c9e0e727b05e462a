"""Work in processes: in order, errors raised here, and no process that outlives its owner."""

import operator
import os
import signal
import subprocess
import time
from functools import partial

import pytest

from sentiment140.errors import UserError
from sentiment140.serving.parallel import in_order


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


def test_a_process_that_is_ended_from_outside_is_said_so():
    with pytest.raises(UserError, match="ended from outside"):
        list(in_order(partial, (os._exit,), [1, 2, 3], 2))


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


def test_a_ctrl_c_ends_it_without_a_word_too_many(scoring):
    process, folder = scoring
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    printed = process.stderr.read().decode()
    assert process.wait() == 130
    assert "Traceback" not in printed
    assert is_gone(process.pid)
    assert not list(folder.glob(f"*long-scored*{process.pid}*"))
    assert not (folder / "long-scored.csv").exists()
