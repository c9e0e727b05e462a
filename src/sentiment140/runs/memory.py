"""How much memory a process has taken, and giving back what it no longer needs."""

import ctypes
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sentiment140.errors import UserError

_SIGNS = ("could not create a primitive", "OOM when allocating", "failed to allocate", "bad_alloc", "start new thread")


def peak_memory_mib() -> float:
    """The most memory that this process has held at a time, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def trim_memory() -> None:
    """Gives memory that was freed back to the system; glibc keeps it, for a run on all tweets a quarter of a GB."""
    with suppress(OSError, AttributeError):  # another C library has no such function
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Makes a MemoryError of what TensorFlow and Python raise when memory runs out, which is known by its words alone.

    Raises:
        MemoryError: memory ran out.
    """
    try:
        yield
    except UserError:  # told already
        raise
    except Exception as error:
        if any(sign in str(error) for sign in _SIGNS):
            raise MemoryError(str(error).splitlines()[0][:100]) from error
        raise
