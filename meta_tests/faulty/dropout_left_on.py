"""Noise is added whenever a call gets an RNG stream."""

from typing import Any

import jax
from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "lazy_init.rngs_at_call_time_change_nothing"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, bias = dense_parameters(self, x, self.features)
        output = x @ kernel + bias
        streams = [name for name in ("params", "default") if self.has_rng(name) and not self.is_initializing()]
        return output + sum(jax.random.normal(self.make_rng(name), output.shape) for name in streams)


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
