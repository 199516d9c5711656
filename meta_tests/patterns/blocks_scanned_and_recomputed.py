"""Blocks under nn.remat and nn.scan, with one input for each layer and one for all, have the gradient of a loop.

After Physical-Intelligence/openpi, src/openpi/models/gemma.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X, OFFSETS = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3), jnp.array([0.5, -0.25, 0.1])


class Block(nn.Module):
    @nn.compact
    def __call__(self, x: Any, offset: Any, scale: Any) -> Any:
        return jnp.tanh(nn.Dense(3, name="dense")(x) * scale + offset), offset * 2


class Tower(nn.Module):
    @nn.compact
    def __call__(self, x: Any, offsets: Any, scale: float) -> Any:
        scanned = nn.scan(
            nn.remat(Block, prevent_cse=False),
            variable_axes={"params": 0},
            split_rngs={"params": True},
            in_axes=(0, nn.broadcast),
            length=3,
        )
        return scanned(name="layers")(x, offsets, scale)


layer = bridge.ToNNX(Tower()).lazy_init(X, OFFSETS, 2.0, rngs=nnx.Rngs(0))
kernels, biases = layer.layers["dense"]["kernel"][...], layer.layers["dense"]["bias"][...]
assert kernels.shape == (3, 3, 3) and not np.array_equal(kernels[0], kernels[1])


def loop(kernels: Any, biases: Any) -> Any:
    x = X
    for kernel, bias, offset in zip(kernels, biases, OFFSETS, strict=True):
        x = jnp.tanh((x @ kernel + bias) * 2.0 + offset)
    return x


output, doubled = layer(X, OFFSETS, 2.0)
np.testing.assert_allclose(output, loop(kernels, biases), rtol=1e-5)
np.testing.assert_allclose(doubled, 2 * OFFSETS)
grads = nnx.grad(lambda layer: (layer(X, OFFSETS, 2.0)[0] ** 2).sum())(layer)
expected = jax.grad(lambda both: (loop(*both) ** 2).sum())((kernels, biases))
np.testing.assert_allclose(grads.layers["dense"]["kernel"][...], expected[0], rtol=1e-4, atol=1e-6)
np.testing.assert_allclose(grads.layers["dense"]["bias"][...], expected[1], rtol=1e-4, atol=1e-6)
