"""How much memory a process has taken."""

import resource
import sys


def peak_memory_mib() -> float:
    """The most memory that this process has held at a time, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
