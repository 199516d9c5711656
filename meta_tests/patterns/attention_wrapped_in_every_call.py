"""A Linen attention without parameters is wrapped and initialised anew in every call of a jitted NNX layer.

After AI-Hypercomputer/maxtext, src/maxtext/layers/attention_op.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Attention(nn.Module):
    causal: bool = False

    def __call__(self, query: Any, key: Any, value: Any, *, segments: Any) -> Any:
        allowed = segments[:, None] == segments[None, :]
        if self.causal:
            allowed &= jnp.tril(allowed)
        return jax.nn.softmax(jnp.where(allowed, query @ key.T, -1e9)) @ value


class Layer(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.project = nnx.Linear(3, 9, use_bias=False, rngs=rngs)
        self.rngs = rngs

    def __call__(self, x: Any, segments: Any, causal: bool) -> Any:
        attention = bridge.ToNNX(Attention(causal), rngs=self.rngs)
        dummy = jnp.zeros((4, 3))
        attention.lazy_init(dummy, dummy, dummy, segments=jnp.ones(4))
        assert not jax.tree.leaves(nnx.state(attention, nnx.Not(nnx.RngState)))
        return attention(*jnp.split(self.project(x), 3, axis=-1), segments=segments)


x, segments = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3), jnp.array([0, 0, 1, 1])
layer = Layer(nnx.Rngs(0))
q, k, v = np.split(np.asarray(x) @ np.asarray(layer.project.kernel[...]), 3, axis=-1)
call = nnx.jit(lambda layer, x, segments, causal: layer(x, segments, causal), static_argnums=3)
for causal in (False, True, False):
    allowed = np.kron(np.eye(2), np.ones((2, 2))) * (np.tril(np.ones((4, 4))) if causal else 1)
    weights = np.exp(q @ k.T) * allowed
    expected = weights / weights.sum(1, keepdims=True) @ v
    np.testing.assert_allclose(call(layer, x, segments, causal), expected, rtol=1e-4, atol=1e-6)
assert set(nnx.to_pure_dict(nnx.state(layer, nnx.Param))) == {"project"}
