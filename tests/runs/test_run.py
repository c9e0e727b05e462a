import csv
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


def write_fit(run: Run, name: str = "a-fold0") -> None:
    arrays = {"validation": np.arange(3, dtype=np.float32), "test": np.zeros(2, np.float32)}
    run.write_fit(name, arrays, {"001": np.ones(2), "000": np.zeros((2, 2))}, {"history": [], "cost": {}})


def test_a_fit_is_read_back_as_it_was_written(tmp_path):
    run = Run.open(tmp_path, "r")
    assert not run.has_fit("a-fold0")
    write_fit(run)
    assert run.has_fit("a-fold0")
    assert run.read_fit("a-fold0", "validation").tolist() == [0, 1, 2]
    assert list(run.fit_weights("a-fold0")) == ["001", "000"]
    assert run.fit_facts("a-fold0")["history"] == []


@pytest.mark.parametrize("file", ["validation.npy", "test.npy", "weights.npz", "fit.json"])
def test_a_fit_with_a_changed_byte_or_a_missing_file_counts_as_not_done(tmp_path, file):
    run = Run.open(tmp_path, "r")
    write_fit(run)
    path = run.path(f"work/fits/a-fold0/{file}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    assert not run.has_fit("a-fold0")
    path.unlink()
    assert not run.has_fit("a-fold0")
    write_fit(run)
    assert run.has_fit("a-fold0")


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_changed_byte_in_any_file_of_a_run_is_detected(tmp_path_factory, data):
    run = Run.open(tmp_path_factory.mktemp("runs"), "r")
    run.write_text("experiment.toml", "seed = 0")
    write_fit(run)
    run.add_cost("train", 2.0, 900.0)
    run.write_table("work/rows.csv", pd.DataFrame({"id": [1, 2]}))
    read = {
        "work/fits/a-fold0/validation.npy": lambda: run.read_fit("a-fold0", "validation"),
        "work/fits/a-fold0/weights.npz": lambda: run.fit_weights("a-fold0"),
        "work/fits/a-fold0/fit.json": lambda: run.fit_facts("a-fold0"),
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
        assert read[name]() == facts  # one whitespace character of the JSON became another
    run.add_cost("train", 2.0, 900.0)  # damaged costs are replaced; the user has to correct the other files


def test_a_damaged_file_is_refused_until_it_is_deleted(tmp_path):
    run = Run.open(tmp_path, "r")
    run.write_text("comparison.csv", "a,b")
    run.path("comparison.csv").write_text("a,c")
    with pytest.raises(UserError, match=r"comparison\.csv is damaged, .* delete it and run the same command again"):
        run.check()
    run.path("comparison.csv").unlink()
    run.check()


def test_temporary_files_of_a_killed_process_are_removed_at_the_next_start(tmp_path):
    Run.open(tmp_path, "r")
    (tmp_path / "r" / "work" / ".rows.csv.123.tmp").write_text("half")
    (tmp_path / "r" / "work" / ".a-fold0.tmp").mkdir()
    (tmp_path / "r" / "work" / ".a-fold0.tmp" / "test.npy").write_text("half")
    gc.collect()
    Run.open(tmp_path, "r")
    assert [path.name for path in (tmp_path / "r" / "work").iterdir()] == ["lock"]


def test_a_digest_of_files_and_fits_changes_with_each_of_them(tmp_path):
    run = Run.open(tmp_path, "r")
    run.write_text("a.txt", "a")
    write_fit(run)
    first = run.digest(["a.txt"], ["a-fold0"])
    write_fit(run)
    assert run.digest(["a.txt"], ["a-fold0"]) == first
    run.write_text("a.txt", "b")
    second = run.digest(["a.txt"], ["a-fold0"])
    run.write_fit("a-fold0", {"validation": np.zeros(3)}, {}, {})
    assert len({first, second, run.digest(["a.txt"], ["a-fold0"])}) == 3
    run.path("a.txt").write_text("changed by hand")
    with pytest.raises(UserError, match=r"a\.txt is damaged"):
        run.digest(["a.txt"], [])


def test_a_run_that_is_only_read_is_neither_created_nor_locked(tmp_path):
    run = Run(tmp_path / "r")
    assert not run.has("a.txt")
    assert not run.folder.exists()
    opened = Run.open(tmp_path, "r")
    opened.write_text("a.txt", "a")
    assert run.read_text("a.txt") == "a"


def test_reading_a_missing_fit_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="not fitted"):
        Run.open(tmp_path, "r").read_fit("a-fold0", "test")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "x" * 101, "-rf", "ledger.csv"])
