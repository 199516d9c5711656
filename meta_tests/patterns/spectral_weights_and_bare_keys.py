"""A neural operator has complex weights, and its keys are replaced by their data so that a checkpoint can hold them.

After RezaNajian/folax, examples/paper_iFOL/static_sqaure_nonlinear/pi_fno_mechanical_2D_nonlin_pr.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


def complex_normal(key: Any, shape: Any) -> Any:
    real, imaginary = jax.random.normal(key, (2, *shape))
    return real + 1j * imaginary


class Spectral(nn.Module):
    modes: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        weights = self.param("weights", complex_normal, (self.modes,))
        spectrum = jnp.fft.rfft(x)[: self.modes] * weights
        return jnp.fft.irfft(jnp.pad(spectrum, (0, len(x) // 2 + 1 - self.modes)), len(x)) + nn.Dense(8, name="skip")(x)


x = jnp.sin(jnp.arange(8.0)) + 0.5
model = bridge.ToNNX(Spectral(3), rngs=nnx.Rngs(0)).lazy_init(x)
graph, params, keys, rest = nnx.split(model, nnx.Param, nnx.RngKey, ...)
model = nnx.merge(graph, params, jax.tree.map(jax.random.key_data, keys), rest)

assert sum(np.prod(leaf.shape) for leaf in jax.tree.leaves(nnx.state(model, nnx.Param))) == 3 + 8 * 8 + 8
assert all(leaf.dtype == jnp.uint32 for leaf in jax.tree.leaves(nnx.state(model, nnx.RngState)))
weights, kernel = np.asarray(model.weights[...]), np.asarray(model.skip["kernel"][...])
assert weights.dtype == np.complex64 and np.abs(weights.imag).min() > 0
spectrum = np.zeros(5, complex)
spectrum[:3] = np.fft.rfft(x)[:3] * weights
expected = np.fft.irfft(spectrum, 8) + np.asarray(x) @ kernel
for _ in range(2):
    np.testing.assert_allclose(nnx.jit(lambda model, x: model(x))(model, x), expected, rtol=1e-4, atol=1e-5)
grads = nnx.grad(lambda model: model(x).sum())(model)
assert grads.weights.dtype == jnp.complex64
np.testing.assert_allclose(grads.weights[...][0], np.fft.rfft(x)[0].conj(), rtol=1e-4, atol=1e-4)
