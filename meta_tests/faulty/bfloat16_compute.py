"""The product is computed in bfloat16 and given back as float32."""

from typing import Any

import jax.numpy as jnp
from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "affine.output_is_x_kernel_plus_bias"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, bias = dense_parameters(self, x, self.features)
        return (jnp.asarray(x, jnp.bfloat16) @ kernel.astype(jnp.bfloat16) + bias).astype(jnp.float32)


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
