"""Drops compiled programs before a long run dies: Linux limits memory maps, of which each program takes a few."""

import functools
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from properties.support import inner_test

_MAPS = Path("/proc/self/maps")
_LIMIT = Path("/proc/sys/vm/max_map_count")
# To count the maps takes milliseconds; so many examples of a history make up to fifteen thousand of the 65,530.
_EXAMPLES = 10


def bounded(property_: Any) -> AbstractContextManager[None]:
    """Inside the block, a property of Hypothesis's drops compiled programs between examples where they are many."""
    return inner_test.wrapped(property_, _bounded) if _MAPS.exists() else nullcontext()


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
