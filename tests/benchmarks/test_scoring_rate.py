import sys
from argparse import Namespace

import pandas as pd
import pytest

from benchmarks.scoring_rate import command, main, measure, table
from sentiment140.errors import UserError
from sentiment140.evaluation.run_scores import ALONE, DEFAULT, LEXICON


def test_the_commands_have_the_flags_of_their_scoring(tmp_path):
    flags = {
        scoring: " ".join(command(tmp_path, tmp_path / "a.csv", "tweet", tmp_path / "b.csv", scoring)[-6:])
        for scoring in (ALONE, DEFAULT, LEXICON)
    }
    assert flags == {
        ALONE: "--emoji off --emoticons off --lexicon off",
        DEFAULT: "--emoji on --emoticons on --lexicon off",
        LEXICON: "--emoji on --emoticons on --lexicon on",
    }


def test_commands_take_turns_and_one_that_fails_is_an_error():
    commands = {name: [sys.executable, "-c", "pass"] for name in ("first", "second")}
    times = measure(commands, rounds=2)
    assert times["scoring"].tolist() == ["first", "second"] * 2
    assert times["round"].tolist() == [0, 0, 1, 1]
    assert (times["wall"] > 0).all()
    with pytest.raises(UserError, match="predict failed: no such column, second"):
        measure({"second": [sys.executable, "-c", "raise SystemExit('no such column')"]}, rounds=1)


def test_rates_are_compared_with_the_first_command_of_the_same_round():
    times = pd.DataFrame(
        {
            "round": [0, 0, 1, 1, 2, 2],
            "scoring": ["model alone", "lexicon"] * 3,
            "user": [1.0, 1.25, 2.0, 2.5, 4.0, 8.0],
            "wall": [9.0] * 6,
        }
    )
    found = table(times, tweets=1000)
    assert found["scoring"].tolist() == ["model alone", "lexicon"]
    assert found["user time, s"].tolist() == ["2.00", "2.50"]
    assert found["tweets/s"].tolist() == ["500", "400"]
    assert found["throughput, %"].tolist() == ["", "-20.0 [-50.0, -20.0]"]


def test_the_tweets_of_a_file_are_scored_in_each_way(predictor, tmp_path, capsys):
    (tmp_path / "tweets.csv").write_text("id,tweet\n1,good day :)\n2,bad day\n")
    main(Namespace(model=str(predictor.folder), quality=None, input=tmp_path / "tweets.csv", column="tweet", rounds=1))
    printed = capsys.readouterr().out
    assert "| scoring | user time, s | tweets/s | throughput, % |" in printed
    assert all(f"\n| {name} | " in printed for name in (ALONE, DEFAULT, LEXICON))
    assert [path.name for path in tmp_path.iterdir()] == ["tweets.csv"]
