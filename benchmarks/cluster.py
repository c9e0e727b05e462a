"""Measure the speedup of a second node: Ray clusters of one and of two nodes, one core each, on this machine.

.venv/bin/pip install -r requirements-cluster.txt
python -m benchmarks.cluster training                    train preset standard on 50,000 tweets
python -m benchmarks.cluster scoring --run standard      score 10 million synthetic tweets in Parquet files; reports
                                                         the memory as well

The nodes are processes of this machine (`ray start`), so the cost of a cluster is measured, but no network. The
commands run in a copy of the repository in the temporary folder. Ray keeps its logs in /tmp/ray.
"""

import argparse
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.checkout import REPOSITORY, Checkout
from benchmarks.command_line import launch
from sentiment140.cli.arguments import add_run, open_run, positive
from sentiment140.data.demo import write_demo
from sentiment140.data.files import DataFile
from sentiment140.data.locate import VARIABLE
from sentiment140.data.read import read_tweets
from sentiment140.data.sources import TRAIN_FILE
from sentiment140.errors import UserError
from sentiment140.executors.cluster import Cluster

TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}  # of this process's clusters
_FILES = 20
TASK = "ray::_run_task"  # what Ray calls a process while it runs a task of executors/cluster.py
_INTERVAL = 0.5  # seconds between two readings of the memory


def training(checkout: Checkout, data: str, tweets: int) -> Iterator[str]:
    """Measures the seconds to train preset `standard`: without a cluster, on one node, on two; one line each.

    Args:
        checkout: where it is trained.
        data: an absolute path, or "demo".
        tweets: tweets to train on, at most.

    Raises:
        UserError: Ray is not installed, or a command failed.
    """
    Cluster(None, 1, 0.0)  # fails at once where Ray is not installed
    alone = 0.0
    for nodes in (0, 1, 2):
        sample = ("--preset", "standard", "--data", data, "--limit", tweets, "--run", f"nodes-{nodes}")
        printed, _, _ = _on_nodes(nodes, checkout, "train.py", *sample)
        seconds = float(re.findall(r"train: (\d+) s", printed)[-1])
        count = re.findall(r"([\d,]+) tweets for training", printed)[-1]
        alone = seconds if nodes == 1 else alone
        source = "synthetic tweets" if data == "demo" else "tweets"
        yield _line(nodes, f"{seconds:6.0f} s to train on {count} {source}", alone / seconds)


