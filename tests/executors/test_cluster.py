"""A Ray cluster of two nodes on this machine with one core each: real `ray start` processes that are really killed."""

import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.checkout import Checkout, differences, numbers
from benchmarks.cluster import TASK, head, kill, node, processes_of, scoring
from sentiment140.serving.predictor import Predictor
from support.file_server import free_port

EXPERIMENT = """
base = "small.toml"
student = "fast"

[members.fast]
arguments = { filters = 4, units = 4 }
text = { vocabulary_size = 1000, max_length = 16, bucket = 16 }
fit = { epochs = 1, minimum_steps = 10 }
"""


@pytest.fixture(scope="module")
def local_run(checkout):
    """(the checkout, the folder of a run in one process): the reference for runs on a cluster."""
    (checkout.folder / "experiment.toml").write_text(EXPERIMENT)
    done = checkout.run("run_all.py", "--preset", "experiment.toml", "--data", "demo", "--workers", 1)
    assert done.returncode == 0, done.stderr.decode()
    return checkout, checkout.submission("demo-experiment")


@pytest.fixture(scope="module")
def address(checkout, tmp_path_factory):
    """The address of a cluster's head, a node of one core that all tests of this file share."""
    with head(checkout.environment(), tmp_path_factory.mktemp("head") / "head.log") as found:
        yield found


@pytest.fixture
def join(checkout, address, tmp_path):
    """Starts another node of the cluster with the code of a checkout."""
    with ExitStack() as nodes:

        def start(of: Checkout = checkout) -> subprocess.Popen:
            log = tmp_path / f"node-{len(list(tmp_path.iterdir()))}.log"
            started = nodes.enter_context(node(of.environment(), log, f"--address={address}"))
            nodes.callback(leave, started)
            return started

        yield start


def leave(started: subprocess.Popen) -> None:
    """Stops a node in such a way that the head notices at once; that a node was killed, it notices later."""
    started.terminate()
    with suppress(subprocess.TimeoutExpired):
        started.wait(timeout=10)


def kill_during_a_task(started: subprocess.Popen, driver: subprocess.Popen) -> None:
    while not any(line.startswith(TASK) for line in processes_of(started).values()):
        assert driver.poll() is None, driver.stderr.read()
        time.sleep(0.02)
    kill(started)


def start(checkout: Checkout, script: str, *arguments: object, address: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        checkout.command(script, *arguments, "--executor", "ray", "--address", address),
        cwd=checkout.folder, env=checkout.environment(**environment), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def start_run(checkout: Checkout, name: str, address: str) -> subprocess.Popen:
    chosen = ("--preset", "experiment.toml", "--data", "demo", "--run", name)
    return start(checkout, "run_all.py", *chosen, address=address)


def start_scoring(checkout: Checkout, model: Path, folder: Path, address: str, **environment: str) -> subprocess.Popen:
    """Scores files on the cluster; this starts faster than training."""
    (folder / "in").mkdir()
    for number in range(24):  # enough for both nodes
        (folder / "in" / f"{number}.csv").write_text("text\n" + "good day\nbad day\n" * 20_000)
    files = ("--input", f"{folder}/in/*.csv", "--output", folder / "out")
    return start(checkout, "predict.py", "--model", model, *files, address=address, **environment)


def wait_for_fits(checkout: Checkout, name: str, count: int, process: subprocess.Popen) -> None:
    fits = checkout.submission(name) / "work" / "fits"
    while len(list(fits.glob("[!.]*/fit.json"))) < count:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)


def test_a_run_on_two_nodes_has_the_numbers_of_a_local_run_after_kills_of_node_and_driver(local_run, address, join):
    checkout, local = local_run
    second = join()
    with start_run(checkout, "demo-cluster", address) as driver:
        wait_for_fits(checkout, "demo-cluster", 2, driver)  # of 10; those of the vectors of three folds come first
        kill_during_a_task(second, driver)
        wait_for_fits(checkout, "demo-cluster", 4, driver)
        driver.terminate()
        _, printed = driver.communicate()
    assert driver.returncode == 143, printed
    assert "Traceback" not in printed
    with start_run(checkout, "demo-cluster", address) as driver:
        wait_for_fits(checkout, "demo-cluster", 7, driver)
        driver.kill()
    fits = checkout.submission("demo-cluster") / "work" / "fits"
    before = {path: path.stat().st_mtime_ns for path in fits.glob("[!.]*/fit.json")}
    join()
    with start_run(checkout, "demo-cluster", address) as driver:
        _, printed = driver.communicate()
    assert driver.returncode == 0, printed
    assert "2 cores" in printed
    assert differences(checkout.submission("demo-cluster"), numbers(local)) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before, "a finished model was fitted again"


