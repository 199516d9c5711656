"""Low-rank adapters start at zero beside frozen weights, and Adam keeps its moments for the adapters alone.

After Physical-Intelligence/openpi, src/openpi/models/lora.py and src/openpi/models/pi0_config.py.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Adapted(nn.Module):
    @nn.compact
    def __call__(self, equation: str, x: Any) -> Any:
        w = self.param("w", nn.initializers.normal(), (3, 4))
        a = self.param("lora_a", nn.initializers.ones, (3, 1))
        b = self.param("lora_b", nn.initializers.zeros, (1, 4))
        return jnp.einsum(equation, x, w) + jnp.einsum(equation, jnp.einsum(equation, x, a), b)


def adapter(path: Any, _: Any) -> bool:
    return str(path[-1]).startswith("lora")


layer = bridge.ToNNX(Adapted()).lazy_init("bi,io->bo", X, rngs=nnx.Rngs(0))
w = np.asarray(layer.w[...])
assert layer.lora_a.shape == (3, 1) and layer.lora_b.shape == (1, 4)
np.testing.assert_allclose(layer("bi,io->bo", X), np.asarray(X) @ w, rtol=1e-5)

optimizer = nnx.Optimizer(layer, optax.adam(0.1), wrt=nnx.All(nnx.Param, adapter))
moments = {str(path[-1]) for path, _ in nnx.to_flat_state(nnx.state(optimizer)) if "mu" in path}
assert moments == {"lora_a", "lora_b"}, moments
filtered = nnx.DiffState(0, nnx.All(nnx.Param, adapter))
grads = nnx.grad(lambda layer: layer("bi,io->bo", X).sum(), argnums=filtered)(layer)
np.testing.assert_allclose(grads.lora_b[...], np.full((1, 4), float(X.sum())), atol=1e-5)
optimizer.update(layer, grads)
np.testing.assert_array_equal(layer.w[...], w)
