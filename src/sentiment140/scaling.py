"""What a second machine brings: the scripts on Ray clusters of one node and of two, each of one core.

The nodes are processes of this machine (`ray start`): only what a cluster itself costs is measured, not a network.
"""

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

from .corpus.demo import TRAIN_FILE, write_demo
from .corpus.read import read_tweets
from .corpus.sources import DATASETS, Located
from .errors import UserError
from .executors.cluster import Cluster
from .torture.checkout import Checkout

TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}  # of the clusters that this process begins
_FILES = 20
TASK = "ray::_run_task"  # what Ray calls a process while it runs one of ours
_INTERVAL = 0.5  # seconds between two looks at the memory


def training(checkout: Checkout, data: str, tweets: int) -> Iterator[str]:
    """Seconds that preset `standard` takes to train: without a cluster, on one node, on two; a line each.

    Args:
        checkout: where.
        data: as of `--data`, a path from the root.
        tweets: to train on, if there are so many.

    Raises:
        UserError: Ray is not installed, or a command failed.
    """
    Cluster(None, 1, 0.0)  # Ray is there: not found out after the first line
    alone = 0.0
    for nodes in (0, 1, 2):
        sample = ("--preset", "standard", "--data", data, "--limit", tweets, "--run", f"nodes-{nodes}")
        told, _, _ = _on_nodes(nodes, checkout, "train.py", *sample)
        seconds = float(re.findall(r"train: (\d+) s", told)[-1])
        count = re.findall(r"([\d,]+) tweets for training", told)[-1]
        alone = seconds if nodes == 1 else alone
        kind = "made-up tweets" if data == "demo" else "tweets"
        yield _line(nodes, f"{seconds:6.0f} s to train on {count} {kind}", alone / seconds)


def scoring(checkout: Checkout, model: Path, tweets: int) -> Iterator[str]:
    """Tweets a second, and memory, of `predict.py` on made-up tweets in Parquet: likewise.

    Args:
        checkout: where.
        model: folder of a run or a model.
        tweets: to score.

    Raises:
        UserError: likewise.
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


def _line(nodes: int, what: str, speedup: float) -> str:
    where = {0: f"no cluster, {os.cpu_count()} cores", 1: "1 node of a core", 2: "2 nodes of a core"}[nodes]
    return f"{where:20} {what}" + (f"   {speedup:.2f} times one node" if nodes > 1 else "")


def _on_nodes(nodes: int, checkout: Checkout, script: str, *arguments: object) -> tuple[str, float, str]:
    """Runs a script: what it told, the seconds it took, and how much memory its processes held.

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
        log, held = Path(folder) / "told", _Memory()
        with log.open("w") as told:
            began = time.perf_counter()
            command = checkout.command(script, *arguments, *flags)
            with subprocess.Popen(command, cwd=checkout.folder, env=environment, stdout=told, stderr=told) as process:
                try:
                    while process.poll() is None:
                        held.look(process.pid)
                        time.sleep(_INTERVAL)
                finally:
                    process.kill()  # where this was stopped
            seconds = time.perf_counter() - began
        if process.returncode:
            raise UserError(f"{script} failed", _last_line(log), "try that command by itself")
        return log.read_text(), seconds, held.told()


@contextmanager
def head(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """The first node of a cluster, as `node`: its address."""
    port = _free_port()
    with node(environment, log, "--head", f"--port={port}", "--include-dashboard=false"):
        yield f"127.0.0.1:{port}"


@contextmanager
def node(environment: Mapping[str, str], log: Path, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """A node of one core, killed at the end if it is not by then.

    Args:
        environment: of `ray start` and of all that it begins.
        log: a file to be written, what it prints.
        flags: of `ray start`, which say what it is the head of or joins.

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


def kill(begun: subprocess.Popen[bytes]) -> None:
    """Ends a node with all its processes (SIGKILL)."""
    for number in processes_of(begun):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def processes_of(begun: subprocess.Popen[bytes]) -> dict[int, str]:
    """Number and command line of each process of a node's session: Ray gives some of them groups of their own."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(process.name)) == begun.pid:
                found[int(process.name)] = _read(process / "cmdline")
    return found


def _read(file: Path) -> str:
    """Empty if the process is gone."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _last_line(log: Path) -> str:
    return (log.read_text().strip().splitlines() or ["it said nothing"])[-1]


class _Memory:
    """How much memory of their own a process and those that work for it hold, from the first look to the last."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, float]] = []

    def look(self, driver: int) -> None:
        """Notes it, of the workers that of the largest."""
        own, workers = 0.0, [0.0]
        for process in Path("/proc").glob("[0-9]*"):
            status = dict(line.partition(":")[::2] for line in _read(process / "status").splitlines())
            mebibytes = float(status.get("RssAnon", "0 kB").split()[0]) / 1024
            if process.name == str(driver):
                own = mebibytes
            elif status.get("PPid", "").strip() == str(driver) or _read(process / "cmdline").startswith(TASK):
                workers.append(mebibytes)
        self._seen.append((own, max(workers)))

    def told(self) -> str:
        """The most in each quarter of the time."""
        quarters = [part.max(axis=0) for part in np.array_split(np.array(self._seen), 4) if len(part)]
        driver, worker = (" ".join(f"{quarter[column]:.0f}" for quarter in quarters) for column in (0, 1))
        return f"MiB by quarters of the time: driver {driver}, largest worker {worker}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _write_parquet(folder: Path, tweets: int) -> int:
    """Made-up tweets in files of the same size, a word each that no other file has; how many."""
    folder.mkdir()
    write_demo(folder, tweets // _FILES)
    texts = read_tweets(Located(folder / TRAIN_FILE), DATASETS["sentiment140"])[0]["text"]
    for number in range(_FILES):
        table = pd.DataFrame({"id": range(len(texts)), "text": texts + f" no{number}"})
        table.to_parquet(folder / f"{number:02}.parquet", index=False)
    return _FILES * len(texts)
