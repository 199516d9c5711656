"""A library for quantization notes a number on each layer that it meets, and the layers can still be called.

After AI-Hypercomputer/maxtext, tests/unit/nnx_quant_guard_test.py.

Shows user_attributes_break_calls.
"""

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
model = nnx.Dict(layer=bridge.ToNNX(nn.Dense(4), rngs=nnx.Rngs(0)).lazy_init(x))
for _, module in nnx.iter_modules(model):
    module.range_of_the_quantizer = 2.0

expected = np.asarray(x) @ np.asarray(model.layer.kernel[...])
np.testing.assert_allclose(model.layer(x), expected, rtol=1e-5)
assert model.layer.range_of_the_quantizer == 2.0
