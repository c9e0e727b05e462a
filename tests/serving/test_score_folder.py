"""Scoring many files into a folder, on this machine and on a Ray cluster."""

import logging
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from sentiment140.errors import UserError
from sentiment140.executors import executor_named
from sentiment140.executors.local import Local
from sentiment140.runs.files import acquire_lock
from sentiment140.serving.formats import Options
from sentiment140.serving.score_file import score_file
from sentiment140.serving.score_folder import FolderJob, is_pattern, is_several, score_files
from sentiment140.serving.scoring import Scoring

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
def job(predictor, tmp_path):
    return FolderJob(predictor.folder, tmp_path / "out", Scoring(), workers=1)


def scored_files(job):
    return sorted(path.name for path in job.target.iterdir() if not path.name.startswith("."))


@pytest.mark.filterwarnings("ignore")  # of Ray
@pytest.mark.parametrize("name", ["local", "ray"])
def test_every_file_keeps_its_name_and_is_scored_only_once(predictor, tweets, job, name):
    assert score_files([f"{tweets}/*"], job, executor_named(name, 1)) == 6
    assert scored_files(job) == NAMES
    for file in NAMES:
        table = pd.read_parquet(job.target / file) if file.endswith("parquet") else pd.read_csv(job.target / file)
        assert list(table.columns) == ["n", "tweet", "sentiment", "probability"]
        assert table["probability"].tolist() == pytest.approx(predictor.probability(table["tweet"]), abs=1e-6)
    (job.target / "b.csv.gz").unlink()
    before = {file: (job.target / file).stat().st_mtime_ns for file in ("a.csv", "c.parquet")}
    assert score_files([f"{tweets}/*"], job, executor_named(name, 1)) == 2
    assert scored_files(job) == NAMES
    assert {file: (job.target / file).stat().st_mtime_ns for file in before} == before


def test_files_that_cannot_be_scored_are_listed_at_the_end_and_tried_again(tweets, job, caplog):
    (tweets / "b.csv.gz").write_bytes(b"\x1f\x8bno gzip")
    (tweets / "aa.csv").write_text("n,opinion\n1,fine\n")
    with pytest.raises(UserError, match=r"^2 of 4 files could not be scored \(4 tweets of the others were\), correct"):
        score_files([str(tweets)], job, Local())
    assert scored_files(job) == ["a.csv", "c.parquet"]
    first, second = [line for line in caplog.messages if line.startswith("not scored: ")]
    assert "no column with a usual name for tweets" in first
    assert f"{tweets}/aa.csv" in first
    assert "gzip file is incomplete or damaged" in second
    assert f"{tweets}/b.csv.gz" in second
    (tweets / "b.csv.gz").unlink()
    (tweets / "aa.csv").write_text("n,text\n1,fine\n")
    assert score_files([str(tweets)], job, Local()) == 1
    assert scored_files(job) == ["a.csv", "aa.csv", "c.parquet"]


def test_many_files_that_cannot_be_scored_are_not_all_listed(tweets, job, caplog):
    for number in range(23):
        (tweets / f"bad{number:02}.csv").touch()
    with pytest.raises(UserError, match="23 of 26 files could not be scored"):
        score_files([str(tweets)], job, Local())
    assert [line for line in caplog.messages if line.startswith("not scored: ")][20:] == ["not scored: 3 more"]


def test_a_model_that_cannot_be_loaded_stops_the_job_at_once(tweets, job, demo_run, tmp_path, caplog):
    shutil.copytree(job.model, tmp_path / "model")
    next((tmp_path / "model").glob("*.onnx")).write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"\.onnx"):
        score_files([str(tweets)], replace(job, model=tmp_path / "model"), Local())
    assert "not scored" not in caplog.text


def test_a_file_scored_alone_with_other_flags_counts_as_scored(tweets, job, predictor):
    (tweets / "aa.csv").write_text("n,opinion\n1,fine\n")
    with pytest.raises(UserError, match="1 of 4 files"):
        score_files([str(tweets)], job, Local())
    options = Options(column="opinion")
    score_file(job.model, str(tweets / "aa.csv"), job.target / "aa.csv", None, scoring=Scoring(), options=options)
    assert score_files([str(tweets)], job, Local()) == 0


def test_files_that_are_no_tables_and_folders_are_left_out_and_named(tweets, job, caplog):
    for name in ("~$d.xlsx", ".hidden.csv", "notes.pdf"):
        (tweets / name).write_text("text\nfine\n")
    (tweets / "2024").mkdir()
    (tweets / "2024" / "e.csv").write_text("text\nfine\n")
    inside = replace(job, target=tweets / "scored")
    inside.target.mkdir()
    assert score_files([str(tweets)], inside, Local()) == 6
    assert "not scored, because hidden or with an unknown ending: .hidden.csv, notes.pdf, ~$d.xlsx" in caplog.messages
    assert f"folders that are not searched: 2024 (--input '{tweets}/**' does)" in caplog.messages
    caplog.clear()
    assert score_files([f"{tweets}/**"], inside, Local()) == 1
    assert "folders" not in caplog.text
    assert "not scored, because hidden or with an unknown ending: notes.pdf, ~$d.xlsx" in caplog.messages


def test_with_a_stated_format_files_with_any_ending_are_scored(tweets, job):
    (other := tweets / "other").mkdir()
    (other / "a.dat").write_text("text\nfine\n")
    with pytest.raises(UserError, match=r"no file with a known ending in the folder .*other"):
        score_files([str(other)], job, Local())
    assert score_files([str(other)], replace(job, file_format="csv"), Local()) == 1


