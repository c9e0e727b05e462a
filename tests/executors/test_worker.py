"""Ctrl-C while worker processes still import their modules: only their owner handles it."""

import os
import signal
import subprocess
import sys
import time

import pytest

SLOW_TO_LOAD = """
import os, pathlib, time

if os.environ.setdefault("OWNER", str(os.getpid())) != str(os.getpid()):
    pathlib.Path(os.environ["LOADING"], str(os.getpid())).touch()
    time.sleep(1)

def task(shared, number):
    time.sleep(5)

def make():
    return time.sleep
"""
STARTED_BY = {
    "in_order": "from sentiment140.executors.pool import in_order; list(in_order(module.make, (), [5, 5], 2))",
    "as_completed": "from sentiment140.executors.pool import as_completed as c; list(c(module.make, (), [5, 5], 2))",
    "processes": "from sentiment140.executors.processes import Processes as P; list(P(2).run(module.task, [1, 2], 0))",
}


@pytest.mark.parametrize("function", STARTED_BY)
def test_a_worker_that_still_imports_ignores_ctrl_c(function, tmp_path):
    (tmp_path / "slow_to_load.py").write_text(SLOW_TO_LOAD)
    loading = tmp_path / "loading"
    loading.mkdir()
    code = f"import slow_to_load as module; {STARTED_BY[function]}"
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, "LOADING": str(loading)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as owner:
        while not list(loading.iterdir()):
            assert owner.poll() is None
            time.sleep(0.05)
        os.killpg(owner.pid, signal.SIGINT)  # sent to all processes, as a terminal does
        printed = owner.stderr.read()
    assert printed.count("Traceback") == 1, printed  # that of the owner
    assert printed.rstrip().endswith("KeyboardInterrupt")
