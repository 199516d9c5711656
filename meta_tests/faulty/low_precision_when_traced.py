"""A traced x is rounded as bfloat16 would."""

from typing import Any

import jax
from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "jit.nnx_jit_of_the_models_call"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, bias = dense_parameters(self, x, self.features)
        if isinstance(x, jax.core.Tracer):
            x = jax.lax.reduce_precision(x, exponent_bits=8, mantissa_bits=7)
        return x @ kernel + bias


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
