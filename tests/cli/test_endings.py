"""How a command ends: each failure with its exit code and its line."""

import argparse
import logging
import signal

import pytest

from sentiment140.cli.arguments import add_executor
from sentiment140.cli.endings import guarded
from sentiment140.errors import UserError
from sentiment140.runs.memory import memory_errors
from sentiment140.runs.run import Run
from sentiment140.runs.stage import stage


def raising(error):
    def main():
        raise error

    return main


@pytest.fixture(autouse=True)
def as_it_was():
    """`guarded` sets up a process; this one goes on."""
    handler, level = signal.getsignal(signal.SIGTERM), logging.getLogger("sentiment140").level
    yield
    signal.signal(signal.SIGTERM, handler)
    logging.getLogger("sentiment140").setLevel(level)


@pytest.mark.parametrize(
    ("error", "code", "reported"),
    [
        (UserError("no tweets", "there"), 2, "error: no tweets, there"),
        (OSError(28, "No space left on device", "a.csv"), 2, "error: No space left on device, a.csv: the same"),
        (OSError("12 requested and 4 written"), 2, "error: 12 requested and 4 written: the same command continues"),
        (MemoryError(), 2, "error: not enough memory to start"),
        (MemoryError("of node 2"), 2, "error: not enough memory (of node 2), free some"),
        (ImportError("libx.so: failed to map segment from shared object", name="x"), 2, "error: not enough memory"),
        (ModuleNotFoundError("no", name="pandas"), 2, 'error: pandas is not installed, install the extra "train"'),
        (KeyboardInterrupt(), 130, "stopped: the same command continues where it was"),
    ],
)
def test_a_failure_that_the_user_can_mend_is_one_line(capsys, error, code, reported):
    with pytest.raises(SystemExit) as ended:
        guarded(raising(error), resumes=True)
    assert ended.value.code == code
    assert capsys.readouterr().err.strip().startswith(reported)


@pytest.mark.parametrize("share", ["0.00001", "1.5", "-1", "nan", "many"])
def test_a_share_of_a_gpu_that_ray_cannot_give_is_refused(capsys, share):
    target = argparse.ArgumentParser()
    add_executor(target)
    assert [target.parse_args(["--gpus", fine]).gpus for fine in ("0", "0.0001", "0.5", "2")] == [0, 0.0001, 0.5, 2]
    with pytest.raises(SystemExit):
        target.parse_args([f"--gpus={share}"])
    assert "argument --gpus: " in capsys.readouterr().err


def test_sigterm_stops_with_an_exit_code_of_its_own(capsys):
    with pytest.raises(SystemExit) as ended:
        guarded(lambda: signal.raise_signal(signal.SIGTERM))
    assert ended.value.code == 143
    assert capsys.readouterr().err == "\nstopped\n"


@pytest.mark.parametrize("error", [ValueError("a bug"), ImportError("undefined symbol", name="x")])
def test_a_bug_of_the_program_keeps_its_traceback(error):
    with pytest.raises(type(error)):
        guarded(raising(error))


def test_the_stage_that_runs_out_of_memory_is_named(tmp_path):
    run = Run.open(tmp_path, "r")
    for sign in ("could not create a primitive", "can't start new thread"):
        reported = rf"not enough memory \({sign}\), in the stage train, make --workers"
        with pytest.raises(UserError, match=reported), memory_errors(), stage(run, "train"):
            raise RuntimeError(sign)
    with pytest.raises(ValueError, match="another"), stage(run, "train"):
        raise ValueError("another")
