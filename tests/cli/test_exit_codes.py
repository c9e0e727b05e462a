"""Exit codes and one-line errors of commands."""

import argparse
import logging
import signal

import pytest

from sentiment140 import pipeline
from sentiment140.cli import COMMANDS, arguments, main
from sentiment140.cli.arguments import add_executor
from sentiment140.cli.exit_codes import run_command
from sentiment140.data.locate import NO_TEST_TWEETS
from sentiment140.data.tables import ABOUT
from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import RunScores
from sentiment140.report import tables
from sentiment140.runs.memory import memory_errors
from sentiment140.runs.run import Run
from sentiment140.runs.stage import stage


def raising(error):
    def main():
        raise error

    return main


@pytest.fixture(autouse=True)
def restored_process():
    """Restores what `run_command` changes in the process: the SIGTERM handler and the log level."""
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
def test_an_error_that_the_user_can_correct_is_one_line_with_its_exit_code(capsys, error, code, reported):
    with pytest.raises(SystemExit) as exited:
        run_command(raising(error), resumes=True)
    assert exited.value.code == code
    assert capsys.readouterr().err.strip().startswith(reported)


@pytest.mark.parametrize("gpus", ["0.00001", "1.5", "-1", "nan", "many"])
def test_a_number_of_gpus_that_ray_does_not_support_is_refused(capsys, gpus):
    parser = argparse.ArgumentParser()
    add_executor(parser)
    assert [parser.parse_args(["--gpus", valid]).gpus for valid in ("0", "0.0001", "0.5", "2")] == [0, 0.0001, 0.5, 2]
    with pytest.raises(SystemExit):
        parser.parse_args([f"--gpus={gpus}"])
    assert (
        f"argument --gpus: must be a number from 0.0001 to 1, or a whole number, is {gpus}" in capsys.readouterr().err
    )


def test_sigterm_gives_exit_code_143(capsys):
    with pytest.raises(SystemExit) as exited:
        run_command(lambda: signal.raise_signal(signal.SIGTERM))
    assert exited.value.code == 143
    assert capsys.readouterr().err == "\nstopped\n"


@pytest.mark.parametrize("error", [ValueError("a bug"), ImportError("undefined symbol", name="x")])
def test_a_bug_of_the_program_keeps_its_traceback(error):
    with pytest.raises(type(error)):
        run_command(raising(error))


def test_an_out_of_memory_error_names_the_stage(tmp_path):
    run = Run.open(tmp_path, "r")
    for sign in ("could not create a primitive", "can't start new thread"):
        reported = rf"not enough memory \({sign}\), in the stage train, make --workers"
        with pytest.raises(UserError, match=reported), memory_errors(), stage(run, "train"):
            raise RuntimeError(sign)
    with pytest.raises(ValueError, match="another"), stage(run, "train"):
        raise ValueError("another")


def test_every_command_explains_itself_with_examples(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit) as exited:
            main(command, ["--help"])
        assert exited.value.code == 0
        printed = capsys.readouterr().out
        assert "Examples:\n  # " in printed, command
        assert "{prog}" not in printed, command
        assert printed.count("(default") + printed.count("(required)") >= printed.count("\n  --"), command


@pytest.mark.parametrize(
    ("command", "flags", "hint"),
    [
        ("run", ["--executor", "rai"], 'argument --executor: unknown executor "rai": did you mean ray?'),
        ("run", ["--blender", "men"], 'argument --blender: unknown blender "men": did you mean mean?'),
        ("run", ["--preset", "quik"], 'unknown preset "quik": did you mean quick?'),
        ("run", ["--members", "conv_bilsm"], 'unknown member in --members "conv_bilsm": did you mean conv_bilstm?'),
        ("predict", ["--executor", "locl", "a text"], 'unknown executor "locl": did you mean local?'),
        ("predict", ["--quality", "bst", "a text"], 'argument --quality: unknown quality "bst": did you mean best?'),
        ("predict", ["--format", "cvs", "--input", "a.csv"], 'unknown format "cvs": did you mean csv?'),
    ],
)
def test_an_unknown_name_gets_a_suggestion(capsys, command, flags, hint):
    with pytest.raises(SystemExit) as exited:
        main(command, flags)
    assert exited.value.code == 2
    assert hint in capsys.readouterr().err


def test_an_unknown_run_gets_a_suggestion_and_the_command_that_trains_one(capsys, tmp_path, monkeypatch):
    (tmp_path / "first" / "work").mkdir(parents=True)
    monkeypatch.setattr(arguments, "SUBMISSIONS", tmp_path)
    for in_checkout, command in ((True, "python scripts/train.py"), (False, "sentiment140 train")):
        monkeypatch.setattr(arguments, "_IN_CHECKOUT", in_checkout)
        with pytest.raises(SystemExit):
            main("report", ["--run", "frist"])
        reported = capsys.readouterr().err
        assert 'unknown run "frist": did you mean first?' in reported
        assert f"train it first: {command} --run NAME" in reported


@pytest.mark.parametrize("tested", [True, False])
def test_run_prints_only_files_that_exist_and_what_the_run_lacks(capsys, tmp_path, monkeypatch, tested):
    run = Run.open(tmp_path, "r")
    for name in ("report.html", "oof.csv", *(["submission.csv"] if tested else [])):
        run.path(name).write_text("")
    run.write_json(ABOUT, {"notices": [] if tested else [NO_TEST_TWEETS]})
    monkeypatch.setattr(pipeline, "run_all", lambda *_: run)
    monkeypatch.setattr(RunScores, "read", lambda _: None)
    monkeypatch.setattr(tables, "score_table", lambda _: "scores")
    main("run", [])
    printed = capsys.readouterr().out.splitlines()
    expected = ["scores", str(run.path("report.html")), str(run.path("oof.csv"))]
    assert printed == [*expected, str(run.path("submission.csv")) if tested else NO_TEST_TWEETS]
