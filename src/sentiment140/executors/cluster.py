"""Run tasks on a Ray cluster, which may have many machines. Needs the extra "cluster"."""

import logging
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from sentiment140.errors import UserError
from sentiment140.executors import Result, Shared, Task, Watch
from sentiment140.runs.provenance import package_digests

log = logging.getLogger(__name__)

_ATTEMPTS = 4
_RESULT_TIMEOUT = 30.0  # seconds without a result, after which it is checked whether any machine can run a task
_LOCAL = "local"  # Ray's own word for a new cluster of this machine only


class Cluster:
    """Run tasks on an existing Ray cluster, or on one of this machine only that starts and ends with the tasks.

    The data that all tasks share are stored once in the object store of each machine. A task is restarted if its
    process or machine fails, at most three times and on another machine if there is one. A task that raises an error is
    not restarted. The machine of this process must belong to the cluster: if Ray's processes on this machine fail, so
    does this process.

    Args:
        address: address of the cluster's head, `host:port`. If None, that in the environment variable `RAY_ADDRESS`,
            else a cluster of this machine only.
        workers: number of tasks that run at the same time on a cluster of this machine only. An existing cluster runs
            as many as it has cores.
        gpus: GPUs per task.

    Raises:
        UserError: Ray is not installed.
    """

    def __init__(self, address: str | None, workers: int, gpus: float) -> None:
        try:
            import ray
        except ImportError as error:
            remedy = "install it in a checkout: .venv/bin/pip install --require-hashes -r requirements-cluster.txt"
            raise UserError("Ray is not installed", "--executor ray", remedy) from error
        self._ray = ray
        self._address = address or os.environ.get("RAY_ADDRESS") or _LOCAL
        self.workers = workers
        self._gpus = gpus

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        tasks: Iterable[Task],
        shared: Shared,
        watch: Watch | None = None,  # the cluster reports finished tasks only
    ) -> Iterator[tuple[Task, Result]]:
        """Run all tasks; see `Executor.run`.

        Raises:
            UserError: no cluster can be reached at the address, or a machine has other code or other libraries.
        """
        tasks = list(tasks)
        if not tasks:
            return
        ray = self._ray
        with self._connection(), self._plain_errors():
            remote = ray.remote(num_cpus=1, num_gpus=self._gpus, max_retries=0)(_run_task)
            stored, code = ray.put(shared), package_digests()
            waiting = {remote.remote(function, stored, task, code): task for task in tasks}
            failures: Counter[int] = Counter()
            while waiting:
                done, _ = ray.wait(list(waiting), timeout=_RESULT_TIMEOUT)
                if not done:
                    self._warn_if_unschedulable()
                else:  # take all finished tasks: with thousands of them, one wait per task takes minutes
                    done, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
                for reference in done:
                    task = waiting.pop(reference)
                    try:
                        result = ray.get(reference)
                    except ray.exceptions.RayError as error:
                        self._raise_task_error(error)
                        failures[id(task)] += 1
                        if failures[id(task)] == _ATTEMPTS:
                            raise
                        attempt = failures[id(task)] + 1
                        log.warning(
                            "a task failed (%s), restarting it (attempt %d of %d)",
                            type(error).__name__,
                            attempt,
                            _ATTEMPTS,
                        )
                        waiting[remote.remote(function, stored, task, code)] = task
                    else:
                        yield task, result

    def _raise_task_error(self, error: Any) -> None:
        """Raise the error that a task raised, as if the task had run in this process.

        Returns if the process or the machine of the task failed instead.
        """
        errors = self._ray.exceptions
        if not isinstance(error, errors.RayTaskError):
            return
        cause = error.cause
        if isinstance(cause, ImportError) or "failed to import" in str(cause) or "No module named" in str(cause):
            what = f"a machine of the cluster cannot load a task ({_last_line(cause)})"
            remedy = "install this version of the package on every machine"
            raise UserError(what, f"cluster {self._address}", remedy) from error
        if isinstance(cause, UserError | MemoryError):
            raise cause from None
        if not isinstance(cause, errors.RayError):
            raise cause from error

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Convert Ray's own errors to errors that say what to do.

        Raises:
            MemoryError: a machine of the cluster ran out of memory.
            UserError: the cluster failed for another reason.
        """
        errors = self._ray.exceptions
        try:
            yield
        except errors.RayError as error:
            if isinstance(error, errors.OutOfMemoryError | errors.WorkerCrashedError | errors.ObjectStoreFullError):
                what = f"{type(error).__name__} on a machine of the cluster: restart it with fewer --num-cpus"
                raise MemoryError(what) from error
            remedy = "repair the cluster and run the same command again"
            if isinstance(error, errors.OwnerDiedError):  # seen by a machine whose requests this process refuses
                remedy = "use the same RAY_AUTH_MODE on all machines and for this command"
            what = f"the cluster failed ({type(error).__name__}: {_last_line(error)})"
            raise UserError(what, f"cluster {self._address}", remedy) from error

    @contextmanager
    def _connection(self) -> Iterator[None]:
        """Connect this process to the cluster as a driver for the duration of the `with` block.

        When it ends, the cluster stops the tasks that still run. They are not canceled one by one: Ray 2.60 aborts the
        process when a task finishes while it is being canceled.

        Raises:
            UserError: no cluster can be reached at the address.
        """
        _check_reachable(self._address)
        ray, handlers = self._ray, _signal_handlers()
        new = {"num_cpus": self.workers, "include_dashboard": False} if self._address == _LOCAL else {}
        backend = {name: os.environ[name] for name in ("KERAS_BACKEND",) if name in os.environ}
        settings = {"runtime_env": {"env_vars": backend}} if backend else {}
        try:
            try:
                ray.init(self._address, logging_level=logging.ERROR, log_to_driver=False, **new, **settings)
            finally:
                for number, handler in handlers.items():
                    signal.signal(number, handler)  # Ray has replaced it
        except SystemExit:  # Ray's own handler turns SIGTERM into this
            signal.raise_signal(signal.SIGTERM)
        except Exception as error:  # noqa: BLE001 - Ray raises plain exceptions
            self._raise_connection_error(error)
        try:
            resources, alive = ray.cluster_resources(), [node for node in ray.nodes() if node["Alive"]]
            cores, gpus = resources.get("CPU", 0), resources.get("GPU", 0)
            log.info("cluster %s: %d machines, %d cores, %g GPUs", self._address, len(alive), cores, gpus)
            self.workers = max(1, int(min(cores, gpus / self._gpus) if self._gpus else cores))
            yield
        finally:
            ray.shutdown()

    def _raise_connection_error(self, error: Exception) -> NoReturn:
        reason = " ".join(str(error.__cause__ or error).split()) or type(error).__name__
        remedy = "add this machine to the cluster: ray start --address=HOST:PORT"
        if "authentication token" in reason.lower():
            reason = "the cluster has another token"
            remedy = "copy ~/.ray/auth_token from the head to this machine and run: export RAY_AUTH_MODE=token"
        if self._address == _LOCAL:
            remedy = "try again when this machine is less busy"
        what = f"cannot connect to the cluster ({reason[:300]})"
        raise UserError(what, f"cluster {self._address}", remedy) from error

    def _warn_if_unschedulable(self) -> None:
        """Warn if no machine of the cluster has the resources for a task. A machine that has them may join later."""
        machines = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        required = {"CPU": 1.0, "GPU": self._gpus}
        if not any(all(has.get(name, 0.0) >= count for name, count in required.items()) for has in machines):
            needed = " and ".join(f"{count:g} {name}" for name, count in required.items() if count)
            log.warning(
                "waiting: a task needs %s, which no machine of the cluster (%d) has: add one, or lower --gpus",
                needed,
                len(machines),
            )


def _check_reachable(address: str) -> None:
    """Check that a process listens at the address. Ray itself would try for minutes and print its own warnings.

    Raises:
        UserError: no process listens there.
    """
    host, _, port = address.rpartition(":")
    if "/" in host or not (host and port.isdigit()):  # `local`, `auto`
        return
    try:
        if int(port) > 65535:  # the socket would take it modulo 65536
            raise OverflowError("the port must be between 0 and 65535")
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError, UnicodeError) as error:
        remedy = "start one there: ray start --head"
        raise UserError(f"no cluster found ({error})", f"at {address}", remedy) from error


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def _signal_handlers() -> dict[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}


def _run_task(function: Callable[[Shared, Task], Result], shared: Shared, task: Task, code: dict[str, str]) -> Result:
    """Run a task in a process of the cluster, if that has the same code and libraries as the driver."""
    import ray

    here = package_digests()
    differing = next((part for part in code if code[part] != here.get(part)), None)
    if differing is not None:
        what = f"different version of {differing} ({here.get(differing, 'none')} there, {code[differing]} here)"
        remedy = "install the same version on every machine"
        raise UserError(what, f"on machine {ray.util.get_node_ip_address()}", remedy)
    return function(shared, task)
