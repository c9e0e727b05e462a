"""Every executor runs tasks alike: in this process, in several processes, on a Ray cluster."""

import logging
import operator
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sentiment140.errors import UserError
from sentiment140.executors import EXECUTORS, executor_named, processes
from sentiment140.executors.local import Local
from sentiment140.executors.processes import Processes
from sentiment140.progress.events import emit


def scaled(shared, task):
    return (shared["array"] * task).sum(), os.getpid()


def slow_for_the_first(shared, task):
    time.sleep(1.0 if task == 0 else 0.0)
    return task


def write_pid_and_sleep(folder, task):
    (folder / f"{task}").write_text(str(os.getpid()))
    time.sleep(60)


def sleeping(shared, task):
    time.sleep(60)


def failing(shared, task):
    raise UserError("broken", f"task {task}")


def emitting_often(shared, task):
    for _ in range(2000):  # more than a pipe holds
        emit("x" * 100)
    return task


def emitting(shared, task):
    emit(("half", task))
    return task


def killed(shared, task):
    os.kill(os.getpid(), signal.SIGKILL)


def writing(shared, task):
    shared["array"][0] = 1


SHARED = {"array": np.arange(500_000, dtype=np.float64)}


all_executors = pytest.mark.parametrize("name", EXECUTORS)
in_other_processes = pytest.mark.parametrize("name", ["processes", "ray"])


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Lets worker processes of Ray import the functions above."""
    monkeypatch.setenv("PYTHONPATH", _path())


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a Ray cluster of one core, for all tests that can share one."""
    from benchmarks.cluster import head  # imported here: the processes of the tasks do not need it

    with head({**os.environ, "PYTHONPATH": _path()}, tmp_path_factory.mktemp("head") / "head.log") as found:
        yield found


def _path():
    repository = Path(__file__).parents[2]
    return os.pathsep.join(filter(None, (str(repository), str(repository / "tests"), os.environ.get("PYTHONPATH"))))


@pytest.fixture
def executor(name, request):
    """The executor of this name, Ray's on the shared cluster."""
    return executor_named(name, 2, request.getfixturevalue("address") if name == "ray" else None)


@pytest.mark.filterwarnings("ignore")  # Ray's own
@all_executors
def test_each_task_runs_once_and_is_yielded_with_its_result(name):
    found = dict(executor_named(name, 2).run(scaled, range(5), SHARED, lambda *_: None))
    assert {task: result for task, (result, _) in found.items()} == {n: n * SHARED["array"].sum() for n in range(5)}
    assert (os.getpid() in {pid for _, pid in found.values()}) == (name == "local")


@pytest.mark.parametrize("name", ["local", "processes"])
def test_the_start_and_the_events_of_each_task_are_reported_before_its_result(name):
    found = []
    for task, _ in executor_named(name, 2).run(emitting, range(5), SHARED, lambda *event: found.append(event)):
        assert [event for of_task, event in found if of_task == task] == [None, ("half", task)]
    assert len(found) == 10
    emit("nobody receives this")
    assert len(found) == 10


def test_many_events_of_unwatched_tasks_block_no_worker():
    found = dict(Processes(2).run(emitting_often, range(2), SHARED))
    assert found == {0: 0, 1: 1}


@pytest.mark.parametrize(("name", "workers"), [("local", 1), ("processes", 3), ("ray", 3)])
def test_the_number_of_tasks_at_the_same_time_is_known(name, workers):
    assert executor_named(name, 3).workers == workers


def test_workers_exit_when_all_tasks_are_done():
    (pid,) = {pid for _, (_, pid) in Processes(2).run(scaled, [1], SHARED)}
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_results_come_in_the_order_of_completion():
    assert next(iter(Processes(2).run(slow_for_the_first, range(2), SHARED)))[0] == 1


@pytest.mark.filterwarnings("ignore")
@all_executors
def test_an_error_of_a_task_is_raised_in_the_caller(executor):
    with pytest.raises(UserError, match="broken, task 7"):
        list(executor.run(failing, [7], SHARED))


