"""A subject through the bridge, and the same in plain Linen with its variables passed by hand."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import bridge
from hypothesis import given, settings
from hypothesis import strategies as st

from impl.errors import in_one_line
from impl.flax_api import keys_handed_to_linen
from impl.subject import Subject
from properties.agreement import assert_same

Check = Callable[[Subject, int], None]


def of_subjects(*needed: str) -> Callable[[Check], Any]:
    """Ask a property of every subject that has these attributes, for a few seeds."""

    def decorator(check: Check) -> Any:
        @wraps(check)
        def in_mesh(subject: Subject, seed: int) -> None:
            with subject.in_mesh():
                check(subject, seed)

        # A subject's structure is fixed and only values vary, with which a bridge has little to do.
        few = settings(max_examples=max(1, settings().max_examples // 50))
        asked: Any = few(given(seed=st.integers(0, 2**16))(in_mesh))
        asked.needed_of_subjects = needed
        return asked

    return decorator


def uninitialised(subject: Subject, seed: int) -> Any:
    """The subject as the bridge wraps it, without variables."""
    return bridge.ToNNX(subject.linen(), rngs=subject.rngs(seed))


def initialised(subject: Subject, seed: int) -> tuple[Any, dict[str, Any]]:
    """The bridged subject after lazy_init, and the variables that plain Linen makes of the same keys."""
    layer = uninitialised(subject, seed)
    args = inputs(subject.first_args, seed)
    with keys_handed_to_linen() as keys:
        bridge.lazy_init(layer, *args, **subject.kwargs)
    return layer, dict(subject.linen().init(keys, *args, **subject.kwargs))


def applied(
    subject: Subject, variables: dict[str, Any], keys: dict[str, jax.Array], *args: Any, **kwargs: Any
) -> tuple[Any, dict[str, Any]]:
    """What plain Linen gives with these variables and keys, and the variables after it."""
    output = subject.linen().apply(variables, *args, rngs=keys, **kwargs)
    if "mutable" not in kwargs:
        return output, variables
    output, updates = output
    return output, {**variables, **updates}


def called(
    subject: Subject, layer: Any, variables: dict[str, Any], *args: Any, **kwargs: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """What a call gives through the bridge, what it gives in plain Linen, and Linen's variables after it."""
    with keys_handed_to_linen() as keys:
        output = layer(*args, **kwargs)
    kwargs.pop("rngs", None)
    return output, *applied(subject, variables, keys, *args, **kwargs)


def loss(output: Any) -> jax.Array:
    """A number that every float of the output has a share in."""
    floats = [leaf for leaf in jax.tree.leaves(output) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    return sum((jnp.sum(leaf.astype(jnp.float32) ** 2) for leaf in floats), start=jnp.float32(0))


def without_intermediates(layer: Any) -> Any:
    """The layer after what it has sown was taken out, as users do: it grows with each call, in Linen too."""
    nnx.pop(layer, nnx.Intermediate)
    return layer


def assert_raises_alike(bridged: Callable[[], Any], plain: Callable[[], Any]) -> None:
    """Assert that the bridge raises what plain Linen raises, or gives the same where Linen does not raise."""
    actual, expected = _outcome(bridged), _outcome(plain)
    if isinstance(expected, Exception) or isinstance(actual, Exception):
        assert type(actual) is type(expected), f"{_said(actual)}, and plain Linen: {_said(expected)}"
    else:
        assert_same(actual, expected)


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return error


def _said(outcome: Any) -> str:
    return in_one_line(outcome) if isinstance(outcome, Exception) else "no exception"


def inputs(args: Any, seed: int) -> Any:
    """The arguments as they are given for the seed 0; for others, floats between half and one and a half of them."""
    generator = np.random.default_rng(seed)

    def varied(leaf: Any) -> Any:
        if seed == 0 or not jnp.issubdtype(getattr(leaf, "dtype", int), jnp.floating):
            return leaf
        # A zero stays zero, because it may say what to mask.
        return leaf * jnp.asarray(generator.uniform(0.5, 1.5, leaf.shape), leaf.dtype)

    return jax.tree.map(varied, args)
