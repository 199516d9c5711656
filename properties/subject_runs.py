"""A subject through the bridge, and the same in plain Linen with its variables passed by hand."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax.nnx import bridge
from hypothesis import given, settings
from hypothesis import strategies as st

from impl.flax_api import keys_handed_to_linen
from impl.subject import Subject

Check = Callable[[Subject, int], None]


def of_subjects(*needed: str) -> Callable[[Check], Any]:
    """Ask a property of every subject that has these attributes, for a few seeds."""

    def decorator(check: Check) -> Any:
        @wraps(check)
        def in_mesh(subject: Subject, seed: int) -> None:
            with subject.in_mesh():
                check(subject, seed)

        # A subject's structure is fixed and only values vary, with which a bridge has little to do.
        few = settings(max_examples=max(1, settings().max_examples // 20))
        asked = few(given(seed=st.integers(0, 2**16))(in_mesh))
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


def called(
    subject: Subject, layer: Any, variables: dict[str, Any], *args: Any, method: Any = None, **kwargs: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """What a call gives through the bridge, what it gives in plain Linen, and Linen's variables after it."""
    rngs = {name: kwargs[name] for name in ("rngs",) if name in kwargs}
    kwargs = {name: value for name, value in kwargs.items() if name != "rngs"}
    with keys_handed_to_linen() as keys:
        output = layer(*args, method=method, **rngs, **kwargs)
    expected = subject.linen().apply(variables, *args, rngs=keys, method=method, **kwargs)
    if "mutable" not in kwargs:
        return output, expected, variables
    expected, updates = expected
    return output, expected, {**variables, **updates}


def inputs(args: Any, seed: int) -> Any:
    """The arguments as they are given for the seed 0; for others, floats between half and one and a half of them."""
    generator = np.random.default_rng(seed)

    def varied(leaf: Any) -> Any:
        if seed == 0 or not jnp.issubdtype(getattr(leaf, "dtype", int), jnp.floating):
            return leaf
        # A zero stays zero, because it may say what to mask.
        return leaf * jnp.asarray(generator.uniform(0.5, 1.5, leaf.shape), leaf.dtype)

    return jax.tree.map(varied, args)
