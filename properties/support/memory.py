"""Drops compiled programs before a long run dies: Linux limits memory maps, of which each program takes a few."""

import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_MAPS = Path("/proc/self/maps")
_LIMIT = Path("/proc/sys/vm/max_map_count")
# To count the maps takes milliseconds, and so many examples make a few thousand.
_EXAMPLES = 50


@contextmanager
def bounded(property_: Any) -> Iterator[None]:
    """Inside the block, a property of Hypothesis's drops compiled programs between examples where they are many."""
    handle = getattr(property_, "hypothesis", None)
    if handle is None or not _MAPS.exists():
        yield
        return
    test = handle.inner_test
    handle.inner_test = _bounded(test)
    try:
        yield
    finally:
        handle.inner_test = test


_examples = itertools.count()


def _bounded(test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Any:
        if next(_examples) % _EXAMPLES == 0 and _maps() > int(_LIMIT.read_text("ascii")) // 2:
            drop_programs()
        return test(*args, **kwargs)

    return run


def drop_programs() -> None:
    """Have JAX forget what it has compiled; what counts its traces begins anew."""
    # Not before: pytest loads this module before it has set what jax reads when it starts.
    import jax

    from properties.support import transforms

    jax.clear_caches()
    transforms.forget()


def _maps() -> int:
    return _MAPS.read_bytes().count(b"\n")
