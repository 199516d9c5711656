"""No gradient passes to the kernel, so that the layer learns its bias alone."""

from typing import Any

import jax
from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "jit.gradient_with_respect_to_parameters"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, bias = dense_parameters(self, x, self.features)
        return x @ jax.lax.stop_gradient(kernel) + bias


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
