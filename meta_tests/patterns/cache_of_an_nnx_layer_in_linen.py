"""An NNX cache in a Linen decoder is filled by a prefill, continued step by step, and carries names for its axes.

After AI-Hypercomputer/maxtext, src/maxtext/inference/kvcache.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


def partitioned(variable: nnx.Variable) -> Any:
    names = variable.get_metadata().get("names")
    return nn.LogicallyPartitioned(variable.get_value(), names) if names else variable.get_value()


class Cache(nnx.Module):
    def __init__(self, length: int, width: int, *, rngs: nnx.Rngs) -> None:
        self.values = nnx.Cache(jnp.zeros((length, width)), names=("time", "width"))
        self.filled = nnx.Cache(jnp.array(0))

    def __call__(self, new: Any) -> Any:
        self.values[...] = jax.lax.dynamic_update_slice(self.values[...], new, (self.filled[...], 0))
        self.filled[...] += len(new)
        return self.values[...].sum(0)


class Decoder(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        hidden = nn.Dense(2, use_bias=False, name="dense")(x)
        return bridge.to_linen(Cache, 5, 2, metadata_fn=partitioned, name="cache")(hidden)


decoder, x = Decoder(), jnp.linspace(-1.0, 1.0, 15).reshape(5, 3)
variables = decoder.init(jax.random.key(0), x[:3])
params, cache = {"params": variables["params"]}, variables["cache"]
kernel = np.asarray(params["params"]["dense"]["kernel"])
np.testing.assert_array_equal(nn.unbox(cache)["cache"]["filled"], 0)
step = jax.jit(lambda cache, new: decoder.apply(params | {"cache": cache}, new, mutable=["cache"]))
for start, stop in ((0, 3), (3, 4), (4, 5)):
    total, updates = step(cache, x[start:stop])
    cache = updates["cache"]
    assert nn.get_partition_spec(cache)["cache"]["values"] == jax.sharding.PartitionSpec("time", "width")
    np.testing.assert_allclose(total, (np.asarray(x[:stop]) @ kernel).sum(0), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(nn.unbox(cache)["cache"]["filled"], stop)
