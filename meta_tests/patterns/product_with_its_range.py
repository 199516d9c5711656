"""A bridged product without parameters takes a kernel and axis numbers, and every call updates its range.

After AI-Hypercomputer/maxtext, src/maxtext/layers/linears.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class RangedProduct(nn.Module):
    @nn.compact
    def __call__(self, x: Any, kernel: Any, dimensions: Any, decay: float) -> Any:
        seen = self.variable("ranges", "x", jnp.zeros, ())
        if not self.is_initializing():
            seen.value = jnp.maximum(seen.value * decay, jnp.abs(x).max())
        assert isinstance(dimensions[0][0][0], int)
        return jax.lax.dot_general(x, kernel, dimensions)


class Linear(nnx.Module):
    def __init__(self, inputs: int, outputs: int, rngs: nnx.Rngs) -> None:
        self.kernel = nnx.Param(nnx.initializers.normal()(rngs.params(), (inputs, outputs)))
        self.name = f"{RangedProduct.__name__}_0"
        setattr(self, self.name, bridge.ToNNX(RangedProduct(), rngs=rngs))
        getattr(self, self.name).lazy_init(jnp.zeros((1, inputs)), self.kernel[...], (((1,), (0,)), ((), ())), 0.5)

    def __call__(self, x: Any) -> Any:
        return getattr(self, self.name)(x, self.kernel[...], (((1,), (0,)), ((), ())), 0.5, mutable=["ranges"])


model = Linear(3, 2, nnx.Rngs(0))
assert set(nnx.to_pure_dict(nnx.state(model, nnx.Param))) == {"kernel"}
call = nnx.jit(lambda model, x: model(x))
x = jnp.array([[1.0, -4.0, 2.0]])
for scale, seen in ((1.0, 4.0), (0.25, 2.0), (0.0, 1.0)):
    np.testing.assert_allclose(call(model, scale * x), scale * np.asarray(x) @ np.asarray(model.kernel[...]), rtol=1e-5)
    assert float(getattr(model, model.name).x[...]) == seen
