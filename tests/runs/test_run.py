import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment140.errors import UserError
from sentiment140.runs.ledger import append_to_ledger
from sentiment140.runs.run import Run

CODE = {"text/tokenize.py": "12", "keras": "3"}
EXPERIMENT = 'seed = 0\n[members.a]\narchitecture = "dnn"\n'


def write(run: Run, name: str = "a-fold0") -> None:
    arrays = {"validation": np.arange(3, dtype=np.float32), "test": np.zeros(2, np.float32)}
    run.write_fit(name, arrays, {"001": np.ones(2), "000": np.zeros((2, 2))}, {"history": [], "cost": {}})


def test_a_fit_is_read_back_as_it_was_written(tmp_path):
    run = Run.open(tmp_path, "r")
    assert not run.has_fit("a-fold0")
    write(run)
    assert run.has_fit("a-fold0")
    assert run.read_fit("a-fold0", "validation").tolist() == [0, 1, 2]
    assert list(run.fit_weights("a-fold0")) == ["001", "000"]
    assert run.fit_facts("a-fold0")["history"] == []


@pytest.mark.parametrize("file", ["validation.npy", "test.npy", "weights.npz", "fit.json"])
def test_a_fit_with_a_flipped_byte_or_a_missing_file_is_not_there(tmp_path, file):
    run = Run.open(tmp_path, "r")
    write(run)
    path = run.path(f"work/fits/a-fold0/{file}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    assert not run.has_fit("a-fold0")
    path.unlink()
    assert not run.has_fit("a-fold0")
    write(run)
    assert run.has_fit("a-fold0")


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_no_byte_of_a_run_can_change_unnoticed(tmp_path_factory, data):
    run = Run.open(tmp_path_factory.mktemp("runs"), "r")
    run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE)
    write(run)
    run.add_cost("train", 2.0, 900.0)
    run.write_table("work/rows.csv", pd.DataFrame({"id": [1, 2]}))
    read = {
        "work/fits/a-fold0/validation.npy": lambda: run.read_fit("a-fold0", "validation"),
        "work/fits/a-fold0/weights.npz": lambda: run.fit_weights("a-fold0"),
        "work/fits/a-fold0/fit.json": lambda: run.fit_facts("a-fold0"),
        "work/identity.json": lambda: run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE),
        "work/costs.json": run.costs,
        "work/rows.csv": lambda: run.read_table("work/rows.csv"),
        "experiment.toml": run.check,
    }
    name = data.draw(st.sampled_from(sorted(read)))
    content = bytearray(run.path(name).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    facts = run.fit_facts("a-fold0")
    run.path(name).write_bytes(content)
    with suppress(UserError):
        assert read[name]() == facts  # a blank of the JSON became another blank
    run.add_cost("train", 2.0, 900.0)  # the costs of the stages restart, the other files are the user's to mend


@pytest.mark.parametrize("harm", ["damaged", "missing"])
def test_models_of_an_unknown_experiment_are_not_reused(tmp_path, harm):
    run = Run.open(tmp_path, "r")
    run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE)
    identity = run.path("work/identity.json")
    identity.write_text("{}") if harm == "damaged" else identity.unlink()
    run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE)  # no models yet: nothing to be mixed
    write(run)
    identity.write_text("{}") if harm == "damaged" else identity.unlink()
    with pytest.raises(UserError, match=f"identity.json is {harm}, so nobody knows .* delete that folder"):
        run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE)


def test_a_damaged_file_is_no_longer_in_the_way_once_it_is_deleted(tmp_path):
    run = Run.open(tmp_path, "r")
    run.write_text("comparison.csv", "a,b")
    run.path("comparison.csv").write_text("a,c")
    with pytest.raises(UserError, match=r"comparison\.csv is damaged, .* delete it and run the same command again"):
        run.check()
    run.path("comparison.csv").unlink()
    run.check()


def test_unfinished_files_of_a_killed_process_are_removed_at_the_next_start(tmp_path):
    Run.open(tmp_path, "r")
    (tmp_path / "r" / "work" / ".rows.csv.123.tmp").write_text("half")
    (tmp_path / "r" / "work" / ".a-fold0.tmp").mkdir()
    (tmp_path / "r" / "work" / ".a-fold0.tmp" / "test.npy").write_text("half")
    gc.collect()
    Run.open(tmp_path, "r")
    assert [path.name for path in (tmp_path / "r" / "work").iterdir()] == ["lock"]


