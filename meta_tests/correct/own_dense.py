"""The bridged layer is written out by hand, with parameters of its own names that only their shapes tell apart."""

from typing import Any

import jax.numpy as jnp
from flax import linen as nn

from meta_tests.support.building import entry_of, model_around


class OwnDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        shape = (jnp.shape(x)[-1], self.features)
        weights = self.param("weights", nn.initializers.lecun_normal(), shape, jnp.float32)
        offset = self.param("offset", nn.initializers.zeros_init(), shape[1:], jnp.float32)
        return jnp.dot(jnp.asarray(x), weights) + offset


MyNNXWithLinen = model_around(OwnDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
