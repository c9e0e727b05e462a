import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sentiment140.errors import UserError
from sentiment140.executors.processes import run_tasks


def scaled(shared, task):
    return (shared["array"] * task).sum(), os.getpid()


def slow_for_the_first(shared, task):
    time.sleep(1.0 if task == 0 else 0.0)
    return task


def noting(folder, task):
    (folder / f"{task}").write_text(str(os.getpid()))
    time.sleep(60)


def failing(shared, task):
    raise UserError("broken", f"task {task}")


def killed(shared, task):
    os.kill(os.getpid(), signal.SIGKILL)


def writing(shared, task):
    shared["array"][0] = 1


SHARED = {"array": np.arange(500_000, dtype=np.float64)}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_once_with_its_result(workers):
    found = dict(run_tasks(scaled, range(5), SHARED, workers))
    assert {task: result for task, (result, _) in found.items()} == {n: n * SHARED["array"].sum() for n in range(5)}
    assert (os.getpid() in {pid for _, pid in found.values()}) == (workers == 1)


def test_no_worker_outlives_its_tasks():
    (pid,) = {pid for _, (_, pid) in run_tasks(scaled, [1], SHARED, 2)}
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_results_come_as_they_are_done():
    assert next(iter(run_tasks(slow_for_the_first, range(2), SHARED, 2)))[0] == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_is_raised_here(workers):
    with pytest.raises(UserError, match="broken, task 7"):
        list(run_tasks(failing, [7], SHARED, workers))


def test_a_process_that_the_system_ends_is_told_as_memory_that_ran_out():
    with pytest.raises(MemoryError, match="ended from outside"):
        list(run_tasks(killed, [0], SHARED, 2))


def test_no_task_can_change_what_all_share():
    with pytest.raises(ValueError, match="read-only"):
        list(run_tasks(writing, [0], SHARED, 2))


def test_no_tasks_no_results():
    assert list(run_tasks(scaled, [], SHARED, 2)) == []


def test_workers_end_with_their_owner_even_if_it_is_killed(tmp_path):
    code = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[2]); from test_executors import noting;"
        "from sentiment140.executors.processes import run_tasks;"
        "list(run_tasks(noting, range(2), pathlib.Path(sys.argv[1]), 2))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]) as owner:
        while len([path for path in tmp_path.iterdir() if path.read_text()]) < 2:
            assert owner.poll() is None
            time.sleep(0.05)
        owner.send_signal(signal.SIGKILL)
    left = {int(path.read_text()) for path in tmp_path.iterdir()}
    while left:  # a test that hangs here has failed
        time.sleep(0.1)
        left = {pid for pid in left if Path(f"/proc/{pid}").exists() and "Z" not in state_of(pid)}


def state_of(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"