def test_all_files_are_scored_after_a_node_is_killed(local_run, address, join, tmp_path):
    checkout, run = local_run
    (tweets := tmp_path / "in").mkdir()
    texts = [f"good day {number}" for number in range(20_000)]
    for number in range(12):
        pd.DataFrame({"text": texts, "n": number}).to_parquet(tweets / f"{number}.parquet", index=False)
    second, target = join(), tmp_path / "out"
    # the ensemble, because the student would finish before the node is killed
    chosen = ("--model", run, "--quality", "best", "--input", f"{tweets}/*.parquet", "--output", target)
    with start(checkout, "predict.py", *chosen, address=address) as driver:
        while len(list(target.glob("[!.]*.parquet"))) < 2:
            assert driver.poll() is None, driver.stderr.read()
            time.sleep(0.02)
        kill_during_a_task(second, driver)
        _, printed = driver.communicate()
    assert driver.returncode == 0, printed
    expected = Predictor.load(run / "model" / "best").probability(texts)
    for number in range(12):
        table = pd.read_parquet(target / f"{number}.parquet")
        assert set(table["n"]) == {number}
        assert table["probability"].tolist() == pytest.approx(expected, abs=1e-6)


def test_a_node_with_different_code_is_reported(local_run, address, join, tmp_path):
    checkout, run = local_run
    other = Checkout.of(checkout.folder, tmp_path / "other")
    changed = other.folder / "src" / "sentiment140" / "data" / "folds.py"
    changed.write_text(changed.read_text() + "# changed\n")
    join(other)
    with start_scoring(checkout, run, tmp_path, address) as driver:
        _, printed = driver.communicate()
    assert driver.returncode == 2, printed
    assert printed.splitlines()[-1].startswith("error: different version of data/folds.py (")


def test_a_wrong_token_is_reported(local_run, address, tmp_path):
    soon = {"RAY_NUM_REDIS_GET_RETRIES": "2"}  # Ray tries 20 times, once a second
    with start_scoring(local_run[0], local_run[1], tmp_path, address, RAY_AUTH_TOKEN="0" * 32, **soon) as driver:
        _, printed = driver.communicate()
    assert driver.returncode == 2, printed
    assert "the cluster has another token" in printed.splitlines()[-1]


def test_a_token_for_a_cluster_without_tokens_is_reported(local_run, tmp_path):
    checkout, run = local_run
    without = checkout.environment(RAY_AUTH_MODE="disabled")
    with (
        head(without, tmp_path / "head.log") as address,
        node(without, tmp_path / "node.log", f"--address={address}"),
        start_scoring(checkout, run, tmp_path, address) as driver,
    ):
        _, printed = driver.communicate()
    assert driver.returncode == 2, printed
    assert printed.splitlines()[-1].endswith("use the same RAY_AUTH_MODE on all machines and for this command")


def test_an_address_without_a_cluster_is_reported(local_run, tmp_path):
    with start_scoring(local_run[0], local_run[1], tmp_path, f"127.0.0.1:{free_port()}") as driver:
        _, printed = driver.communicate()
    assert driver.returncode == 2, printed
    assert "no cluster found" in printed.splitlines()[-1]


def test_the_scoring_benchmark_reports_every_number_of_nodes_and_the_speedup(local_run):
    alone, one, two = scoring(local_run[0], local_run[1], 2_000)
    assert [line.partition("  ")[0] for line in (one, two)] == ["1 node, 1 core", "2 nodes, 1 core each"]
    assert all("of 2,000" in line for line in (alone, one, two))
    assert "times one node" in two
