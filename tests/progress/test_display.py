"""What the terminal and the log show while tasks run."""

import io
import logging
import threading
from contextlib import redirect_stderr
from dataclasses import dataclass

import pytest

from sentiment140.progress import display, events
from sentiment140.progress.display import Progress, showing
from sentiment140.progress.events import Meter, Step, emit, sending
from sentiment140.progress.forecast import Work


@dataclass(frozen=True)
class Task:
    name: str


A, B = Task("conv_lstm-fold0"), Task("tfidf-fold1")
WORK = [Work(A.name, "conv_lstm", 60.0), Work(B.name, "tfidf", 60.0)]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""

    class Clock:
        now = 0.0

    for module in (display, events):
        monkeypatch.setattr(module, "monotonic", lambda: Clock.now)
    return Clock


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(display, "_REFRESH", 3600.0)  # only when the test says so
    return Terminal()


def test_a_terminal_shows_share_time_left_and_what_runs(terminal, clock):
    with redirect_stderr(terminal), Progress("train", WORK, lambda: 2) as progress:
        progress.watch(A, None)
        progress.watch(B, None)
        progress.watch(A, Step(0.0, "epoch 1/2"))
        clock.now = 120.0
        progress.watch(A, Step(0.25, "epoch 1/2"))
        progress.finish(B)
        progress.refresh()
    line = terminal.getvalue().split("\r")
    assert any(
        "train  46 % |" in part and "about 4 min left | conv_lstm-fold0 epoch 1/2" in part and B.name not in part
        for part in line
    ), line


def test_the_line_never_says_100_percent_before_the_end(terminal, clock):
    with redirect_stderr(terminal), Progress("train", WORK[:1]) as progress:
        progress.watch(A, None)
        progress.watch(A, Step(1.0, "predicts"))
        clock.now = 1.0
        progress.refresh()
    assert " 99 % |" in terminal.getvalue()
    assert "100 %" not in terminal.getvalue()


def test_without_a_terminal_a_line_is_logged(clock, caplog):
    caplog.set_level(logging.INFO, display.__name__)
    with redirect_stderr(io.StringIO()), Progress("train", WORK, lambda: 2) as progress:
        progress.watch(A, None)
        progress.watch(A, Step(0.0, "epoch 1/2"))
        clock.now = 90.0
        progress.watch(A, Step(0.5, "epoch 1/2"))
        progress.refresh()
    assert caplog.messages == ["train: 25 %, 2 min elapsed, about 3 min left | conv_lstm-fold0 epoch 1/2"]


@pytest.mark.parametrize(("shown", "name"), [(Terminal(), "_REFRESH"), (io.StringIO(), "_LOG_EVERY")])
def test_the_line_is_refreshed_while_the_caller_waits(shown, name, monkeypatch):
    refreshed = threading.Event()
    monkeypatch.setattr(display, name, 0.01)
    monkeypatch.setattr(Progress, "refresh", lambda _: refreshed.set())
    with redirect_stderr(shown), Progress("train", WORK):
        assert refreshed.wait(60)


def test_steps_that_code_in_this_process_emits_are_shown(terminal, clock):
    with redirect_stderr(terminal), showing("evaluate", 60.0) as progress:
        meter = Meter(10.0)
        meter.add(0.0, "bootstrap")
        clock.now = 10.0
        meter.add(5.0, "bootstrap")
        emit("something else")  # is ignored
        assert progress.status() == (0.5, 10.0, "bootstrap")
    emit(Step(0.5))  # nobody receives it


def test_work_of_unknown_length_shows_the_time_that_has_passed(terminal):
    with redirect_stderr(terminal), showing("read"):
        emit(Step(0.5, "is not shown"))
    assert "read | 00:00 elapsed" in terminal.getvalue()
    assert "%" not in terminal.getvalue()


def test_log_lines_do_not_break_the_line(terminal):
    handler = logging.StreamHandler(terminal)
    logging.getLogger().addHandler(handler)
    try:
        with redirect_stderr(terminal), Progress("train", WORK):
            logging.getLogger().warning("one model is fitted")
    finally:
        logging.getLogger().removeHandler(handler)
    before, after = terminal.getvalue().split("one model is fitted\n")
    assert before.endswith("\r")  # the line was cleared
    assert after.startswith("\rtrain")  # and is shown again


def test_a_meter_emits_the_first_step_and_each_new_phase_at_once():
    found: list[object] = []
    with sending(found.append):
        meter = Meter(100.0)
    for what in ("epoch 1/2", "epoch 1/2", "epoch 1/2", "epoch 2/2"):
        meter.add(25.0, what)
    assert found == [Step(0.25, "epoch 1/2"), Step(1.0, "epoch 2/2")]
