"""A layer gets a bridged operation at its first call, and the gradient of its scale is the scale's next value.

After AI-Hypercomputer/maxtext, src/maxtext/layers/quantizations.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


@jax.custom_vjp
def scaled(x: Any, scale: Any) -> Any:
    return x * scale


scaled.defvjp(lambda x, scale: (x * scale, (x, scale)), lambda kept, g: (g * kept[1], 2.0 * jnp.abs(kept[0]).max()))


class Scaling(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        return scaled(x, self.variable("_overwrite_with_gradient", "scale", jnp.ones, ()).value)


class Linear(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.kernel = nnx.Param(nnx.initializers.normal()(rngs.params(), (3, 2)))

    def __call__(self, x: Any) -> Any:
        if not hasattr(self, "scaling_0"):
            self.scaling_0 = bridge.ToNNX(Scaling(name="0")).lazy_init(x)
        return self.scaling_0(x, mutable=["_overwrite_with_gradient"]) @ self.kernel[...]


x = jnp.array([[1.0, -3.0, 2.0]])
model = Linear(nnx.Rngs(0))
np.testing.assert_allclose(model(x), np.asarray(x) @ np.asarray(model.kernel[...]), rtol=1e-5)
overwritten = nnx.variable_type_from_name("_overwrite_with_gradient")
wanted = nnx.DiffState(0, nnx.Any(nnx.Param, overwritten))
graph, params, scales = nnx.split(model, nnx.Param, overwritten)
assert len(jax.tree.leaves(params)) == len(jax.tree.leaves(scales)) == 1
grads = nnx.grad(lambda model: model(x).sum(), argnums=wanted)(model)
new_scales, slopes = nnx.split_state(grads, overwritten, nnx.Param)
assert float(jax.tree.leaves(new_scales)[0]) == 6.0
np.testing.assert_allclose(slopes.kernel[...], np.repeat(np.asarray(x).T, 2, 1))
nnx.update(model, new_scales)
np.testing.assert_allclose(model(x), 6.0 * np.asarray(x) @ np.asarray(model.kernel[...]), rtol=1e-5)
