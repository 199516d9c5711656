"""An exporter turns the variables of a layer back into Linen's and binds them to its Linen module.

After enpasos/jax2onnx, jax2onnx/converter/linen_handler.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from flax.nnx.bridge import variables as bridge_variables


class Normed(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.BatchNorm(use_running_average=not self.is_mutable_collection("batch_stats"))(nn.Dense(2)(x))


x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
layer = bridge.ToNNX(Normed(), rngs=nnx.Rngs(0)).lazy_init(x)
layer(x, mutable=["batch_stats"])

attributes = {name: value for name, value in vars(layer).items() if not name.startswith(("_", "to_nnx__"))}
variables = bridge_variables.nnx_attrs_to_linen_vars(attributes)
assert {collection: set(found) for collection, found in variables.items()} == {
    "params": {"Dense_0", "BatchNorm_0"},
    "batch_stats": {"BatchNorm_0"},
}
bound = layer.to_nnx__module.bind(variables)
np.testing.assert_array_equal(jax.jit(lambda x: bound(x))(x), layer(x))
dense = np.asarray(x) @ np.asarray(variables["params"]["Dense_0"]["kernel"])
np.testing.assert_allclose(variables["batch_stats"]["BatchNorm_0"]["mean"], 0.01 * dense.mean(0), rtol=1e-4, atol=1e-6)
variance = 0.99 + 0.01 * dense.var(0)
np.testing.assert_allclose(bound(x), (dense - 0.01 * dense.mean(0)) / np.sqrt(variance + 1e-5), rtol=1e-4, atol=1e-6)
again = bridge_variables.linen_vars_to_nnx_attrs(variables)
assert isinstance(again["BatchNorm_0"]["mean"], nnx.BatchStat) and isinstance(again["Dense_0"]["bias"], nnx.Param)
