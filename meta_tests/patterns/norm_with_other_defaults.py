"""A subclass of to_linen_class gives an NNX norm other defaults, some of them zero, and a user overrides one.

After AI-Hypercomputer/maxtext, src/maxtext/layers/normalizations.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx.bridge import wrappers


class RMSNorm(nnx.Module):
    def __init__(
        self, features: int, epsilon: float = 1e-6, offset: float = 0.0, start: float = 1.0, *, rngs: nnx.Rngs
    ) -> None:
        self.scale = nnx.Param(jnp.full((features,), start))
        self.epsilon, self.offset = epsilon, offset

    def __call__(self, x: Any) -> Any:
        mean = (x**2).mean(-1, keepdims=True)
        return x / jnp.sqrt(mean + self.epsilon) * (self.scale[...] + self.offset)


class OffsetRMSNorm(wrappers.to_linen_class(RMSNorm, epsilon=0.0, start=0.0, offset=1.0)):  # type: ignore[misc]
    pass


class Block(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        return OffsetRMSNorm(features=3, name="first")(x), OffsetRMSNorm(features=3, offset=2.0, name="second")(x)


x = jnp.array([[3.0, 0.0, -4.0], [1e-4, -1e-4, 2e-4]])
variables = Block().init(jax.random.key(0), x)
assert jax.tree.map(jnp.shape, variables) == {"params": {"first": {"scale": (3,)}, "second": {"scale": (3,)}}}
np.testing.assert_array_equal(variables["params"]["first"]["scale"], np.zeros(3))
normed = np.asarray(x) / np.sqrt((np.asarray(x) ** 2).mean(-1, keepdims=True))
first, second = jax.jit(Block().apply)(variables, x)
np.testing.assert_allclose(first, normed, rtol=1e-5)
np.testing.assert_allclose(second, 2.0 * normed, rtol=1e-5)