def test_a_name_that_is_not_a_plain_folder_name_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="cannot name a run"):
        Run.open(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_an_existing_file_is_refused(tmp_path):
    (tmp_path / "README.md").touch()
    with pytest.raises(UserError, match="there is a file of that name"):
        Run.open(tmp_path, "README.md")


def test_a_second_process_is_refused_with_the_id_of_the_first_until_that_ends(tmp_path):
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


def test_reading_a_missing_file_is_a_user_error_with_a_remedy(tmp_path):
    run = Run.open(tmp_path, "r")
    with pytest.raises(UserError, match=r"oof\.csv is missing, in .*, run the earlier stages first"):
        run.read_table("oof.csv")
    with pytest.raises(UserError, match=r"scores\.json is missing"):
        run.read_json("scores.json")


def test_a_table_keeps_texts_that_pandas_would_read_as_missing(tmp_path):
    run = Run.open(tmp_path, "r")
    table = pd.DataFrame({"id": [1, 2, 3], "text": ["NA", "", 'a "quoted", one\nand more']})
    run.write_table("t.csv", table)
    assert run.read_table("t.csv").equals(table)


SPECIAL = ["007", "1e5", "NA", "\r", "a\r\nb", " "]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(SPECIAL)


@given(st.lists(st.tuples(st.integers(0, 2**60), ANY_TEXT, st.floats(0, 1)), min_size=1))
@settings(deadline=None)
def test_any_text_in_a_table_can_be_read_back(tmp_path_factory, rows):
    run = Run.open(tmp_path_factory.mktemp("runs"), "r")
    table = pd.DataFrame(rows, columns=["id", "text", "probability"]).astype({"text": str})
    run.write_table("t.csv", table)
    read = run.read_table("t.csv", ["text"])
    assert read["id"].dtype == "int64"
    pd.testing.assert_frame_equal(read, table, rtol=1e-5, check_dtype=False)  # 1.0 is written as 1
    with run.path("t.csv").open(newline="", encoding="utf-8") as file:
        assert [row["text"] for row in csv.DictReader(file)] == table["text"].to_list()


def test_fields_are_quoted_only_if_a_reader_needs_that(tmp_path):
    run = Run.open(tmp_path, "r")
    table = pd.DataFrame({"id": [1, 2], "text": ["one", "two, three"], "probability": [0.123456789, 1]})
    run.write_table("t.csv", table)
    assert run.path("t.csv").read_bytes() == b'id,text,probability\n1,one,0.123457\n2,"two, three",1\n'
    run.write_table("t.csv", table.replace("one", "o\rne"))
    assert run.path("t.csv").read_bytes().splitlines(keepends=True)[-1] == b'2,"two, three","1"\n'


def test_a_text_file_keeps_its_line_breaks(tmp_path):
    run = Run.open(tmp_path, "r")
    run.write_text("t.txt", "a\rb\r\nc\n\x85\u2028")
    assert run.read_text("t.txt") == "a\rb\r\nc\n\x85\u2028"


def test_the_costs_of_a_continued_run_add_up(tmp_path):
    run = Run.open(tmp_path, "r")
    run.add_cost("train", 2.0, 900.0)
    run.add_cost("train", 3.0, 800.0)
    run.add_cost("blend", 1.0, 950.0)
    assert run.costs() == {
        "train": {"seconds": 5.0, "peak_memory_mib": 900.0},
        "blend": {"seconds": 1.0, "peak_memory_mib": 950.0},
    }


def test_runs_that_finish_at_the_same_time_are_all_in_the_ledger(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: append_to_ledger(tmp_path, {"run": f"r{n}"}), range(40)))
    assert len(pd.read_csv(tmp_path / "ledger.csv")) == 40


def test_the_ledger_has_one_row_per_run(tmp_path: Path):
    for run, accuracy in (("a", 0.8), ("b", 0.7), ("a", 0.9)):
        append_to_ledger(tmp_path, {"date": "2026", "run": run, "oof_accuracy": accuracy})
    ledger = pd.read_csv(tmp_path / "ledger.csv")
    assert dict(zip(ledger["run"], ledger["oof_accuracy"], strict=True)) == {"b": 0.7, "a": 0.9}
