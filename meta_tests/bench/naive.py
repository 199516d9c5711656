"""The suite that anyone would write first: the yardstick for examples per second.

Four properties, every one with a length and a feature count of its own for
each example, so that almost every example meets a new shape and compiles. It
knows nothing of this project but the implementation; no cache, no pool.
"""

import os
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import bridge
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from impl.linen_inside_nnx import MyNNXWithLinen, linen_inside_nnx

EXAMPLES = int(os.environ.get("NAIVE_EXAMPLES", "100"))

hundred_examples = settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
sizes = st.integers(1, 32)
seeds = st.integers(0, 2**31 - 1)
floats = st.floats(-10, 10, width=32)
vectors = sizes.flatmap(lambda length: hnp.arrays(np.float32, length, elements=floats)).map(jnp.asarray)


def _kernel_and_bias(model: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(model.linen_dense.kernel[...]), np.asarray(model.linen_dense.bias[...])


@hundred_examples
@given(seed=seeds, x=vectors, features=sizes)
def test_affine(seed: int, x: jax.Array, features: int) -> None:
    model = MyNNXWithLinen(features, rngs=nnx.Rngs(seed))
    bridge.lazy_init(model, x)
    kernel, bias = _kernel_and_bias(model)
    np.testing.assert_allclose(linen_inside_nnx(seed, x, features), x @ kernel + bias, rtol=1e-4, atol=1e-4)


@hundred_examples
@given(seed=seeds, x=vectors, features=sizes)
def test_determinism(seed: int, x: jax.Array, features: int) -> None:
    np.testing.assert_array_equal(linen_inside_nnx(seed, x, features), linen_inside_nnx(seed, x, features))


@hundred_examples
@given(seed=seeds, x=vectors, features=sizes)
def test_jit(seed: int, x: jax.Array, features: int) -> None:
    compiled = jax.jit(lambda x: linen_inside_nnx(seed, x, features))
    np.testing.assert_allclose(compiled(x), linen_inside_nnx(seed, x, features), rtol=1e-4, atol=1e-4)


@hundred_examples
@given(seed=seeds, x=vectors, features=sizes)
def test_reinit(seed: int, x: jax.Array, features: int) -> None:
    model = MyNNXWithLinen(features, rngs=nnx.Rngs(seed))
    bridge.lazy_init(model, x)
    first, _ = _kernel_and_bias(model)
    bridge.lazy_init(model, x)
    second, _ = _kernel_and_bias(model)
    assert not np.array_equal(first, second)
