"""Tasks on a Ray cluster: processes of this machine and of others. Needs the extra "cluster"."""

import logging
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from sentiment140.errors import UserError
from sentiment140.executors import Result, Shared, Task
from sentiment140.runs.provenance import code_fingerprint

log = logging.getLogger(__name__)

_ATTEMPTS = 4
_PATIENCE = 30.0  # seconds without a result after which it is asked whether there is a place for a task at all
_HERE_ALONE = "local"


class Cluster:
    """A Ray cluster that is there, or one of this machine alone, begun and ended with the tasks.

    What tasks share lies in the object store of each machine once. A task whose process or machine dies is begun anew,
    on another where there is one, a few times; one that raises is not. The machine of this process must be one of the
    cluster: if its part of it dies, so does this process.

    Args:
        address: of the head, `host:port`; None for that in `RAY_ADDRESS`, else this machine alone.
        workers: tasks at a time on this machine alone; a cluster has as many as cores.
        gpus: that each task takes.

    Raises:
        UserError: Ray is not installed.
    """

    def __init__(self, address: str | None, workers: int, gpus: float) -> None:
        try:
            import ray
        except ImportError as error:
            remedy = 'install the extra "cluster" in a checkout: .venv/bin/pip install -e ".[cluster]"'
            raise UserError("Ray is not installed", "--executor ray", remedy) from error
        self._ray = ray
        self._address = address or os.environ.get("RAY_ADDRESS") or _HERE_ALONE
        self._workers = workers
        self._gpus = gpus

    def run(
        self, function: Callable[[Shared, Task], Result], tasks: Iterable[Task], shared: Shared
    ) -> Iterator[tuple[Task, Result]]:
        """As `Executor`.

        Raises:
            UserError: no cluster at the address, or a machine of it has other code or libraries.
        """
        tasks = list(tasks)
        if not tasks:
            return
        ray = self._ray
        with self._joined(), self._told_plainly():
            place = ray.remote(num_cpus=1, num_gpus=self._gpus, max_retries=0)(_run_task)
            kept, code = ray.put(shared), code_fingerprint(everything=True)
            waiting = {place.remote(function, kept, task, code): task for task in tasks}
            failures: Counter[int] = Counter()
            try:
                while waiting:
                    done, _ = ray.wait(list(waiting), timeout=_PATIENCE)
                    if not done:
                        self._tell_what_is_awaited()
                    else:  # all there are: one for each look at thousands would take minutes
                        done, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
                    for reference in done:
                        task = waiting.pop(reference)
                        try:
                            result = ray.get(reference)
                        except ray.exceptions.RayError as error:
                            self._raise_what_is_no_accident(error)
                            failures[id(task)] += 1
                            if failures[id(task)] == _ATTEMPTS:
                                raise
                            log.warning("a task is begun anew (%s)", type(error).__name__)
                            waiting[place.remote(function, kept, task, code)] = task
                        else:
                            yield task, result
            finally:
                for reference in waiting:
                    with suppress(ray.exceptions.RayError):
                        ray.cancel(reference, force=True)

    def _raise_what_is_no_accident(self, error: Any) -> None:
        """Raises what a task raised, as if it had run here; not what befell the process or machine it ran on."""
        errors = self._ray.exceptions
        if not isinstance(error, errors.RayTaskError):
            return
        cause = error.cause
        if isinstance(cause, ImportError) or "failed to import" in str(cause) or "No module named" in str(cause):
            what = f"a machine of the cluster cannot load a task ({_last_line(cause)})"
            raise UserError(what, self._address, "install this version of the package on every machine") from error
        if isinstance(cause, UserError | MemoryError):
            raise cause from None
        if not isinstance(cause, errors.RayError):
            raise cause from error

    @contextmanager
    def _told_plainly(self) -> Iterator[None]:
        """Makes of Ray's own errors, once it is clear that they stay, what a person can act on.

        Raises:
            MemoryError: a machine has too little memory.
            UserError: the cluster failed otherwise.
        """
        errors = self._ray.exceptions
        try:
            yield
        except errors.RayError as error:
            if isinstance(error, errors.OutOfMemoryError | errors.WorkerCrashedError | errors.ObjectStoreFullError):
                what = f"{type(error).__name__} on a machine of the cluster: begin it with fewer --num-cpus"
                raise MemoryError(what) from error
            what, remedy = type(error).__name__, "type the same command again when it is whole"
            if isinstance(error, errors.OwnerDiedError):  # as it seems to a machine that this process does not let ask
                remedy = "begin all its machines, and type this, with the same RAY_AUTH_MODE"
            raise UserError(f"the cluster failed ({what}: {_last_line(error)})", self._address, remedy) from error

    @contextmanager
    def _joined(self) -> Iterator[None]:
        """This process being a driver of the cluster.

        Raises:
            UserError: no cluster at the address.
        """
        _see_that_somebody_answers(self._address)
        ray, own = self._ray, _signal_handlers()
        alone = {"num_cpus": self._workers, "include_dashboard": False} if self._address == _HERE_ALONE else {}
        backend = {name: os.environ[name] for name in ("KERAS_BACKEND",) if name in os.environ}
        settings = {"runtime_env": {"env_vars": backend}} if backend else {}
        try:
            try:
                ray.init(self._address, logging_level=logging.ERROR, log_to_driver=False, **alone, **settings)
            finally:
                for number, handler in own.items():
                    signal.signal(number, handler)  # Ray puts its own there
        except SystemExit:  # what Ray's handler makes of SIGTERM
            signal.raise_signal(signal.SIGTERM)
        except Exception as error:  # noqa: BLE001 - Ray raises bare ones
            self._raise_not_joined(error)
        try:
            places, alive = ray.cluster_resources(), [node for node in ray.nodes() if node["Alive"]]
            cores, gpus = places.get("CPU", 0), places.get("GPU", 0)
            log.info("cluster %s: %d machines, %d cores, %g GPUs", self._address, len(alive), cores, gpus)
            yield
        finally:
            ray.shutdown()

    def _raise_not_joined(self, error: Exception) -> NoReturn:
        reason = " ".join(str(error.__cause__ or error).split()) or type(error).__name__
        remedy = "this machine must be one of it: ray start --address=HOST:PORT"
        if "authentication token" in reason.lower():
            reason = "it asks for another token"
            remedy = "copy ~/.ray/auth_token of its head here, and export RAY_AUTH_MODE=token"
        if self._address == _HERE_ALONE:
            remedy = "try again when the machine has less to do"
        raise UserError(f"no cluster can be joined ({reason[:300]})", self._address, remedy) from error

    def _tell_what_is_awaited(self) -> None:
        """Warns where no machine that is there could ever run a task; one that joins later may."""
        machines = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        wanted = {"CPU": 1.0, "GPU": self._gpus}
        if not any(all(has.get(name, 0.0) >= count for name, count in wanted.items()) for has in machines):
            needed = " and ".join(f"{count:g} {name}" for name, count in wanted.items() if count)
            log.warning("waiting: a task needs %s, which no machine of %d has", needed, len(machines))


def _see_that_somebody_answers(address: str) -> None:
    """Ray itself would try for minutes, and warn of it in its own words.

    Raises:
        UserError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if "/" in host or not (host and port.isdigit()):  # `local`, `auto`
        return
    try:
        if int(port) > 65535:  # the socket would take it modulo 65536
            raise OverflowError("port must be 0-65535")
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise UserError(f"no cluster answers there ({error})", address, "begin one: ray start --head") from error


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def _signal_handlers() -> dict[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}


def _run_task(function: Callable[[Shared, Task], Result], shared: Shared, task: Task, code: dict[str, str]) -> Result:
    import ray

    here = code_fingerprint(everything=True)
    differing = next((part for part in code if code[part] != here.get(part)), None)
    if differing is not None:
        what = f"another version, {differing}: {here.get(differing, 'none')} there, {code[differing]} here"
        raise UserError(what, f"machine {ray.util.get_node_ip_address()}", "install the same on every machine")
    return function(shared, task)
