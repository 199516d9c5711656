"""The parameters that are frozen are kept in bfloat16, and the layer computes with them as they are.

After Physical-Intelligence/openpi, scripts/train.py and src/openpi/shared/nnx_utils.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Projection(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        w = self.param("w", nn.initializers.normal(), (3, 4))
        return x.astype(w.dtype) @ w


layer = bridge.ToNNX(Projection(), rngs=nnx.Rngs(0)).lazy_init(X)
exact = np.asarray(layer.w[...])
graph, params, rest = nnx.split(layer, nnx.Param, ...)
params = jax.tree.map(lambda value: value.astype(jnp.bfloat16), params)
layer = nnx.merge(graph, params, rest)

assert layer.w.dtype == jnp.bfloat16
output = nnx.jit(lambda layer, x: layer(x))(layer, X)
assert output.dtype == jnp.bfloat16, output.dtype
rounded = np.asarray(jnp.asarray(exact, jnp.bfloat16).astype(jnp.float32))
inputs = np.asarray(X.astype(jnp.bfloat16).astype(jnp.float32))
np.testing.assert_allclose(output.astype(jnp.float32), inputs @ rounded, rtol=0.02, atol=1e-4)
