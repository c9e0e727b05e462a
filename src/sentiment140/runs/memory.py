"""Measure the memory of this process, release what it no longer needs, and recognize memory errors."""

import ctypes
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sentiment140.errors import UserError

_MEMORY_ERROR_TEXTS = (
    "could not create a primitive",
    "OOM when allocating",
    "failed to allocate",
    "bad_alloc",
    "start new thread",
)


def peak_memory_mib() -> float:
    """Return the peak memory (resident set size) of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # macOS counts bytes, Linux KiB


def trim_memory() -> None:
    """Return freed memory to the operating system.

    glibc keeps it otherwise: a quarter of a GB in a run on all tweets. Does nothing with another C library.
    """
    with suppress(OSError, AttributeError):  # only glibc has malloc_trim
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Convert the errors that TensorFlow and Python raise when memory runs out to `MemoryError`.

    They have many types, so they are recognized by their texts.

    Raises:
        MemoryError: the process ran out of memory.
    """
    try:
        yield
    except UserError:  # has its own message, which may quote such a text
        raise
    except Exception as error:
        if any(text in str(error) for text in _MEMORY_ERROR_TEXTS):
            raise MemoryError(str(error).splitlines()[0][:100]) from error
        raise
