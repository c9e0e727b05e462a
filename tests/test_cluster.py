"""A Ray cluster of two nodes on this machine, each of one core: real `ray start` processes, killed for real."""

import shutil
import subprocess
import time
from contextlib import ExitStack

import pandas as pd
import pytest
from file_server import free_port

from sentiment140.scaling import TASK, head, kill, node, processes_of, scoring
from sentiment140.torture.checkout import Checkout, differences, numbers


def kill_at_work(begun: subprocess.Popen, driver: subprocess.Popen) -> None:
    while not any(line.startswith(TASK) for line in processes_of(begun).values()):
        assert driver.poll() is None, driver.stderr.read()
        time.sleep(0.02)
    kill(begun)


@pytest.fixture
def cluster(demo_run, tmp_path):
    """(checkout, address of the head, how to begin another node)."""
    checkout, _, _ = demo_run
    with ExitStack() as nodes:
        address = nodes.enter_context(head(checkout.environment(), tmp_path / "head.log"))

        def join(of: Checkout = checkout) -> subprocess.Popen:
            log = tmp_path / f"node-{len(list(tmp_path.iterdir()))}.log"
            return nodes.enter_context(node(of.environment(), log, f"--address={address}"))

        yield checkout, address, join


def begin(checkout: Checkout, name: str, address: str, **token: str) -> subprocess.Popen:
    tiny = ("--preset", "tiny.toml", "--data", "demo", "--run", name)
    return subprocess.Popen(
        checkout.command("run_all.py", *tiny, "--executor", "ray", "--address", address),
        cwd=checkout.folder, env=checkout.environment(**token), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for_units(checkout: Checkout, name: str, count: int, process: subprocess.Popen) -> None:
    units = checkout.submission(name) / "work" / "units"
    while len(list(units.glob("[!.]*/unit.json"))) < count:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)


def test_a_run_on_two_nodes_has_the_numbers_of_a_local_one_though_one_is_killed_and_the_driver_too(demo_run, cluster):
    checkout, address, join = cluster
    second = join()
    with begin(checkout, "demo-cluster", address) as driver:
        wait_for_units(checkout, "demo-cluster", 4, driver)
        kill_at_work(second, driver)
        wait_for_units(checkout, "demo-cluster", 8, driver)
        driver.terminate()
        _, told = driver.communicate()
    assert driver.returncode == 143, told
    assert "Traceback" not in told
    with begin(checkout, "demo-cluster", address) as driver:
        wait_for_units(checkout, "demo-cluster", 11, driver)
        driver.kill()
    units = checkout.submission("demo-cluster") / "work" / "units"
    before = {path: path.stat().st_mtime_ns for path in units.glob("[!.]*/unit.json")}
    join()
    with begin(checkout, "demo-cluster", address) as driver:
        _, told = driver.communicate()
    assert driver.returncode == 0, told
    assert "2 cores" in told
    assert differences(checkout.submission("demo-cluster"), numbers(demo_run[1])) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before, "a model that was there was fitted again"


def test_a_node_with_other_code_is_told(cluster, tmp_path):
    checkout, address, join = cluster
    other = Checkout.of(checkout.folder, tmp_path / "other")
    changed = other.folder / "src" / "sentiment140" / "folds.py"
    changed.write_text(changed.read_text() + "# changed\n")
    join(other)
    with begin(checkout, "demo-mixed", address) as driver:
        _, told = driver.communicate()
    assert driver.returncode == 2
    assert told.splitlines()[-1].startswith("error: another version, folds.py: ")


def test_files_are_scored_though_a_node_is_killed(demo_run, cluster, predictor, tmp_path):
    checkout, address, join = cluster
    (tweets := tmp_path / "in").mkdir()
    texts = [f"good day {number}" for number in range(20_000)]
    for number in range(12):
        pd.DataFrame({"text": texts, "n": number}).to_parquet(tweets / f"{number}.parquet", index=False)
    second, target = join(), tmp_path / "out"
    where = ("--executor", "ray", "--address", address)
    command = ("predict.py", "--model", demo_run[1], "--input", f"{tweets}/*.parquet", "--output", target, *where)
    with subprocess.Popen(
        checkout.command(*command), cwd=checkout.folder, env=checkout.environment(), stderr=subprocess.PIPE, text=True
    ) as driver:
        while len(list(target.glob("[!.]*.parquet"))) < 2:
            assert driver.poll() is None, driver.stderr.read()
            time.sleep(0.02)
        kill_at_work(second, driver)
        _, told = driver.communicate()
    assert driver.returncode == 0, told
    expected = predictor.probability(texts)
    for number in range(12):
        table = pd.read_parquet(target / f"{number}.parquet")
        assert set(table["n"]) == {number}
        assert table["probability"].tolist() == pytest.approx(expected, abs=1e-6)


def test_another_token_than_that_of_the_cluster_is_told(cluster):
    checkout, address, _ = cluster
    with begin(checkout, "demo-foreign", address, RAY_AUTH_TOKEN="0" * 32) as driver:
        _, told = driver.communicate()
    assert driver.returncode == 2
    assert "it asks for another token" in told.splitlines()[-1]
    shutil.rmtree(checkout.submission("demo-foreign"))


def test_a_command_with_a_token_for_a_cluster_without_is_told(demo_run, tmp_path):
    checkout, _, _ = demo_run
    open_to_all = checkout.environment(RAY_AUTH_MODE="disabled")
    with (
        head(open_to_all, tmp_path / "head.log") as address,
        node(open_to_all, tmp_path / "node.log", f"--address={address}"),
        begin(checkout, "demo-open", address) as driver,
    ):
        _, told = driver.communicate()
    assert driver.returncode == 2
    assert told.splitlines()[-1].endswith("begin all its machines, and type this, with the same RAY_AUTH_MODE")


def test_nobody_at_the_address_is_said_so(demo_run):
    checkout, _, _ = demo_run
    with begin(checkout, "demo-nobody", f"127.0.0.1:{free_port()}") as driver:
        _, told = driver.communicate()
    assert driver.returncode == 2
    assert "no cluster answers there" in told.splitlines()[-1]
    shutil.rmtree(checkout.submission("demo-nobody"))


def test_the_benchmark_of_a_second_node_counts_what_it_says(demo_run):
    checkout, run, _ = demo_run
    alone, one, two = scoring(checkout, run, 2_000)
    assert [line.partition("  ")[0] for line in (one, two)] == ["1 node of a core", "2 nodes of a core"]
    assert all("of 2,000" in line for line in (alone, one, two))
    assert "times one node" in two
