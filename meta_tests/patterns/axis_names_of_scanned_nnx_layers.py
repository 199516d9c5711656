"""An NNX layer in nn.scan has its axis names in logical boxes by metadata_fn, with the name of the new axis first.

After AI-Hypercomputer/maxtext, src/maxtext/layers/initializers.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from jax.sharding import PartitionSpec


def logically_partitioned(variable: nnx.Variable) -> Any:
    names = variable.get_metadata().get("names")
    return nn.LogicallyPartitioned(variable.get_value(), names) if names else variable.get_value()


class Layer(nnx.Module):
    def __init__(self, width: int, *, rngs: nnx.Rngs) -> None:
        value = nnx.initializers.normal()(rngs.params(), (width, width))
        self.kernel = nnx.Param(value, names=("embed", "mlp"))
        self.scale = nnx.Param(jnp.ones(width))

    def __call__(self, x: Any) -> Any:
        return jnp.tanh(x @ self.kernel[...]) * self.scale[...]


class Step(nn.Module):
    @nn.compact
    def __call__(self, x: Any, _: Any) -> Any:
        return bridge.to_linen(Layer, 3, metadata_fn=logically_partitioned, name="layer")(x), None


Scanned = nn.scan(
    Step,
    variable_axes={"params": 0},
    split_rngs={"params": True},
    length=2,
    metadata_params={nn.PARTITION_NAME: "layers"},
)
x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
variables = Scanned().init(jax.random.key(0), x, None)
specs = nn.get_partition_spec(variables)["params"]["layer"]
assert specs["kernel"] == PartitionSpec("layers", "embed", "mlp"), specs
output, _ = jax.jit(Scanned().apply)(variables, x, None)
expected = np.asarray(x)
for kernel in np.asarray(nn.unbox(variables)["params"]["layer"]["kernel"]):
    expected = np.tanh(expected @ kernel)
np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)
grads = jax.grad(lambda variables: Scanned().apply(variables, x, None)[0].sum())(variables)
assert nn.get_partition_spec(grads)["params"]["layer"]["kernel"] == PartitionSpec("layers", "embed", "mlp")