def scoring(checkout: Checkout, model: Path, tweets: int) -> Iterator[str]:
    """Measures tweets per second and memory of `predict.py` on synthetic tweets in Parquet files, likewise.

    Args:
        checkout: whose `predict.py` scores them.
        model: the folder of a run.
        tweets: tweets to score.

    Raises:
        UserError: Ray is not installed, or a command failed.
    """
    Cluster(None, 1, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "tweets"
        rows = _write_parquet(source, tweets)
        alone = 0.0
        for nodes in (0, 1, 2):
            target = Path(folder) / f"scored-{nodes}"
            files = ("--input", f"{source}/*.parquet", "--output", target)
            _, seconds, memory = _on_nodes(nodes, checkout, "predict.py", "--model", model, *files)
            scored = sum(pq.read_metadata(path).num_rows for path in target.glob("*.parquet"))
            if scored != rows:
                raise RuntimeError(f"{scored} of {rows} tweets were scored")
            alone = seconds if nodes == 1 else alone
            yield _line(nodes, f"{rows / seconds:9,.0f} tweets/s of {rows:,}   {memory}", alone / seconds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="training|scoring")
    of_training = parts.add_parser("training", help="train preset standard on a sample")
    of_training.add_argument(
        "--data",
        default=os.environ.get(VARIABLE, "demo"),
        metavar="PATH|demo",
        help=f"folder or file with the tweets and vectors, or demo: synthetic tweets (${VARIABLE}, else demo)",
    )
    of_training.add_argument("--tweets", type=positive, default=50_000, metavar="N", help="tweets to train on (50,000)")
    of_scoring = parts.add_parser("scoring", help="score synthetic tweets in Parquet files")
    add_run(of_scoring)
    of_scoring.add_argument(
        "--tweets", type=positive, default=10_000_000, metavar="N", help="tweets to score (10,000,000)"
    )


def main(arguments: argparse.Namespace) -> None:
    """Measures and prints a line for each cluster."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout.of(REPOSITORY, Path(folder) / "checkout")
        if arguments.part == "training":
            data = arguments.data if arguments.data == "demo" else str(Path(arguments.data).absolute())
            lines = training(checkout, data, arguments.tweets)
        else:
            lines = scoring(checkout, open_run(arguments).folder, arguments.tweets)
        for line in lines:
            print(line, flush=True)


def _line(nodes: int, what: str, speedup: float) -> str:
    where = {0: f"no cluster, {os.cpu_count()} cores", 1: "1 node, 1 core", 2: "2 nodes, 1 core each"}[nodes]
    return f"{where:20} {what}" + (f"   {speedup:.2f} times one node" if nodes > 1 else "")


def _on_nodes(nodes: int, checkout: Checkout, script: str, *arguments: object) -> tuple[str, float, str]:
    """Runs a script: what it printed, the seconds it took, and how much memory its processes held.

    Raises:
        UserError: it failed.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        flags: list[str] = []
        environment = checkout.environment(**TOKEN)
        if nodes:
            address = stack.enter_context(head(environment, Path(folder) / "head.log"))
            for number in range(1, nodes):
                stack.enter_context(node(environment, Path(folder) / f"{number}.log", f"--address={address}"))
            flags = ["--executor", "ray", "--address", address]
        log, memory = Path(folder) / "printed", _Memory()
        with log.open("w") as printed:
            started = time.perf_counter()
            command = checkout.command(script, *arguments, *flags)
            with subprocess.Popen(
                command, cwd=checkout.folder, env=environment, stdout=printed, stderr=printed
            ) as process:
                try:
                    while process.poll() is None:
                        memory.read(process.pid)
                        time.sleep(_INTERVAL)
                finally:
                    process.kill()  # if this process was stopped
            seconds = time.perf_counter() - started
        if process.returncode:
            raise UserError(f"{script} failed", _last_line(log), "try that command by itself")
        return log.read_text(), seconds, memory.summary()


@contextmanager
def head(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Starts the first node of a cluster, as `node` does, and gives its address."""
    port = _free_port()
    with node(environment, log, "--head", f"--port={port}", "--include-dashboard=false"):
        yield f"127.0.0.1:{port}"


@contextmanager
def node(environment: Mapping[str, str], log: Path, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a node of one core; it is killed at the end of the block.

    Args:
        environment: of `ray start` and of all processes that it starts.
        log: a file for what it prints.
        flags: of `ray start`: whether it is a head, or which cluster it joins.

    Raises:
        UserError: it does not start.
    """
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", *flags]
    with log.open("w") as file, subprocess.Popen(
        command, env=environment, stdout=file, stderr=file, start_new_session=True
    ) as process:  # fmt: skip
        try:
            while "Ray runtime started" not in log.read_text():
                if process.poll() is not None:
                    raise UserError("a node of the cluster does not start", _last_line(log), "try ray start by itself")
                time.sleep(0.1)
            yield process
        finally:
            kill(process)


def kill(started: subprocess.Popen[bytes]) -> None:
    """Kills a node with all its processes (SIGKILL)."""
    for number in processes_of(started):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def processes_of(started: subprocess.Popen[bytes]) -> dict[int, str]:
    """The id and command line of each process in a node's session: Ray gives some of them their own groups."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(process.name)) == started.pid:
                found[int(process.name)] = _read(process / "cmdline")
    return found


def _read(file: Path) -> str:
    """Reads a file of /proc; gives nothing if the process has ended."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _last_line(log: Path) -> str:
    return (log.read_text().strip().splitlines() or ["it printed nothing"])[-1]


class _Memory:
    """The anonymous memory of a process and of its workers over time."""

    def __init__(self) -> None:
        self._readings: list[tuple[float, float]] = []

    def read(self, driver: int) -> None:
        """Notes the memory of the driver and that of the largest worker."""
        own, workers = 0.0, [0.0]
        for process in Path("/proc").glob("[0-9]*"):
            status = dict(line.partition(":")[::2] for line in _read(process / "status").splitlines())
            mebibytes = float(status.get("RssAnon", "0 kB").split()[0]) / 1024
            if process.name == str(driver):
                own = mebibytes
            elif status.get("PPid", "").strip() == str(driver) or _read(process / "cmdline").startswith(TASK):
                workers.append(mebibytes)
        self._readings.append((own, max(workers)))

    def summary(self) -> str:
        """Gives the largest reading in each quarter of the time."""
        quarters = [part.max(axis=0) for part in np.array_split(np.array(self._readings), 4) if len(part)]
        driver, worker = (" ".join(f"{quarter[column]:.0f}" for quarter in quarters) for column in (0, 1))
        return f"MiB by quarters of the time: driver {driver}, largest worker {worker}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _write_parquet(folder: Path, tweets: int) -> int:
    """Writes synthetic tweets in files of the same size, each with a word of its own; gives their number."""
    folder.mkdir()
    write_demo(folder, tweets // _FILES)
    texts = read_tweets(DataFile(folder / TRAIN_FILE))[0]["text"]
    for number in range(_FILES):
        table = pd.DataFrame({"id": range(len(texts)), "text": texts + f" no{number}"})
        table.to_parquet(folder / f"{number:02}.parquet", index=False)
    return _FILES * len(texts)


if __name__ == "__main__":
    launch("benchmarks.cluster", __doc__, add_arguments, main)