@all_executors
def test_without_tasks_there_are_no_results(name):
    assert list(executor_named(name, 2).run(scaled, [], SHARED)) == []


def test_a_single_worker_is_this_process():
    assert isinstance(executor_named("processes", 1), Local)


def test_without_ray_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"Ray is not installed.*pip install .*requirements-cluster\.txt"):
        executor_named("ray", 2)


@pytest.mark.parametrize("flags", [{"address": "10.0.0.1:6379"}, {"gpus": 0.5}])
def test_flags_of_a_cluster_need_the_executor_ray(flags):
    with pytest.raises(UserError, match=r"need a Ray cluster, add --executor ray"):
        executor_named("processes", 2, **flags)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:99999", "a..b:6379"])
def test_an_address_without_a_cluster_is_reported_at_once(address):
    with pytest.raises(UserError, match=r"no cluster found .*ray start --head"):
        list(executor_named("ray", 2, address).run(scaled, [0], SHARED))


@pytest.mark.filterwarnings("ignore")
@in_other_processes
def test_a_killed_worker_is_reported_as_a_memory_error(executor):
    with pytest.raises(MemoryError, match=r"killed from outside|WorkerCrashedError on a machine of the cluster"):
        list(executor.run(killed, [0], SHARED))


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_node_that_runs_out_of_memory_is_reported(monkeypatch):
    monkeypatch.setenv("RAY_memory_usage_threshold", "0.001")  # Ray kills tasks above this share of the memory
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "100")
    with pytest.raises(MemoryError, match="OutOfMemoryError on a machine of the cluster"):
        list(executor_named("ray", 2).run(sleeping, [0], SHARED))


@pytest.mark.filterwarnings("ignore")
def test_waiting_for_gpus_that_no_node_has_is_reported(address, monkeypatch):
    class WarnedError(Exception):
        pass

    def stop(what, *numbers):  # without it, the test would wait until a machine with GPUs joins
        raise WarnedError(what % numbers)

    monkeypatch.setattr("sentiment140.executors.cluster._RESULT_TIMEOUT", 0.5)
    monkeypatch.setattr(logging.getLogger("sentiment140.executors.cluster"), "warning", stop)
    needed = "waiting: a task needs 1 CPU and 64 GPU, which no machine of the cluster"
    with pytest.raises(WarnedError, match=needed):
        list(executor_named("ray", 2, address, gpus=64.0).run(sleeping, [0], SHARED))


@pytest.mark.filterwarnings("ignore")
@in_other_processes
def test_no_task_can_change_the_shared_data(executor):
    with pytest.raises(ValueError, match="read-only"):
        list(executor.run(writing, [0], SHARED))


def test_workers_exit_when_their_owner_is_killed(tmp_path):
    code = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[2]); from test_executors import write_pid_and_sleep;"
        "from sentiment140.executors.processes import Processes;"
        "list(Processes(2).run(write_pid_and_sleep, range(2), pathlib.Path(sys.argv[1])))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]) as owner:
        while len([path for path in tmp_path.iterdir() if path.read_text()]) < 2:
            assert owner.poll() is None
            time.sleep(0.05)
        owner.send_signal(signal.SIGKILL)
    left = {int(path.read_text()) for path in tmp_path.iterdir()}
    while left:  # the test fails by hanging here
        time.sleep(0.1)
        left = {pid for pid in left if Path(f"/proc/{pid}").exists() and "Z" not in state_of(pid)}


def state_of(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def test_shared_data_of_a_killed_process_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes.tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, kept = (tmp_path / f"{processes._PREFIX}{number}-x" for number in (ended.pid, os.getpid()))
    for folder in (left, kept):
        folder.mkdir()
        (folder / "shared").write_text("arrays")
    assert list(processes.Processes(2).run(operator.add, [1], 1)) == [(1, 2)]
    assert list(tmp_path.iterdir()) == [kept]
