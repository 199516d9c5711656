"""What Hypothesis draws from: a seed for each property, made of its id alone.

By itself Hypothesis takes the source of the test for the seed, so that another
word in a docstring would change what is tried.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from hypothesis import is_hypothesis_test, seed, settings

_current: ContextVar[int] = ContextVar("seed of the running property")

F = TypeVar("F", bound=Callable[..., Any])


@contextmanager
def running(property_id: str, test: Callable[..., Any]) -> Iterator[None]:
    """Inside the block, what the property searches is drawn from the seed of its id."""
    token = _current.set(int.from_bytes(hashlib.sha256(property_id.encode()).digest()[:8], "big"))
    try:
        if is_hypothesis_test(test):
            seeded(test)
        yield
    finally:
        _current.reset(token)


def seeded(search: F) -> F:
    """``search``, which draws from the seed of the running property where its profile draws the same each time."""
    return seed(_current.get())(search) if settings().derandomize else search
