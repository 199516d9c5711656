"""How far XLA may round one computation differently in two programs: measured in plain Linen, never tuned."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from properties.support.comparison import assert_same, is_array, is_same

# What a change of all inputs by one unit in the last place does, this many times, in either direction at random …
RUNS = 4
# … times this: an operation in the middle of a computation rounds as often as its inputs are changed, and some more.
FACTOR = 8


def assert_computed(actual: Any, plain: Callable[..., Any], *given: Any) -> Any:
    """Assert that a compiled computation gave what ``plain`` gives; returns what that is.

    Where bits differ, floats and complex numbers may differ by ``FACTOR`` times the largest deviation, in the same
    array, that ``RUNS`` changes of ``given`` by one unit in the last place cause in ``plain``. Structures, types and
    everything else must be the same.
    """
    expected = plain(*given)
    if jax.tree.structure(actual) == jax.tree.structure(expected) and not is_same(actual, expected):
        changed = [plain(*_changed(given, run)) for run in range(RUNS)]
        bounds = jax.tree.map(lambda *leaves: _bound(*leaves), expected, *changed)
        actual = jax.tree.map(_rounded, actual, expected, bounds)
    assert_same(actual, expected)
    return expected


def assert_run_alike(actual: Any, run: Callable[..., Any], *given: Any) -> Any:
    """Assert that a compiled computation gave what the same computation gives eagerly, ``run``; returns what that is.

    The bound is that of ``assert_computed``, and at least ``FACTOR`` units in the last place of the largest number that
    comes in or out: a sum whose parts cancel, such as a gradient that is zero, is rounded by theirs.
    """
    expected = run(*given)
    if jax.tree.structure(actual) == jax.tree.structure(expected) and not is_same(actual, expected):
        changed = [run(*_changed(given, number)) for number in range(RUNS)]
        least = FACTOR * max(map(_unit, jax.tree.leaves((given, expected))), default=0.0)
        bounds = jax.tree.map(lambda *leaves: max(_bound(*leaves), least), expected, *changed)
        actual = jax.tree.map(_rounded, actual, expected, bounds)
    assert_same(actual, expected)
    return expected


def _unit(leaf: Any) -> float:
    """A unit in the last place of the largest number of an array of floats; 0 of everything else."""
    if not _is_inexact(leaf):
        return 0.0
    return float(jnp.finfo(leaf.dtype).eps) * float(np.max(np.abs(_wide(leaf)), initial=0.0))


def _is_inexact(leaf: Any) -> bool:
    return is_array(leaf) and bool(jnp.issubdtype(leaf.dtype, jnp.inexact))


def _changed(given: Any, run: int) -> Any:
    generator = np.random.default_rng(run)

    def change(leaf: Any) -> Any:
        if not _is_inexact(leaf):
            return leaf
        unit = float(jnp.finfo(leaf.dtype).eps)
        return leaf * jnp.asarray(1 + unit * generator.choice([-1.0, 1.0], np.shape(leaf)), leaf.dtype)

    return jax.tree.map(change, given)


def _bound(expected: Any, *changed: Any) -> float:
    if not _is_inexact(expected):
        return 0.0
    return FACTOR * max(float(np.max(np.abs(_wide(one) - _wide(expected)), initial=0.0)) for one in changed)


def _rounded(actual: Any, expected: Any, bound: float) -> Any:
    """The expected array where the actual one is that but for rounding: what is wrong is left to compare."""
    alike = is_array(actual) and (actual.shape, actual.dtype) == (np.shape(expected), getattr(expected, "dtype", None))
    if not bound or not alike:
        return actual
    close = np.abs(_wide(actual) - _wide(expected)) <= bound
    return np.where(close, np.asarray(expected), np.asarray(actual))


def _wide(array: Any) -> np.ndarray:
    given = np.asarray(array)
    return given.astype(np.complex128 if given.dtype.kind == "c" else np.float64)
