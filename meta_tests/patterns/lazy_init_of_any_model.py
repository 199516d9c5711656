"""A test harness calls lazy_init on every model, and one without Linen layers keeps its values and its behaviour.

After ml-jku/plstm, tests/conversion/test_base.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Plain(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.linear = nnx.Linear(3, 2, rngs=rngs)
        self.calls = nnx.Variable(jnp.array(0))

    def __call__(self, x: Any) -> Any:
        self.calls[...] += 1
        return self.linear(x)


class Mixed(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.plain, self.dense = Plain(rngs), bridge.ToNNX(nn.Dense(2), rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.plain(x) + self.dense(x)


plain, mixed = Plain(nnx.Rngs(0)), Mixed(nnx.Rngs(0))
for model, linear in ((plain, plain.linear), (mixed, mixed.plain.linear)):
    variable, before = linear.kernel, np.asarray(linear.kernel[...])
    assert bridge.lazy_init(model, X) is model
    assert linear.kernel is variable
    np.testing.assert_array_equal(linear.kernel[...], before)
assert int(plain.calls[...]) == int(mixed.plain.calls[...]) == 1

expected = np.asarray(X) @ np.asarray(plain.linear.kernel[...])
np.testing.assert_allclose(plain(X), expected, rtol=1e-5)
expected = expected + np.asarray(X) @ np.asarray(mixed.dense.kernel[...])
np.testing.assert_allclose(mixed(X), expected, rtol=1e-4)
assert len(jax.tree.leaves(nnx.state(mixed, nnx.Param))) == 4
