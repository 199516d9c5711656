"""Dropout draws anew at every call until the stream of the layer is seeded again.

After google/flax, docs_nnx/guides/bridge_guide.md.
"""

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

x = jnp.ones((4, 8))
model = nnx.Sequential(bridge.ToNNX(nn.Dropout(0.5, deterministic=False), rngs=nnx.Rngs(dropout=0)), jnp.negative)
bridge.lazy_init(model, x)

nnx.reseed(model, dropout=3)
first, second = np.asarray(model(x)), np.asarray(model(x))
assert not np.array_equal(first, second)
stream = nnx.Rngs(dropout=nnx.Rngs(dropout=3).dropout()).dropout
for output in (first, second):
    plain = nn.Dropout(0.5, deterministic=False).apply({}, x, rngs={"dropout": stream()})
    np.testing.assert_array_equal(output, -plain)
nnx.reseed(model, dropout=3)
np.testing.assert_array_equal(nnx.jit(lambda model, x: model(x))(model, x), first)
np.testing.assert_array_equal(model(x), second)
