"""A moving average of a bridged model's parameters is kept beside them and evaluated in a second model.

After Physical-Intelligence/openpi, scripts/train.py.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


@partial(jax.jit, static_argnums=0)
def step(graph: Any, params: Any, average: Any) -> Any:
    model = nnx.merge(graph, params)
    grads = nnx.grad(lambda model: model(X).sum())(model)
    nnx.update(model, jax.tree.map(lambda p, g: p - 0.5 * g, params, grads))
    params = nnx.state(model)
    return params, jax.tree.map(lambda old, new: 0.75 * old + 0.25 * new, average, params)


layer = bridge.ToNNX(nn.Dense(2, use_bias=False)).lazy_init(X, rngs=nnx.Rngs(0))
start = np.asarray(layer.kernel[...])
slope = np.repeat(np.asarray(X).sum(0)[:, None], 2, 1)
graph, params = nnx.split(layer)
average = params
for _ in range(2):
    params, average = step(graph, params, average)

np.testing.assert_allclose(layer(X), np.asarray(X) @ start, rtol=1e-5)
trained, averaged = nnx.merge(graph, params), nnx.merge(graph, average)
np.testing.assert_allclose(trained(X), np.asarray(X) @ (start - slope), rtol=1e-4, atol=1e-5)
moved = 0.75 * (start - 0.25 * 0.5 * slope) + 0.25 * (start - slope)
np.testing.assert_allclose(averaged(X), np.asarray(X) @ moved, rtol=1e-4, atol=1e-5)
nnx.update(layer, average)
np.testing.assert_array_equal(layer(X), averaged(X))