def test_a_folder_with_results_of_another_model_or_other_settings_is_refused(demo_run, tweets, job):
    score_files([f"{tweets}/*"], job, Local())
    others = [
        FolderJob(demo_run[1] / "model" / "best", job.target, job.scoring, workers=1),
        FolderJob(job.model, job.target, Scoring(abstain=0.2), workers=1),
        FolderJob(job.model, job.target, job.scoring, options=Options(column="n"), workers=1),
    ]
    for other in others:
        with pytest.raises(UserError, match="scored with another model or other flags"):
            score_files([f"{tweets}/*"], other, Local())
    for name in NAMES:
        (job.target / name).unlink()
    assert score_files([f"{tweets}/*"], others[0], Local()) == 6  # the folder is empty, so nothing can be mixed


def test_a_folder_with_a_result_of_another_or_changed_source_of_that_name_is_refused(tweets, job, tmp_path):
    score_files([f"{tweets}/*"], job, Local())
    (tmp_path / "february").mkdir()
    (tmp_path / "february" / "a.csv").write_text("text\nfine\n")
    (tweets / "a.csv").write_text("text\nfine\n")
    for pattern in (f"{tweets}/*", f"{tmp_path}/february/*"):
        with pytest.raises(UserError, match=r"a\.csv was scored from another file, or its source has changed"):
            score_files([pattern], job, Local())
    (job.target / ".scored.json").write_text("{")
    with pytest.raises(UserError, match=r"\.scored\.json is damaged"):
        score_files([f"{tweets}/*"], job, Local())


def test_the_output_folder_may_be_in_the_input_folder_and_symlinks_keep_their_names(tweets, job, tmp_path):
    inside = FolderJob(job.model, tweets / "scored", job.scoring, workers=1)
    (tweets / "d.csv").symlink_to(tweets / "a.csv")
    assert score_files([f"{tweets}/**"], inside, Local()) == 8
    assert scored_files(inside) == ["a.csv", "b.csv.gz", "c.parquet", "d.csv"]
    assert score_files([f"{tweets}/**"], inside, Local()) == 0


def test_a_locked_folder_is_refused_and_temporary_files_are_removed(tweets, job):
    job.target.mkdir()
    (job.target / ".sentiment140-0123.tmp").touch()
    with acquire_lock(job.target / ".lock"), pytest.raises(UserError, match="is at work there"):
        score_files([f"{tweets}/*"], job, Local())
    score_files([f"{tweets}/*"], job, Local())
    assert not list(job.target.glob(".*.tmp"))


def test_a_pattern_without_matches_and_two_files_of_the_same_name_are_refused(tweets, job, predictor):
    with pytest.raises(UserError, match=r"no file that matches .*absent\*, name others"):
        score_files([f"{tweets}/absent*"], job, Local())
    with pytest.raises(UserError, match="the files to score are in the folder of --output"):
        score_files([f"{tweets}/*"], FolderJob(job.model, tweets, job.scoring), Local())
    (tweets / "more").mkdir()
    (tweets / "more" / "a.csv").write_text("text\nfine\n")
    with pytest.raises(UserError, match=r"two files have the name a\.csv"):
        score_files([f"{tweets}/**"], job, Local())


def test_an_existing_file_whose_name_looks_like_a_pattern_is_a_single_file(tmp_path):
    (tmp_path / "a[1].csv").touch()
    assert not is_pattern(str(tmp_path / "a[1].csv"))
    assert is_pattern(str(tmp_path / "*.csv"))


def test_a_folder_and_several_files_of_any_formats_are_scored_together(tweets, job, tmp_path, caplog):
    (tweets / "notes.pdf").touch()
    (tweets / "d.txt").write_text("so good\n")
    (other := tmp_path / "e.json").write_text('[{"tweet": "so good"}]')
    with_options = replace(job, options=Options(encoding="cp1252", column="tweet"))
    with caplog.at_level(logging.INFO):
        assert score_files([str(tweets), str(other), str(other)], with_options, Local()) == 8
    assert scored_files(job) == [*NAMES, "d.txt", "e.json"]
    assert "not scored, because hidden or with an unknown ending: notes.pdf" in caplog.text
    assert f"{tweets}/a.csv: column with the tweets: tweet" in caplog.text
    assert is_several([str(tweets)])
    assert is_several(["a.csv", "b.csv"])
    assert not is_several([str(other)])


def test_an_input_that_is_missing_and_a_folder_without_tweets_are_refused(tmp_path, job):
    with pytest.raises(UserError, match=r"no such file, absent\.csv"):
        score_files(["absent.csv", "b.csv"], job, Local())
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no file in the folder .*empty"):
        score_files([str(tmp_path / "empty")], job, Local())


def test_the_predict_command_scores_many_files_and_reports_wrong_flags(demo_run, tweets):
    checkout, run, _ = demo_run
    pattern, target = f"{tweets}/*", tweets.parent / "out"
    done = checkout.run("predict.py", "--model", run, "--input", pattern, "--output", target)
    assert done.returncode == 0, done.stderr.decode()
    assert f"6 tweets scored, written to {target}" in done.stderr.decode()
    for arguments, message in (
        (["--input", pattern], "several files need a folder to go to"),
        (["--executor", "ray", "a text"], "a cluster scores many files"),
        (["--address", "10.0.0.1:6379", "a text"], "a cluster scores many files"),
        (["--input", pattern, "--output", tweets / "a.csv"], "cannot write"),
    ):
        done = checkout.run("predict.py", "--model", run, *arguments)
        assert done.returncode == 2
        assert message in done.stderr.decode().splitlines()[-1]
