"""Measure the speedup of a second node: Ray clusters of one and of two nodes, one core each, on this machine.

Examples:
  # Install Ray
  .venv/bin/pip install --require-hashes -r requirements-cluster.txt

  # Train the preset standard on 50,000 tweets
  python -m benchmarks.cluster training

  # Score 10 million synthetic tweets in Parquet files with the model of a run; measures the memory, too
  python -m benchmarks.cluster scoring --run standard

Each prints one line without a cluster, one for one node, and one for two nodes. All nodes are processes of this machine
(`ray start`), so the benchmark measures the cost of a cluster, but not that of a network. The commands run in a copy of
the repository in the folder for temporary files. Ray keeps its logs in /tmp/ray.
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

TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}  # for the clusters that this process starts
# Services that no command here uses, each 1.7 CPU seconds to start: the dashboard, the autoscaler, and what prints the
# output of tasks at the driver.
_HEAD_FLAGS = ("--include-dashboard=false", "--no-monitor")
_NODE_FLAGS = ("--num-cpus=1", "--include-log-monitor=false")
_FILES = 20
TASK = "ray::_run_task"  # name of a Ray process that runs a task of executors/cluster.py
_MEMORY_INTERVAL = 0.5  # seconds between two measurements of the memory


def training(checkout: Checkout, data: str, tweets: int) -> Iterator[str]:
    """Measure the seconds to train the preset `standard` without a cluster, on one node, and on two nodes.

    Args:
        checkout: copy of the repository in which the commands run.
        data: an absolute path, or "demo".
        tweets: maximum number of tweets to train on.

    Yields:
        One line for each of the three.

    Raises:
        UserError: Ray is not installed, or a command failed.
    """
    Cluster(None, 1, 0.0)  # fails at once if Ray is not installed
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
    """Measure tweets per second and memory of `predict.py` on synthetic tweets in Parquet files.

    Args:
        checkout: copy of the repository whose `predict.py` scores them.
        model: folder of a run.
        tweets: number of tweets to score.

    Yields:
        One line without a cluster, one for one node, and one for two nodes.

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
                raise RuntimeError(f"only {scored} of {rows} tweets were scored")
            alone = seconds if nodes == 1 else alone
            yield _line(nodes, f"{rows / seconds:9,.0f} tweets/s of {rows:,}   {memory}", alone / seconds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="training|scoring")
    of_training = parts.add_parser("training", help="train the preset standard on a sample")
    of_training.add_argument(
        "--data",
        default=os.environ.get(VARIABLE, "demo"),
        metavar="PATH|demo",
        help="folder or file with the tweets and word vectors; demo: synthetic tweets "
        f"(default: ${VARIABLE}, else demo)",
    )
    of_training.add_argument(
        "--tweets", type=positive, default=50_000, metavar="N", help="number of tweets to train on (default: 50,000)"
    )
    of_scoring = parts.add_parser("scoring", help="score synthetic tweets in Parquet files")
    add_run(of_scoring)
    of_scoring.add_argument(
        "--tweets",
        type=positive,
        default=10_000_000,
        metavar="N",
        help="number of tweets to score (default: 10,000,000)",
    )


def main(arguments: argparse.Namespace) -> None:
    """Measure, and print one line per cluster."""
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
    """Run a script on a cluster of so many nodes; with 0, without a cluster.

    Returns:
        Its output, the seconds it took, and a summary of the memory of its processes.

    Raises:
        UserError: the script failed.
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
                        memory.measure(process.pid)
                        time.sleep(_MEMORY_INTERVAL)
                finally:
                    process.kill()  # in case this process was stopped
            seconds = time.perf_counter() - started
        if process.returncode:
            raise UserError(f"{script} failed ({_last_line(log)})", remedy=f"run it alone: {' '.join(command)}")
        return log.read_text(), seconds, memory.summary()


@contextmanager
def head(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Start the head of a cluster, a node of one core; it is killed at the end of the `with` block.

    The arguments and errors are those of `node`.

    Yields:
        The address of the cluster, `host:port`.
    """
    port = _free_port()
    with node(environment, log, "--head", f"--port={port}", *_HEAD_FLAGS):
        yield f"127.0.0.1:{port}"


@contextmanager
def node(environment: Mapping[str, str], log: Path, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a node of one core; it is killed at the end of the `with` block.

    Args:
        environment: environment variables of `ray start` and of all processes that it starts.
        log: file for its output.
        flags: flags of `ray start`, which make the node a head or name the cluster that it joins.

    Yields:
        The process of `ray start`.

    Raises:
        UserError: the node does not start.
    """
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *_NODE_FLAGS, *flags]
    with log.open("w") as file, subprocess.Popen(
        command, env=environment, stdout=file, stderr=file, start_new_session=True
    ) as process:  # fmt: skip
        try:
            while "Ray runtime started" not in log.read_text():
                if process.poll() is not None:
                    raise UserError(
                        f"a node does not start ({_last_line(log)})", remedy=f"run it alone: {' '.join(command)}"
                    )
                time.sleep(0.1)
            yield process
        finally:
            kill(process)


def kill(started: subprocess.Popen[bytes]) -> None:
    """Kill a node and all its processes (SIGKILL)."""
    for number in processes_of(started):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def processes_of(started: subprocess.Popen[bytes]) -> dict[int, str]:
    """Find the processes of a node by their session, because Ray gives some of them a process group of their own.

    Returns:
        The command line of each process by its process id.
    """
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(process.name)) == started.pid:
                found[int(process.name)] = _read(process / "cmdline")
    return found


def _read(file: Path) -> str:
    """Read a file of /proc; return "" if the process has ended."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _last_line(log: Path) -> str:
    return (log.read_text().strip().splitlines() or ["no output"])[-1]


class _Memory:
    """Measure the anonymous memory of a process and of its workers over time."""

    def __init__(self) -> None:
        self._measurements: list[tuple[float, float]] = []

    def measure(self, driver: int) -> None:
        """Measure the memory of the driver and that of the largest worker."""
        own, workers = 0.0, [0.0]
        for process in Path("/proc").glob("[0-9]*"):
            status = dict(line.partition(":")[::2] for line in _read(process / "status").splitlines())
            mebibytes = float(status.get("RssAnon", "0 kB").split()[0]) / 1024
            if process.name == str(driver):
                own = mebibytes
            elif status.get("PPid", "").strip() == str(driver) or _read(process / "cmdline").startswith(TASK):
                workers.append(mebibytes)
        self._measurements.append((own, max(workers)))

    def summary(self) -> str:
        """Return the largest measurements in each quarter of the time, in MiB."""
        quarters = [part.max(axis=0) for part in np.array_split(np.array(self._measurements), 4) if len(part)]
        driver, worker = (" ".join(f"{quarter[column]:.0f}" for quarter in quarters) for column in (0, 1))
        return f"MiB by quarters of the time: driver {driver}, largest worker {worker}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _write_parquet(folder: Path, tweets: int) -> int:
    """Write synthetic tweets to files of the same size, each with a word of its own. Return the tweets' number."""
    folder.mkdir()
    write_demo(folder, tweets // _FILES)
    texts = read_tweets(DataFile(folder / TRAIN_FILE))[0]["text"]
    for number in range(_FILES):
        table = pd.DataFrame({"id": range(len(texts)), "text": texts + f" no{number}"})
        table.to_parquet(folder / f"{number:02}.parquet", index=False)
    return _FILES * len(texts)


if __name__ == "__main__":
    launch("benchmarks.cluster", __doc__, add_arguments, main)
