"""The operands are rounded to the ten bits of TF32 before the product."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "affine.output_is_x_kernel_plus_bias"


def _tf32(array: Any) -> Any:
    return jax.lax.reduce_precision(array, exponent_bits=8, mantissa_bits=10)


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, bias = dense_parameters(self, x, self.features)
        return _tf32(jnp.asarray(x, jnp.float32)) @ _tf32(kernel) + bias


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
