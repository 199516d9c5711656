"""Bad arguments: the call has a defined result or is refused in words, and the next good call is unharmed."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from impl.implementation import Implementation
from properties.support import oracle


# Excused: Any exception with a message counts: no type is specified.
def refused(impl: Implementation, seed: Any, x: Any, features: Any) -> str:
    """Assert that the entry raises an ordinary exception with a message, unharmed; the exception's name."""
    output = attempted(impl, seed, x, features)
    assert isinstance(output, Exception), f"no exception, but an output of shape {np.shape(output)}"
    return type(output).__name__


# Excused: No exception is specified for these arguments; `bad_arguments.edge_cases` records what each does.
def refused_or_shaped(impl: Implementation, seed: Any, x: Any, features: Any, shape: tuple[int, ...]) -> str:
    """Assert that the entry raises, or returns finite float32 numbers of this shape, unharmed; which of them."""
    output = attempted(impl, seed, x, features)
    if isinstance(output, Exception):
        return type(output).__name__
    assert np.shape(output) == shape
    assert output.dtype == jnp.float32
    assert np.isfinite(output).all()
    return "an output"


def attempted(impl: Implementation, seed: Any, x: Any, features: Any) -> Any:
    """The output or the exception of a call; a good call after it must give what it gave before."""
    expected = _good_output(impl)
    try:
        output: Any = impl.entry(seed, x, features)
    except Exception as error:
        assert str(error).strip(), f"{type(error).__name__} without a message"
        output = error
    oracle.assert_same_bits(_good_call(impl), expected)
    return output


def _good_call(impl: Implementation) -> jax.Array:
    return impl.entry(3.0, jnp.linspace(-1, 1, 4, dtype=jnp.float32), 4.0)


@cache
def _good_output(impl: Implementation) -> np.ndarray:
    """What the good call gave before any bad one."""
    return np.asarray(_good_call(impl))
