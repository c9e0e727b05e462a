import os
import time

import numpy as np
import pytest

from sentiment140.errors import UserError
from sentiment140.executors.processes import run_tasks


def scaled(shared, task):
    return (shared["array"] * task).sum(), os.getpid()


def slow_for_the_first(shared, task):
    time.sleep(1.0 if task == 0 else 0.0)
    return task


def failing(shared, task):
    raise UserError("broken", f"task {task}")


def writing(shared, task):
    shared["array"][0] = 1


SHARED = {"array": np.arange(500_000, dtype=np.float64)}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_once_with_its_result(workers):
    found = dict(run_tasks(scaled, range(5), SHARED, workers))
    assert {task: result for task, (result, _) in found.items()} == {n: n * SHARED["array"].sum() for n in range(5)}
    assert (os.getpid() in {pid for _, pid in found.values()}) == (workers == 1)


def test_results_come_as_they_are_done():
    assert next(iter(run_tasks(slow_for_the_first, range(2), SHARED, 2)))[0] == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_is_raised_here(workers):
    with pytest.raises(UserError, match="broken, task 7"):
        list(run_tasks(failing, [7], SHARED, workers))


def test_no_task_can_change_what_all_share():
    with pytest.raises(ValueError, match="read-only"):
        list(run_tasks(writing, [0], SHARED, 2))


def test_no_tasks_no_results():
    assert list(run_tasks(scaled, [], SHARED, 2)) == []
