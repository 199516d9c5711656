"""A layer two modules below the model adds noise whenever a call gets an RNG stream."""

from typing import Any

import jax
from flax import linen as nn
from flax import nnx

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


class MyNNXWithLinen(nnx.Module):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        self.inner = model_around(FaultyDense)(features, rngs)

    def __call__(self, x: Any) -> Any:
        return self.inner(x)


linen_inside_nnx = entry_of(MyNNXWithLinen)
