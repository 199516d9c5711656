"""A bridged LSTM cell is the body of jax.lax.scan, with a pair as carry and its output beside it.

After enpasos/jax2onnx, jax2onnx/plugins/flax/test_utils.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax.nnx import bridge


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


cell = nn.LSTMCell(2)
xs = jnp.linspace(-1.0, 1.0, 12).reshape(4, 1, 3)
carry = cell.initialize_carry(jax.random.key(0), xs[0].shape)
layer = bridge.ToNNX(cell)
layer.lazy_init(carry, xs[0], rngs=jax.random.key(0))
(c, h), outputs = jax.jit(lambda carry, xs: jax.lax.scan(layer, carry, xs))(carry, xs)


def gate(name: str, x: Any, h: Any) -> np.ndarray:
    of_x, of_h = getattr(layer, f"i{name}"), getattr(layer, f"h{name}")
    return np.asarray(x @ of_x["kernel"][...] + h @ of_h["kernel"][...] + of_h["bias"][...])


expected_c = expected_h = np.zeros((1, 2), np.float32)
for x, output in zip(xs, outputs, strict=True):
    i, f, g, o = (gate(name, x, expected_h) for name in "ifgo")
    expected_c = sigmoid(f) * expected_c + sigmoid(i) * np.tanh(g)
    expected_h = sigmoid(o) * np.tanh(expected_c)
    np.testing.assert_allclose(output, expected_h, rtol=1e-4, atol=1e-6)
np.testing.assert_allclose(c, expected_c, rtol=1e-4, atol=1e-6)
np.testing.assert_allclose(h, expected_h, rtol=1e-4, atol=1e-6)
