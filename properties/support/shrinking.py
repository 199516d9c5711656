"""Bounds what a failing property costs: shrinking it runs no more than twice the examples of a passing one."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import reject, settings
from hypothesis.errors import UnsatisfiedAssumption

# A property of few examples is still shown small.
_LEAST = 150


@contextmanager
def bounded(property_: Any) -> Iterator[None]:
    """Inside the block, a property of Hypothesis's shrinks a failure so far and no further."""
    handle = getattr(property_, "hypothesis", None)
    if handle is None:
        yield
        return
    test = handle.inner_test
    handle.inner_test = _bounded(test, settings())
    try:
        yield
    finally:
        handle.inner_test = test


def _bounded(test: Callable[..., Any], chosen: settings) -> Callable[..., Any]:
    """``test``, which after its first failure runs so often and no more.

    What it has not run by then counts as not drawn; what has failed before may run, and fail, again. The bound is a
    number of runs and not a time, so that a failure shrinks to the same example on every machine.
    """
    left = max(_LEAST, 2 * chosen.max_examples)
    failed: set[str] = set()

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if failed:
            left -= 1
            if left < 0 and repr((args, kwargs)) not in failed:
                reject()
        try:
            return test(*args, **kwargs)
        # Excused: Hypothesis has rejected the example itself, so there is nothing to judge.
        except UnsatisfiedAssumption:
            raise
        # Excused: The exception is raised again by Hypothesis, from the example that is kept.
        except Exception:
            failed.add(repr((args, kwargs)))
            raise

    return run
