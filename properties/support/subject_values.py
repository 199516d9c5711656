"""What a subject is given, and what it holds, as values that can be compared."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from impl.subject import Subject
from properties.support.comparison import is_array


def inputs(args: Any, seed: int) -> Any:
    """The arguments as they are given for the seed 0; for others, floats between half and one and a half of them."""
    generator = np.random.default_rng(seed)

    def varied(leaf: Any) -> Any:
        if seed == 0 or not jnp.issubdtype(getattr(leaf, "dtype", int), jnp.inexact):
            return leaf
        # A zero stays zero, because it may say what to mask.
        return leaf * jnp.asarray(generator.uniform(0.5, 1.5, leaf.shape), leaf.dtype)

    return jax.tree.map(varied, args)


def stacked(arrays: list[list[Any]]) -> list[Any]:
    """The arrays of several calls, each stacked with its like."""
    return [jnp.stack(leaves) for leaves in zip(*arrays, strict=True)]


class Given(NamedTuple):
    """What a caller gives to init and to a call, in containers of its own and with copies of its NumPy arrays."""

    first: Any
    first_kwargs: Any
    args: Any
    kwargs: Any

    @classmethod
    def of(cls, subject: Subject, seed: int) -> "Given":
        first, args = inputs(subject.first_args, seed), inputs(subject.args, seed)
        given = cls(first, subject.first_kwargs, args, subject.training_call)
        return jax.tree.map(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, given)


def sorted_leaves(tree: Any) -> list[Any]:
    """The leaves, in an order that does not depend on how the tree is nested."""
    return sorted(map(_as_array, jax.tree.leaves(tree)), key=lambda leaf: (str(leaf.dtype), leaf.shape, leaf.tobytes()))


def numbers_as_arrays(tree: Any) -> Any:
    """The tree with an array for each number of Python's, which a compiled function gives back as one."""
    return jax.tree.map(lambda leaf: leaf if is_array(leaf) else jnp.asarray(leaf), tree)


def as_arrays(tree: Any) -> Any:
    """The tree with an array for each number of Python's, which a checkpoint gives back as one, and for each key."""
    return jax.tree.map(_as_array, tree)


def _as_array(leaf: Any) -> Any:
    return np.array(
        jax.random.key_data(leaf)
        if is_array(leaf) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
        else jnp.asarray(leaf)
    )


def shapes(tree: Any) -> Any:
    """The tree with the dtype and the shape of each leaf."""
    return jax.tree.map(lambda leaf: f"{leaf.dtype}{leaf.shape}", tree)
