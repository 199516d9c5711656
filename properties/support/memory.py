"""Drops compiled programs before a long run dies: Linux limits memory maps, of which each program takes a few."""

import functools
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from properties.support import inner_test

_MAPS = Path("/proc/self/maps")
_LIMIT = Path("/proc/sys/vm/max_map_count")
# To count the maps takes milliseconds; so many examples of a history make up to fifteen thousand of the 65,530.
_EXAMPLES = 10


def bounded(property_: Any) -> AbstractContextManager[None]:
    """Inside the block, a property of Hypothesis's drops compiled programs between examples where they are many."""
    return inner_test.wrapped(property_, _bounded)


_examples = itertools.count()


def _bounded(test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Any:
        make_room()
        return test(*args, **kwargs)

    return run


def make_room() -> None:
    """Before an example: drop compiled programs where they are many. Where Linux sets no limit, nothing is done."""
    if _MAPS.exists() and next(_examples) % _EXAMPLES == 0 and _maps() > int(_LIMIT.read_text("ascii")) // 2:
        drop_programs()


def drop_programs() -> None:
    """Have JAX forget what it has compiled; what counts its traces begins anew."""
    # Not before: pytest loads this module before it has set what jax reads when it starts.
    import jax

    from properties.support import transforms

    jax.clear_caches()
    transforms.forget()


def _maps() -> int:
    return _MAPS.read_bytes().count(b"\n")
