"""The x that initialises the layer scales its kernel."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "determinism.values_of_x_do_not_influence_parameters"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        largest = jnp.abs(jnp.asarray(x)).max()

        def scaled(*arguments: Any) -> jax.Array:
            return nn.initializers.lecun_normal()(*arguments) / (1 + largest)

        return nn.Dense(self.features, kernel_init=scaled)(x)


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
