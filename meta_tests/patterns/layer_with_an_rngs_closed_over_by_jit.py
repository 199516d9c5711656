"""A layer that holds an `nnx.Rngs` is closed over by jax.jit, as a converter of models does.

After enpasos/jax2onnx, jax2onnx/plugins/flax/test_utils.py.

Shows closure_raises_trace_context_error.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
layer = bridge.ToNNX(nn.Dense(4), rngs=nnx.Rngs(0)).lazy_init(x)

output = jax.jit(lambda x: layer(x))(x)
np.testing.assert_allclose(output, np.asarray(x) @ np.asarray(layer.kernel[...]), rtol=1e-5)
assert output.shape == (2, 4)
