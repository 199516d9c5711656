"""When what the bridge gives agrees with what plain Linen, or plain NNX, gives."""

from typing import Any

import jax
from flax import core

from properties.oracle import assert_same_bits


def assert_same(actual: Any, expected: Any) -> None:
    """Assert that two pytrees have one structure, boxes and names included, and leaves of the same bits.

    A frozen dictionary counts as a dictionary; a leaf that is no array must have the same type and value.
    """
    got, want = _thawed(actual), _thawed(expected)
    got_leaves, got_structure = jax.tree_util.tree_flatten_with_path(got)
    want_leaves, want_structure = jax.tree_util.tree_flatten_with_path(want)
    if got_structure != want_structure:
        found, missed = (_paths(one) - _paths(other) for one, other in ((got, want), (want, got)))
        raise AssertionError(
            f"beyond what was expected: {sorted(found) or 'nothing'}; missing: {sorted(missed) or 'nothing'}"
            if found or missed
            else f"structure {got_structure}, expected {want_structure}"
        )
    for (path, leaf), (_, reference) in zip(got_leaves, want_leaves, strict=True):
        try:
            _assert_same_leaf(leaf, reference)
        except AssertionError as error:
            raise AssertionError(f"{jax.tree_util.keystr(path) or 'the output'}: {error}") from None


def _assert_same_leaf(actual: Any, expected: Any) -> None:
    if hasattr(expected, "dtype") and hasattr(actual, "dtype"):
        if jax.numpy.issubdtype(expected.dtype, jax.dtypes.prng_key):
            actual, expected = jax.random.key_data(actual), jax.random.key_data(expected)
        assert_same_bits(actual, expected)
    else:
        assert type(actual) is type(expected), f"a {type(actual).__name__}, expected a {type(expected).__name__}"
        assert actual == expected, f"{actual!r}, expected {expected!r}"


def _thawed(tree: Any) -> Any:
    return core.unfreeze(tree) if isinstance(tree, core.FrozenDict) else tree


def _paths(tree: Any) -> set[str]:
    return {jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(tree)[0]}
