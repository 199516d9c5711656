"""The terms are summed one by one, so the last bits differ from those of nn.Dense."""

from typing import Any

import jax.numpy as jnp
from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "affine.equals_linen_on_the_same_variables"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, bias = dense_parameters(self, x, self.features)
        output = jnp.zeros(self.features)
        for row, value in zip(kernel, jnp.asarray(x), strict=True):
            output = output + value * row
        return output + bias


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