def test_a_fit_that_is_not_there_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="not fitted"):
        Run.open(tmp_path, "r").read_fit("a-fold0", "test")


def test_the_same_experiment_continues_and_another_is_refused_by_name(tmp_path):
    run = Run.open(tmp_path, "r")
    run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE)
    run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE)
    with pytest.raises(UserError, match=r"data.tweets: 'abc' there, 'abd' here"):
        run.bind_identity(EXPERIMENT, {"tweets": "abd"}, CODE)
    with pytest.raises(UserError, match=r"experiment.members.a.architecture: 'dnn' there, 'cnn' here"):
        run.bind_identity(EXPERIMENT.replace("dnn", "cnn"), {"tweets": "abc"}, CODE)
    with pytest.raises(UserError, match=r"experiment.members.b: nothing there"):
        run.bind_identity(EXPERIMENT + '[members.b]\narchitecture = "dnn"\n', {"tweets": "abc"}, CODE)
    with pytest.raises(UserError, match=r"code.text/tokenize.py: '12' there, '13' here"):
        run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE | {"text/tokenize.py": "13"})
    with pytest.raises(UserError, match=r"code.keras: '3' there, '4' here"):
        run.check_code(CODE | {"keras": "4"})
    run.check_code(CODE)
    assert run.read_text("experiment.toml") == EXPERIMENT


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "x" * 101, "-rf", "ledger.csv"])
def test_a_name_that_is_no_plain_folder_name_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="cannot name a run"):
        Run.open(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_a_file_has_is_refused(tmp_path):
    (tmp_path / "README.md").touch()
    with pytest.raises(UserError, match="there is a file of that name"):
        Run.open(tmp_path, "README.md")


def test_where_the_experiment_differs_the_data_are_not_named_too(tmp_path):
    run = Run.open(tmp_path, "r")
    run.bind_identity(EXPERIMENT, {"tweets": "abc"}, CODE)
    with pytest.raises(UserError) as caught:
        run.bind_identity(EXPERIMENT.replace("seed = 0", "seed = 1"), {"tweets": "abd"}, CODE)
    assert "experiment.seed: 0 there, 1 here" in str(caught.value)
    assert "tweets" not in str(caught.value)


def test_a_second_process_learns_who_holds_the_run_and_the_lock_of_a_dead_one_is_free(tmp_path):
    code = (
        "import sys, pathlib; from sentiment140.runs.run import Run;"
        "run = Run.open(pathlib.Path(sys.argv[1]), 'r'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UserError, match=f"process {holder.pid} is at work there"):
            Run.open(tmp_path, "r")
        holder.kill()
    assert Run.open(tmp_path, "r").name == "r"


def test_a_missing_file_names_the_stage_to_run(tmp_path):
    run = Run.open(tmp_path, "r")
    with pytest.raises(UserError, match=r"oof\.csv is missing"):
        run.read_table("oof.csv")
    with pytest.raises(UserError, match=r"scores\.json is missing"):
        run.read_json("scores.json")


def test_a_table_keeps_texts_that_look_like_nothing(tmp_path):
    run = Run.open(tmp_path, "r")
    table = pd.DataFrame({"id": [1, 2, 3], "text": ["NA", "", 'a "quoted", one\nand more']})
    run.write_table("t.csv", table)
    assert run.read_table("t.csv").equals(table)


def test_stages_of_a_continued_run_add_up(tmp_path):
    run = Run.open(tmp_path, "r")
    run.add_cost("train", 2.0, 900.0)
    run.add_cost("train", 3.0, 800.0)
    run.add_cost("blend", 1.0, 950.0)
    assert run.costs() == {
        "train": {"seconds": 5.0, "peak_memory_mib": 900.0},
        "blend": {"seconds": 1.0, "peak_memory_mib": 950.0},
    }


def test_runs_that_end_at_the_same_time_are_all_in_the_ledger(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: append_to_ledger(tmp_path, {"run": f"r{n}"}), range(40)))
    assert len(pd.read_csv(tmp_path / "ledger.csv")) == 40


def test_the_ledger_has_one_line_per_run(tmp_path: Path):
    for run, accuracy in (("a", 0.8), ("b", 0.7), ("a", 0.9)):
        append_to_ledger(tmp_path, {"date": "2026", "run": run, "oof_accuracy": accuracy})
    ledger = pd.read_csv(tmp_path / "ledger.csv")
    assert dict(zip(ledger["run"], ledger["oof_accuracy"], strict=True)) == {"b": 0.7, "a": 0.9}
