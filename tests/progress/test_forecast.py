"""The forecast of how long tasks still take, on a clock that the tests read out."""

import pytest

from sentiment140.progress.forecast import Forecast, Work

LINEAR = [Work(f"linear-{fold}", "linear", 10.0) for fold in range(2)]
NETWORK = [Work(f"network-{fold}", "network", 100.0) for fold in range(3)]
NO_TASKS: list[Work] = []


def test_at_first_the_expectations_count_shared_by_the_workers():
    forecast = Forecast(LINEAR + NETWORK)
    assert forecast.share(0) == 0
    assert forecast.seconds_left(0, workers=1) == 320
    assert forecast.seconds_left(0, workers=2) == 210  # two networks one after the other, after a linear model
    assert forecast.seconds_left(0, workers=9) == 100  # not less than the longest task


def test_a_finished_task_says_how_long_the_others_of_its_group_take():
    forecast = Forecast(NETWORK)
    forecast.start("network-0", 0)
    forecast.finish("network-0", 300, 0)
    assert forecast.seconds_left(300, workers=1) == 600
    assert forecast.share(300) == pytest.approx(1 / 3)


def test_a_fast_machine_is_noticed_for_other_groups_too():
    forecast = Forecast(LINEAR + NETWORK)
    for name, now in (("linear-0", 0), ("linear-1", 5)):
        forecast.start(name, now)
        forecast.finish(name, now + 5, 0)
    assert forecast.seconds_left(10, workers=1) == 150
    assert forecast.share(10) == pytest.approx(10 / 160)


def test_the_speed_of_a_running_task_counts_the_more_the_more_it_has_done():
    forecast = Forecast(NETWORK[:1])
    forecast.start("network-0", 0)
    forecast.advance("network-0", 0.0, 0)
    forecast.advance("network-0", 0.01, 8)  # too little: the expectation of 100 s counts
    assert forecast.seconds_left(8, workers=1) == pytest.approx(99)
    forecast.advance("network-0", 0.25, 100)  # 400 s as a whole at this speed: half as sure as of the expectation
    assert forecast.seconds_left(100, workers=1) == pytest.approx(0.75 * 250)
    forecast.advance("network-0", 0.5, 200)
    assert forecast.seconds_left(200, workers=1) == pytest.approx(200)
    assert forecast.seconds_left(250, workers=1) == pytest.approx(150)  # it has gone on since then
    assert forecast.share(200) == pytest.approx(0.5)
    assert forecast.running == ["network-0"]


def test_the_preparation_of_a_task_says_nothing_about_its_speed():
    forecast = Forecast(NETWORK[:1])
    forecast.start("network-0", 0)
    forecast.advance("network-0", 0.0, 60)
    forecast.advance("network-0", 0.5, 70)
    assert forecast.seconds_left(70, workers=1) == pytest.approx(40)  # half of 80 s, of which 60 s were preparation


def test_running_tasks_say_how_long_others_of_their_group_take_until_one_is_finished():
    forecast = Forecast(NETWORK)
    forecast.start("network-0", 0)
    forecast.advance("network-0", 0.0, 0)
    forecast.advance("network-0", 0.5, 100)
    assert forecast.seconds_left(100, workers=1) == 100 + 2 * 200
    forecast.finish("network-0", 150, 0)
    assert forecast.seconds_left(150, workers=1) == 2 * 150


def test_starting_workers_take_time_before_the_first_task():
    forecast = Forecast(LINEAR, now=50, startup=7)
    assert forecast.seconds_left(50, workers=1) == 27
    assert forecast.seconds_left(55, workers=1) == 22
    forecast.start("linear-0", 57)
    assert forecast.seconds_left(57, workers=1) == 20


def test_a_task_that_takes_longer_than_expected_has_no_negative_time_left():
    forecast = Forecast(LINEAR)
    forecast.start("linear-0", 0)
    assert forecast.seconds_left(50, workers=1) == 10
    assert 0 < forecast.share(50) < 1


def test_tasks_of_an_earlier_start_count_as_done_and_say_how_long_the_others_take():
    forecast = Forecast(NETWORK, {"network-0": 50.0, "network-1": 70.0})
    assert forecast.share(0) == pytest.approx(2 / 3)
    assert forecast.seconds_left(0, workers=4) == 60
    forecast.start("network-2", 0)
    assert forecast.seconds_left(0, workers=4) == 60
    forecast.finish("network-2", 40, 0)
    assert forecast.share(40) == 1
    assert forecast.seconds_left(40, workers=4) == 0


def test_results_alone_are_enough_if_nobody_reports_what_runs():
    forecast = Forecast(NETWORK)
    forecast.finish("network-0", 200, seconds=100)
    assert forecast.seconds_left(200, workers=1) == 200
    assert forecast.seconds_left(230, workers=1) == 170
    assert forecast.seconds_left(9999, workers=1) == 0


def test_without_tasks_all_is_done():
    assert Forecast(NO_TASKS).share(0) == 1
    assert Forecast(NO_TASKS).seconds_left(0, 2) == 0


def test_steps_of_a_finished_task_are_ignored():
    forecast = Forecast(NETWORK[:2])
    forecast.start("network-0", 0)
    forecast.finish("network-0", 10, 0)
    forecast.advance("network-0", 0.5, 11)
    assert forecast.share(11) == 0.5
