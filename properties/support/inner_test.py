"""What Hypothesis runs with each example, wrapped for a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Test = Callable[..., Any]


@contextmanager
def wrapped(property_: Any, wrap: Callable[[Test], Test]) -> Iterator[None]:
    """Inside the block, each example of a property of Hypothesis's goes through ``wrap``."""
    handle = getattr(property_, "hypothesis", None)
    if handle is None:
        yield
        return
    test = handle.inner_test
    handle.inner_test = wrap(test)
    try:
        yield
    finally:
        handle.inner_test = test
