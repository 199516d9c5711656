"""Bad arguments: the call has a defined result or is refused in words, and the next good call is unharmed."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from impl.implementation import Implementation
from properties import oracle

GOOD = (3.0, np.linspace(-1, 1, 4, dtype=np.float32), 4.0)


def refused(impl: Implementation, seed: Any, x: Any, features: Any) -> str:
    """Assert that the entry raises an ordinary exception with a message, unharmed; the exception's name."""
    output = attempted(impl, seed, x, features)
    assert isinstance(output, Exception), f"it returned an output of shape {np.shape(output)}"
    return type(output).__name__


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
    """The output or the exception of a call between two good ones, which must agree."""
    good = (GOOD[0], jnp.asarray(GOOD[1]), GOOD[2])
    before = impl.entry(*good)
    try:
        output: Any = impl.entry(seed, x, features)
    except Exception as error:
        assert str(error).strip(), f"{type(error).__name__} without a message"
        output = error
    oracle.assert_same_bits(impl.entry(*good), before)
    return output
