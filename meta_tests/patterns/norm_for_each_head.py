"""A Linen norm is vmapped over the heads, and a model in bfloat16 that holds it is initialised and counted.

After ml-jku/plstm, src/plstm/nnx/norm.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

HEADS, WIDTH = 2, 3


class MultiHeadNorm(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        heads = nn.vmap(
            nn.LayerNorm,
            variable_axes={"params": 0},
            in_axes=-2,
            out_axes=-2,
            axis_size=HEADS,
            split_rngs={"params": True},
        )
        self.norm = bridge.ToNNX(heads(epsilon=0.0, param_dtype=jnp.bfloat16), rngs=rngs)
        self.offset = nnx.Param(jnp.zeros((HEADS * WIDTH,), jnp.bfloat16))

    def __call__(self, x: Any) -> Any:
        normed = self.norm(x.reshape(*x.shape[:-1], HEADS, WIDTH))
        return normed.reshape(x.shape) + self.offset[...]


x = jnp.array([[1.0, 2.0, 3.0, 0.0, 8.0, 4.0], [-4.0, 0.0, 4.0, 2.0, 0.0, 1.0]], jnp.bfloat16)
model = bridge.lazy_init(MultiHeadNorm(nnx.Rngs(0)), x)
assert model.norm.scale.shape == model.norm.bias.shape == (HEADS, WIDTH)
assert sum(leaf.size for leaf in jax.tree.leaves(nnx.state(model, nnx.Param))) == 3 * HEADS * WIDTH
model.norm.scale[...] = jnp.array([[1.0] * WIDTH, [2.0] * WIDTH], jnp.bfloat16)

output = model(x)
assert output.dtype == jnp.bfloat16, output.dtype
heads = np.asarray(x.astype(jnp.float32)).reshape(2, HEADS, WIDTH)
expected = (heads - heads.mean(-1, keepdims=True)) / heads.std(-1, keepdims=True) * np.array([[1.0], [2.0]])
np.testing.assert_allclose(output.astype(jnp.float32), expected.reshape(2, -1), rtol=0.02, atol=0.02)
