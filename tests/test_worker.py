"""Ctrl-C while processes that work for another still load: only their owner hears it."""

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
    time.sleep(2)

def task(shared, number):
    time.sleep(5)

def make():
    return time.sleep
"""
BEGUN_BY = {
    "scoring": "from sentiment140.serving.parallel import in_order; list(in_order(module.make, (), [5, 5], 2))",
    "training": "from sentiment140.executors.processes import Processes as P; list(P(2).run(module.task, [1, 2], 0))",
}


@pytest.mark.parametrize("kind", BEGUN_BY)
def test_a_ctrl_c_is_not_heard_by_a_process_that_still_loads(kind, tmp_path):
    (tmp_path / "slow_to_load.py").write_text(SLOW_TO_LOAD)
    loading = tmp_path / "loading"
    loading.mkdir()
    code = f"import slow_to_load as module; {BEGUN_BY[kind]}"
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
        os.killpg(owner.pid, signal.SIGINT)  # as a terminal does: to all of them
        told = owner.stderr.read()
    assert told.count("Traceback") == 1, told  # the owner's
    assert told.rstrip().endswith("KeyboardInterrupt")
