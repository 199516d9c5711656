"""Bounds what a failing property costs: shrinking it runs no more than twice the examples of a passing one."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from hypothesis import reject, settings
from hypothesis.errors import UnsatisfiedAssumption

from properties.support import inner_test

# A property of few examples is still shown small.
_LEAST = 150


def bounded(property_: Any) -> AbstractContextManager[None]:
    """Inside the block, a property of Hypothesis's shrinks a failure so far and no further."""
    return inner_test.wrapped(property_, lambda test: _bounded(test, settings()))


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
