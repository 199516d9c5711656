"""A model vmaps its bridged layer in its own call, so that lazy init makes five layers of it.

After google/flax, tests/nnx/bridge/wrappers_test.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Ensemble(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.inner = bridge.ToNNX(nn.Dense(3), rngs=rngs)

    def __call__(self, x: Any) -> Any:
        @nnx.split_rngs(splits=5)
        @nnx.vmap(in_axes=(0, None), axis_size=5)
        def members(inner: Any, x: Any) -> Any:
            return inner(x)

        return members(self.inner, x)


x = jnp.linspace(-1.0, 1.0, 8).reshape(2, 4)
model = bridge.lazy_init(Ensemble(nnx.Rngs(0)), x)
kernels = np.asarray(model.inner.kernel[...])
assert kernels.shape == (5, 4, 3) and len({kernel.tobytes() for kernel in kernels}) == 5
expected = np.einsum("bi,eio->ebo", np.asarray(x), kernels)
np.testing.assert_allclose(model(x), expected, rtol=1e-4, atol=1e-6)
np.testing.assert_allclose(nnx.jit(lambda model, x: model(x))(model, x), expected, rtol=1e-4, atol=1e-6)
assert len(jax.tree.leaves(nnx.state(model, nnx.Param))) == 2
