"""How many pytest workers a machine has room for."""

import os

# What a worker needs at most: jax, Flax, and the programs that it compiled.
GIB_PER_WORKER = 2
_GIB = 2**30


def workers() -> int:
    """One for each processor that this process may use, as far as there is memory for it; at least one."""
    return max(1, min(processors(), memory() // (GIB_PER_WORKER * _GIB)))


def processors() -> int:
    """The processors that this process may use."""
    # macOS and Windows do not say which.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> int:
    """The bytes of memory of the machine."""
    # Windows does not say how many; its users get one worker for each processor.
    if not hasattr(os, "sysconf"):
        return processors() * GIB_PER_WORKER * _GIB
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
