"""One stage of a run: measure its time and memory, name it when memory runs out, and keep its sums the same."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from sentiment140.errors import UserError
from sentiment140.runs.memory import memory_errors, peak_memory_mib
from sentiment140.runs.run import Run

log = logging.getLogger(__name__)


@contextmanager
def stage(run: Run, name: str) -> Iterator[None]:
    """Measure the time and memory of the code in the `with` block, and add them to the costs of the run.

    They are added for a stage that fails or is stopped, too.

    Args:
        run: the run.
        name: the stage, such as "train".

    Raises:
        UserError: the stage ran out of memory.
    """
    started = time.perf_counter()
    try:
        # The last digits of BLAS' sums depend on its number of threads, so on the machine and on --workers.
        with memory_errors(), threadpool_limits(1):
            yield
        log.info("%s: %.0f s", name, time.perf_counter() - started)
    except MemoryError as error:
        remedy = "make --workers, --limit or, in a preset, batch_size or vocabulary_size smaller"
        detail = f" ({error})" if str(error) else ""
        raise UserError(f"not enough memory{detail}", f"in the stage {name}", remedy) from error
    finally:
        run.add_cost(name, time.perf_counter() - started, peak_memory_mib())
