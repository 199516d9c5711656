"""A symmetric Linen layer is part of a wave function, whose derivatives are taken by its input and for each sample.

After netket/netket, docs/tutorials/gs-ising.ipynb.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

SITES = 4


class Symmetric(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel = self.param("kernel", nn.initializers.normal(), (SITES,))
        return jnp.stack([x @ jnp.roll(kernel, shift) for shift in range(SITES)], axis=-1)


class LogAmplitude(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.symmetric = bridge.ToNNX(Symmetric(), rngs=rngs).lazy_init(jnp.ones((1, SITES)))

    def __call__(self, x: Any) -> Any:
        return (self.symmetric(x) ** 2).sum(-1)


model = LogAmplitude(nnx.Rngs(0))
graph, params, rest = nnx.split(model, nnx.Param, ...)
samples = jnp.linspace(-1.0, 1.0, 3 * SITES).reshape(3, SITES)
kernel = np.asarray(model.symmetric.kernel[...])
matrix = np.stack([np.roll(kernel, shift) for shift in range(SITES)])


def value(params: Any, x: Any) -> Any:
    return nnx.merge(graph, params, rest, copy=True)(x)


inputs = np.asarray(samples)
np.testing.assert_allclose(model(samples), ((inputs @ matrix.T) ** 2).sum(-1), rtol=1e-4)
np.testing.assert_allclose(model(jnp.roll(samples, 1, -1)), model(samples), rtol=1e-4)
by_input = jax.vmap(jax.grad(value, argnums=1), in_axes=(None, 0))(params, samples)
np.testing.assert_allclose(by_input, 2 * inputs @ matrix.T @ matrix, rtol=1e-4, atol=1e-6)
laplacian = jnp.trace(jax.hessian(value, argnums=1)(params, samples[0]))
np.testing.assert_allclose(laplacian, 2 * (matrix**2).sum(), rtol=1e-4)
by_params = jax.jit(jax.vmap(jax.grad(value), in_axes=(None, 0)))(params, samples)
shifted = np.stack([np.roll(inputs, -shift, axis=-1) for shift in range(SITES)], axis=1)
expected = 2 * np.einsum("sk,skn->sn", shifted @ kernel, shifted)
np.testing.assert_allclose(by_params.symmetric["kernel"][...], expected, rtol=1e-4, atol=1e-6)
