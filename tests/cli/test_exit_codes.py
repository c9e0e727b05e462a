"""Exit codes and one-line errors of commands."""

import argparse
import logging
import os
import signal
import subprocess
import sys

import pytest

from sentiment140 import presets
from sentiment140.cli import COMMANDS, arguments, main
from sentiment140.cli.arguments import add_executor
from sentiment140.cli.exit_codes import run_command
from sentiment140.cli.run import print_results
from sentiment140.errors import UserError
from sentiment140.report import tables
from sentiment140.runs.identity import bind_identity
from sentiment140.runs.memory import memory_errors
from sentiment140.runs.run import Run
from sentiment140.runs.stage import stage
from support import REPOSITORY
from support.synthetic_run import write_synthetic_run


def raising(error):
    def main(*_):
        raise error

    return main


@pytest.fixture(autouse=True)
def restored_process():
    """Restores what `run_command` changes in the process: the signal handlers and the log level."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    level = logging.getLogger("sentiment140").level
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    logging.getLogger("sentiment140").setLevel(level)


@pytest.mark.parametrize(
    ("error", "code", "reported"),
    [
        (UserError("no tweets", "there"), 2, "error: no tweets, there"),
        (OSError(28, "No space left on device", "a.csv"), 2, "error: No space left on device, a.csv: the same"),
        (
            OSError(24, "Too many open files", "a.csv"),
            2,
            "error: too many open files, raise the limit (ulimit -n 1024)",
        ),
        (OSError(9, "Bad file descriptor"), 2, "error: standard input or output is closed, open it, or name files"),
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


@pytest.mark.parametrize(
    ("command", "printed"), [("run", "stopped: the same command continues"), ("serve", "stopped\n")]
)
def test_ctrl_c_while_a_command_is_loaded_is_reported_like_any_other(capsys, monkeypatch, command, printed):
    monkeypatch.setattr("importlib.import_module", raising(KeyboardInterrupt()))
    with pytest.raises(SystemExit) as exited:
        main(command, [])
    assert exited.value.code == 130
    assert capsys.readouterr().err.lstrip().startswith(printed)


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


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_ends_the_command_with_its_exit_code(capsys, number, code):
    with pytest.raises(SystemExit) as exited:
        run_command(lambda: signal.raise_signal(number))
    assert exited.value.code == code
    assert capsys.readouterr().err == "\nstopped\n"


@pytest.mark.parametrize(
    ("use", "closed", "code", "reported"),
    [
        ("print(1)", ">&-", 2, "error: standard input or output is closed, open it"),
        ("sys.stdout.buffer.write(b'1')", ">&-", 2, "error: standard input or output is closed, open it"),
        ("sys.stdin.read()", "<&-", 2, "error: standard input or output is closed, open it"),
        ("open('out', 'w').write('1')", "<&- >&-", 0, ""),
        ("print('1' * 100_000)", ">/dev/full", 2, "error: No space left on device"),
        ("print(1, file=sys.stderr)", "2>&-", 0, ""),
    ],
)
def test_a_closed_stream_is_reported_if_it_is_needed(tmp_path, use, closed, code, reported):
    (tmp_path / "use.py").write_text(
        f"import sys\nfrom sentiment140.cli.exit_codes import run_command\nrun_command(lambda: {use})\n"
    )
    command = f"exec {sys.executable} use.py {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(reported)
    assert done.stderr.count("\n") == (reported != "")
    if use.startswith("open"):
        assert (tmp_path / "out").read_text() == "1"


def test_a_command_under_nohup_goes_on(capsys):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    run_command(lambda: signal.raise_signal(signal.SIGHUP))
    assert capsys.readouterr().err == ""


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
    monkeypatch.chdir(REPOSITORY)
    for in_checkout, command in ((True, "python scripts/train.py"), (False, "sentiment140 train")):
        monkeypatch.setattr(arguments, "IN_CHECKOUT", in_checkout)
        with pytest.raises(SystemExit):
            main("report", ["--run", "frist"])
        reported = capsys.readouterr().err
        assert 'unknown run "frist": did you mean first?' in reported
        assert f"train it first: {command} --run NAME" in reported


MISTAKES = [
    (["--preset", "quik"], 'unknown preset "quik"'),
    (["--members", "conv_bilsm"], "did you mean conv_bilstm?"),
    (["--folds", "1"], "folds must be at least 2"),
    (["--set", "members.conv_bilstm.architecture=conv_bilsm"], 'unknown architecture "conv_bilsm"'),
    (["--set", "members.conv_bilstm.arguments.filtres=3"], "did you mean filters?"),
    (["--run", "a/b"], '"a/b" cannot name a run'),
    (["--data", "no/such/folder"], "no such folder or file"),
    (["--test", "no/such/file.csv"], "no such file"),
    (["--data", "demo", "--run", "taken", "--limit", "100"], "limit: 0 there, 100 here"),
    (["--executor", "processes", "--gpus", "1"], "need a Ray cluster"),
]
MISTAKES_OF_STUDIES = [
    (["--data", "no/such/folder"], "no such folder or file"),
    (["--data", "demo", "--run", "a/b"], "cannot name a run"),
    (["--executor", "processes", "--gpus", "1"], "need a Ray cluster"),
]


@pytest.mark.parametrize(
    ("command", "mistakes"),
    [
        *(("run", MISTAKES), ("train", MISTAKES)),
        *(("ablate", MISTAKES_OF_STUDIES), ("learning-curve", MISTAKES_OF_STUDIES)),
    ],
)
def test_mistakes_are_reported_before_heavy_libraries_are_imported(tmp_path, command, mistakes):
    runs, script = tmp_path / "submissions", tmp_path / "mistakes.py"
    run = Run.open(runs, "demo-taken")
    bind_identity(run, presets.load("standard"), "", {}, {})
    script.write_text(
        f"import sys, pathlib\nfrom sentiment140.cli import arguments, main\n"
        f"arguments.ROOT, arguments.SUBMISSIONS = pathlib.Path({str(tmp_path)!r}), pathlib.Path({str(runs)!r})\n"
        f"for given in {[given for given, _ in mistakes]}:\n"
        f"    try:\n        main({command!r}, given)\n"
        f"    except SystemExit as ended:\n        print(ended.code)\n"
        "print(sorted({'tensorflow', 'keras', 'pandas', 'sklearn', 'scipy'} & {*sys.modules}))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "SENTIMENT140_DATA"}
    done = subprocess.run(
        [sys.executable, script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["2"] * len(mistakes) + ["[]"], done.stderr
    errors = [line for line in done.stderr.splitlines() if "error: " in line]
    assert len(errors) == len(mistakes)
    for error, (_, message) in zip(errors, mistakes, strict=True):
        assert message in error
    assert [path.name for path in runs.iterdir()] == ["demo-taken"]


@pytest.mark.parametrize("in_checkout", [True, False])
@pytest.mark.parametrize("demo", [True, False])
def test_the_end_of_a_run_names_existing_files_and_what_to_type_next(capsys, tmp_path, monkeypatch, in_checkout, demo):
    folder = write_synthetic_run(tmp_path / "my run", "demo" if demo else "real")
    (folder / "predictions.csv").unlink()
    (folder / "model").mkdir()
    monkeypatch.setattr(arguments, "IN_CHECKOUT", in_checkout)
    monkeypatch.chdir(tmp_path)
    print_results(folder, ["no test tweets found"])
    _, lines = capsys.readouterr().out.rsplit("'my run/oof.csv'\n", 1)
    scripts = REPOSITORY / "scripts"
    start = [f"python {scripts}/{name}.py" if in_checkout else f"sentiment140 {name}" for name in ("predict", "serve")]
    expected = ["'my run/scores.json'", "no test tweets found", "", "next:"]
    expected += [f"  {start[0]} --model 'my run' \"I love it\"", f"  {start[1]} --model 'my run'"]
    assert lines.splitlines() == [*expected, *(["", tables.DEMO] if demo else [])]


def test_the_end_of_a_run_without_an_exported_model_names_no_command_that_needs_one(capsys, tmp_path):
    print_results(write_synthetic_run(tmp_path / "run"), [])
    assert "next:" not in capsys.readouterr().out


def test_a_command_is_shown_as_it_is_typed_in_the_current_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(REPOSITORY)
    assert arguments.how_to_type("learning-curve") == "python scripts/learning_curve.py"
    monkeypatch.chdir(tmp_path)
    assert arguments.how_to_type("predict") == f"python {REPOSITORY}/scripts/predict.py"
    monkeypatch.setattr(arguments, "IN_CHECKOUT", False)
    assert arguments.how_to_type("learning-curve") == "sentiment140 learning-curve"
