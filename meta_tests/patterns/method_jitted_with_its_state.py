"""A method of a model is jitted over its split state: inside, changes are seen at once; outside, none is left.

After Physical-Intelligence/openpi, src/openpi/shared/nnx_utils.py.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 3.0, 6).reshape(3, 2)


def module_jit(method: Any) -> Callable[..., Any]:
    graph, state = nnx.split(method.__self__)
    jitted = jax.jit(lambda state, *args: method.__func__(nnx.merge(graph, state), *args))
    return lambda *args: jitted(state, *args)


class Model(nnx.Module):
    def __init__(self) -> None:
        self.norm = bridge.ToNNX(nn.BatchNorm(momentum=0.0, use_bias=False, use_scale=False, epsilon=0.0))
        self.norm.lazy_init(X, use_running_average=True, rngs=nnx.Rngs(0))

    def calibrated(self, x: Any) -> Any:
        self.norm(x, use_running_average=False, mutable=["batch_stats"])
        return self.norm(x, use_running_average=True)


model = Model()
calibrated = module_jit(model.calibrated)
inputs = np.asarray(X)
for _ in range(2):
    np.testing.assert_allclose(calibrated(X), (inputs - inputs.mean(0)) / inputs.std(0), rtol=1e-4, atol=1e-5)
np.testing.assert_array_equal(model.norm.mean[...], np.zeros(2))
np.testing.assert_array_equal(model.norm(X, use_running_average=True), inputs)
