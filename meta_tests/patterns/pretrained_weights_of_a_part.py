"""A jitted constructor takes pretrained values for a deep part of a bridged model and initialises the rest.

After Physical-Intelligence/openpi, scripts/train.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Nested(nn.Module):
    depth: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dense(3, name="dense")(x) if self.depth == 0 else Nested(self.depth - 1, name="inner")(x)


class Model(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.body = bridge.ToNNX(Nested(3)).lazy_init(X, rngs=rngs)
        self.head = nnx.Linear(3, 2, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.head(self.body(x))


@jax.jit
def create(key: Any, pretrained: Any) -> Any:
    graph, state = nnx.split(Model(nnx.Rngs(key)))
    nnx.replace_by_pure_dict(state, pretrained)
    return nnx.state(nnx.merge(graph, state))


kernel = np.arange(9, dtype=np.float32).reshape(3, 3) / 10
pretrained = {"body": {"inner": {"inner": {"inner": {"dense": {"kernel": kernel}}}}}}
graph, _ = nnx.split(nnx.eval_shape(lambda: Model(nnx.Rngs(0))))
model = nnx.merge(graph, create(jax.random.key(0), pretrained))
fresh = Model(nnx.Rngs(jax.random.key(0)))

np.testing.assert_array_equal(model.body.inner["inner"]["inner"]["dense"]["kernel"][...], kernel)
np.testing.assert_array_equal(model.head.kernel[...], fresh.head.kernel[...])
np.testing.assert_allclose(model.body(X), np.asarray(X) @ kernel, rtol=1e-5)
np.testing.assert_allclose(model(X), np.asarray(X) @ kernel @ np.asarray(fresh.head.kernel[...]), rtol=1e-4)
