"""A layer is initialised and called with a bare key, from which dropout draws inside jax.jit too.

After enpasos/jax2onnx, jax2onnx/plugins/flax/test_utils.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax.nnx import bridge


class Noisy(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dropout(0.5, deterministic=False)(nn.Dense(8, name="dense")(x))


x, key = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3), jax.random.key(7)
layer = bridge.ToNNX(Noisy())
layer.lazy_init(x, rngs=key)
variables = Noisy().init(key, x)
np.testing.assert_array_equal(layer.dense["kernel"][...], variables["params"]["dense"]["kernel"])

call = jax.jit(lambda x, key: layer(x, rngs=key))
dense = np.asarray(x) @ np.asarray(layer.dense["kernel"][...])
for seed in (1, 2, 1):
    output = np.asarray(call(x, jax.random.key(seed)))
    np.testing.assert_array_equal(output, Noisy().apply(variables, x, rngs={"params": jax.random.key(seed)}))
    kept = output != 0
    np.testing.assert_allclose(output[kept], 2 * dense[kept], rtol=1e-5)
    assert 0 < kept.sum() < kept.size
assert not np.array_equal(call(x, jax.random.key(1)), call(x, jax.random.key(2)))
