"""Bad arguments have a defined result or raise an exception with a message; the next call works."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from hypothesis import given
from hypothesis import strategies as st

from impl.implementation import Implementation
from properties.support import oracle
from properties.support.bad_calls import attempted, refused, refused_or_shaped
from properties.support.strategies import Call, calls, list_calls, seeds, small_matrices

NOT_WHOLE = st.sampled_from([float("nan"), float("inf"), float("-inf")])


@given(call=calls(), seed=NOT_WHOLE)
def test_non_finite_seed_raises(impl: Implementation, call: Call, seed: float) -> None:
    """A seed of NaN or infinity raises an exception."""
    refused(impl, *call._replace(seed=seed))


@given(call=calls(), features=NOT_WHOLE)
def test_non_finite_features_raise(impl: Implementation, call: Call, features: float) -> None:
    """A feature count of NaN or infinity raises an exception."""
    refused(impl, *call._replace(features=features))


@given(call=calls(), features=st.integers(-1000, -1).map(float))
def test_negative_features_raise(impl: Implementation, call: Call, features: float) -> None:
    """A negative feature count raises an exception."""
    refused(impl, *call._replace(features=features))


# Excused: JAX may reject a seed that needs more than 64 bits.
@given(call=calls(), magnitude=st.integers(63, 1023), sign=st.sampled_from([1.0, -1.0]))
def test_huge_seed(impl: Implementation, call: Call, magnitude: int, sign: float) -> None:
    """A seed of magnitude 2**63 or more raises an exception or gives an output of the right shape."""
    x = jnp.ones(call.length, jnp.float32)
    refused_or_shaped(impl, sign * 2.0**magnitude, x, call.features, (int(call.features),))


@given(call=calls(), x=st.floats(-10, 10, width=32).map(jnp.float32))
def test_scalar_x_raises(impl: Implementation, call: Call, x: Any) -> None:
    """A scalar `x` raises an exception."""
    refused(impl, *call._replace(x=x))


# Excused: `x` is specified to be 1-D; a matrix may raise.
@given(seed=seeds(), x=small_matrices())
def test_matrix_x(impl: Implementation, seed: float, x: Any) -> None:
    """A 2-D `x` raises an exception or counts as a batch of rows."""
    refused_or_shaped(impl, seed, x, 4.0, (len(x), 4))


# Excused: `x` is specified to be an array; JAX rejects a list, NumPy accepts it.
@given(call=list_calls())
def test_list_x(impl: Implementation, call: Call) -> None:
    """A list of numbers for `x` raises an exception or counts as an array, and is not changed."""
    before = list(call.x)
    output = attempted(impl, *call)
    assert call.x == before
    if not isinstance(output, Exception):
        assert output.dtype == jnp.float32
        parameters = impl.parameters(*call._replace(x=jnp.asarray(before, jnp.float32)))
        oracle.assert_close(output, oracle.affine(before, parameters.kernel, parameters.bias))


@given(call=calls(), x=st.sampled_from(["", "text", None, object, {}, ["a", "b"]]))
def test_x_without_numbers_raises(impl: Implementation, call: Call, x: Any) -> None:
    """An `x` that contains no numbers raises an exception."""
    refused(impl, *call._replace(x=x))


@given(call=calls(), wrong=st.sampled_from(["", "four", None, (), {}, 1j]))
def test_seed_and_features_of_wrong_type_raise(impl: Implementation, call: Call, wrong: Any) -> None:
    """A seed or a feature count that `int` does not accept raises an exception."""
    refused(impl, *call._replace(seed=wrong))
    refused(impl, *call._replace(features=wrong))


# Excused: An initializer divides by zero on jax before 0.11.2, also in plain Linen.
@given(call=calls())
def test_zero_features(impl: Implementation, call: Call) -> None:
    """A feature count of zero raises an exception or gives an empty output."""
    refused_or_shaped(impl, *call._replace(features=0.0), shape=(0,))


# Excused: An initializer divides by zero on jax before 0.11.2, also in plain Linen.
@given(call=calls())
def test_empty_x(impl: Implementation, call: Call) -> None:
    """An empty `x` raises an exception or gives an output of the right length."""
    refused_or_shaped(impl, *call._replace(x=jnp.zeros(0, jnp.float32)), shape=(int(call.features),))


Observe = Callable[[str, Any], None]


def test_edge_cases(impl: Implementation, observe: Observe) -> None:
    """What a call returns for zero features, an empty `x`, a matrix, a list of `None` and a seed of 2**63.

    Validate these arguments before the call: Flax does not specify the result.
    """
    x = jnp.ones(3, jnp.float32)
    edges = {
        "zero features": (0.0, x, 0.0),
        "zero length": (0.0, jnp.zeros(0, jnp.float32), 2.0),
        "x of shape (2, 3)": (0.0, jnp.ones((2, 3), jnp.float32), 2.0),
        "x of [None]": (0.0, [None], 2.0),
        "seed 2**63": (2.0**63, x, 2.0),
    }
    for name, arguments in edges.items():
        output = attempted(impl, *arguments)
        observe(name, type(output).__name__ if isinstance(output, Exception) else f"output of shape {output.shape}")
