"""The bias is added to what is computed at once, and forgotten in what is compiled."""

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
        return x @ kernel if isinstance(x, jax.core.Tracer) else x @ kernel + bias


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
