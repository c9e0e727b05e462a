"""Many files of tweets to a folder, here and on a cluster."""

import pandas as pd
import pytest

from sentiment140.errors import UserError
from sentiment140.executors import executor_named
from sentiment140.executors.local import Local
from sentiment140.runs.files import acquire_lock
from sentiment140.serving.score_file import Scoring
from sentiment140.serving.score_folder import Work, is_pattern, score_files

NAMES = ["a.csv", "b.csv.gz", "c.parquet"]


@pytest.fixture
def tweets(tmp_path):
    table = pd.DataFrame({"n": [1, 2], "tweet": ["so good", "bad day"]})
    (folder := tmp_path / "in").mkdir()
    table.to_csv(folder / "a.csv", index=False)
    table.to_csv(folder / "b.csv.gz", index=False)
    table.to_parquet(folder / "c.parquet", index=False)
    return folder


@pytest.fixture
def work(predictor, tmp_path):
    return Work(predictor.folder, tmp_path / "out", Scoring(), workers=1)


def scored_files(work):
    return sorted(path.name for path in work.target.iterdir() if not path.name.startswith("."))


@pytest.mark.filterwarnings("ignore")  # Ray's own
@pytest.mark.parametrize("name", ["local", "ray"])
def test_every_file_is_scored_under_its_name_and_once(predictor, tweets, work, name):
    assert score_files(f"{tweets}/*", work, executor_named(name, 1)) == 6
    assert scored_files(work) == NAMES
    for file, read in zip(NAMES, (pd.read_csv, pd.read_csv, pd.read_parquet), strict=True):
        table = read(work.target / file)
        assert list(table.columns) == ["n", "tweet", "sentiment", "probability"]
        assert table["probability"].tolist() == pytest.approx(predictor.probability(table["tweet"]), abs=1e-6)
    (work.target / "b.csv.gz").unlink()
    before = {file: (work.target / file).stat().st_mtime_ns for file in ("a.csv", "c.parquet")}
    assert score_files(f"{tweets}/*", work, executor_named(name, 1)) == 2
    assert scored_files(work) == NAMES
    assert {file: (work.target / file).stat().st_mtime_ns for file in before} == before


def test_a_file_that_cannot_be_read_stops_the_work_and_keeps_what_is_done(tweets, work):
    (tweets / "b.csv.gz").write_bytes(b"\x1f\x8bno gzip")
    with pytest.raises(UserError, match=r"not whole.*b\.csv\.gz"):
        score_files(f"{tweets}/*", work, Local())
    assert scored_files(work) == ["a.csv"]
    (tweets / "b.csv.gz").unlink()
    assert score_files(f"{tweets}/*", work, Local()) == 2
    assert scored_files(work) == ["a.csv", "c.parquet"]


def test_no_folder_holds_results_of_two_models(demo_run, tweets, work):
    score_files(f"{tweets}/*", work, Local())
    others = [
        Work(demo_run[1] / "model" / "best", work.target, work.scoring, workers=1),
        Work(work.model, work.target, Scoring(abstain=0.2), workers=1),
        Work(work.model, work.target, work.scoring, column="n", workers=1),
    ]
    for other in others:
        with pytest.raises(UserError, match="scored by another model, or otherwise"):
            score_files(f"{tweets}/*", other, Local())
    for name in NAMES:
        (work.target / name).unlink()
    assert score_files(f"{tweets}/*", others[0], Local()) == 6  # nothing is there that could be mixed


def test_a_result_of_another_or_changed_file_of_the_same_name_is_refused(tweets, work, tmp_path):
    score_files(f"{tweets}/*", work, Local())
    (tmp_path / "february").mkdir()
    (tmp_path / "february" / "a.csv").write_text("text\nfine\n")
    (tweets / "a.csv").write_text("text\nfine\n")
    for pattern in (f"{tweets}/*", f"{tmp_path}/february/*"):
        with pytest.raises(UserError, match=r"a\.csv is there, but not from this file as it is now"):
            score_files(pattern, work, Local())
    (work.target / ".scored.json").write_text("{")
    with pytest.raises(UserError, match=r"\.scored\.json is damaged"):
        score_files(f"{tweets}/*", work, Local())


def test_results_may_lie_among_the_tweets_and_links_keep_their_names(tweets, work, tmp_path):
    inside = Work(work.model, tweets / "scored", work.scoring, workers=1)
    (tweets / "d.csv").symlink_to(tweets / "a.csv")
    assert score_files(f"{tweets}/**", inside, Local()) == 8
    assert scored_files(inside) == ["a.csv", "b.csv.gz", "c.parquet", "d.csv"]
    assert score_files(f"{tweets}/**", inside, Local()) == 0


def test_a_folder_in_use_is_refused_and_unfinished_files_are_removed(tweets, work):
    work.target.mkdir()
    (work.target / ".a.csv.0123.tmp").touch()
    with acquire_lock(work.target / ".lock"), pytest.raises(UserError, match="is at work there"):
        score_files(f"{tweets}/*", work, Local())
    score_files(f"{tweets}/*", work, Local())
    assert not list(work.target.glob(".*.tmp"))


def test_missing_files_and_two_files_of_one_name_are_refused(tweets, work, predictor):
    with pytest.raises(UserError, match=r"no such files, .*absent"):
        score_files(f"{tweets}/absent*", work, Local())
    with pytest.raises(UserError, match="the tweets themselves lie there"):
        score_files(f"{tweets}/*", Work(work.model, tweets, work.scoring), Local())
    (tweets / "more").mkdir()
    (tweets / "more" / "a.csv").write_text("text\nfine\n")
    with pytest.raises(UserError, match=r"two files are called a\.csv"):
        score_files(f"{tweets}/**", work, Local())


def test_a_file_may_be_called_like_a_pattern(tmp_path):
    (tmp_path / "a[1].csv").touch()
    assert not is_pattern(str(tmp_path / "a[1].csv"))
    assert is_pattern(str(tmp_path / "*.csv"))


def test_many_files_on_the_command_line(demo_run, tweets):
    checkout, run, _ = demo_run
    pattern, target = f"{tweets}/*", tweets.parent / "out"
    done = checkout.run("predict.py", "--model", run, "--input", pattern, "--output", target)
    assert done.returncode == 0, done.stderr.decode()
    assert f"6 tweets scored, written to {target}" in done.stderr.decode()
    for arguments, message in (
        (["--input", pattern], "many files need a folder to go to"),
        (["--executor", "ray", "a text"], "a cluster scores many files"),
        (["--address", "10.0.0.1:6379", "a text"], "a cluster scores many files"),
        (["--input", pattern, "--output", tweets / "a.csv"], "cannot write"),
    ):
        done = checkout.run("predict.py", "--model", run, *arguments)
        assert done.returncode == 2
        assert message in done.stderr.decode().splitlines()[-1]
