"""When what the bridge gives agrees with what plain Linen, or plain NNX, gives."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import jax
import numpy as np
from flax import core

from properties.support.oracle import assert_same_bits, comparing


def assert_same(actual: Any, expected: Any) -> None:
    """Assert that two pytrees have one structure, boxes and names included, and leaves of the same bits.

    A frozen dictionary counts as a dictionary. A leaf that is no array must have the same type and value, or, where it
    has attributes, the same attributes.
    """
    got, want = opened(_thawed(actual)), opened(_thawed(expected))
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


# Excused: A difference between two trees is an answer here, not a failure.
def is_same(actual: Any, expected: Any) -> bool:
    """Whether ``assert_same`` accepts them."""
    try:
        assert_same(actual, expected)
    except AssertionError:
        return False
    return True


def is_array(leaf: Any) -> bool:
    """Whether this is an array, a key or a number of NumPy or JAX: what a transform can trace."""
    dtype = getattr(leaf, "dtype", None)
    # A key's type is no type of NumPy's.
    return dtype is not None and hasattr(leaf, "shape") and not (isinstance(dtype, np.dtype) and dtype.kind in "OSUT")


@comparing
def opened(tree: Any) -> Any:
    """The pytree with a dictionary of its attributes for each object whose type is no pytree.

    Of a function its name and what it closes over count. An object that holds itself is opened once.
    """
    return _opened(tree, frozenset())


def split_arrays(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The arrays of a pytree, and what puts others in their place.

    Flags, strings, numbers and objects stay as they are: no transform can take or give them.
    """
    leaves, structure = jax.tree.flatten(tree)
    places = [place for place, leaf in enumerate(leaves) if is_array(leaf)]

    def with_arrays(arrays: list[Any]) -> Any:
        replaced = dict(zip(places, arrays, strict=True))
        return jax.tree.unflatten(structure, [replaced.get(place, leaf) for place, leaf in enumerate(leaves)])

    return [leaves[place] for place in places], with_arrays


def _opened(tree: Any, inside: frozenset[int]) -> Any:
    def open_leaf(leaf: Any) -> Any:
        if is_array(leaf) or isinstance(leaf, type) or not hasattr(leaf, "__dict__") or id(leaf) in inside:
            return leaf
        if isinstance(leaf, FunctionType):
            held = {"closure": tuple(cell.cell_contents for cell in leaf.__closure__ or ()), "name": leaf.__qualname__}
        else:
            held = vars(leaf)
        return {"type": type(leaf).__qualname__, **_opened(held, inside | {id(leaf)})}

    return jax.tree.map(open_leaf, tree)


def _assert_same_leaf(actual: Any, expected: Any) -> None:
    if is_array(expected) and is_array(actual):
        if jax.numpy.issubdtype(expected.dtype, jax.dtypes.prng_key):
            actual, expected = jax.random.key_data(actual), jax.random.key_data(expected)
        assert_same_bits(actual, expected)
    else:
        assert type(actual) is type(expected), f"a {type(actual).__name__}, expected a {type(expected).__name__}"
        same = jax.numpy.all(actual == expected) if hasattr(expected, "shape") else actual == expected
        assert same, f"{actual!r}, expected {expected!r}"


def _thawed(tree: Any) -> Any:
    return core.unfreeze(tree) if isinstance(tree, core.FrozenDict) else tree


def _paths(tree: Any) -> set[str]:
    return {jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(tree)[0]}
