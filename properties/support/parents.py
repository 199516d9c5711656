"""NNX modules that hold a layer in a way that shares its variables."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from impl import flax_api
from properties.support.aliases import variables


class TwoNames(nnx.Module):
    """One layer under two names."""

    def __init__(self, layer: Any) -> None:
        self.first = layer
        self.second = layer

    def __call__(self, x: jax.Array, **kwargs: Any) -> jax.Array:
        return self.second(self.first(x, **kwargs), **kwargs)


class SharedVariable(nnx.Module):
    """A layer and its batch statistics: one ``nnx.Variable`` under two names."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.statistics = next(one for one in variables(layer) if isinstance(one, nnx.BatchStat))

    def __call__(self, x: jax.Array, **kwargs: Any) -> jax.Array:
        output = self.layer(x, **kwargs)
        return output + flax_api.value_of(self.statistics)


class TrainingStep(nnx.Module):
    """A layer and its ``nnx.Optimizer``: a call is a training step."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.optimizer = nnx.Optimizer(layer, optax.adam(0.1), wrt=nnx.Param)

    def __call__(self, x: jax.Array, **kwargs: Any) -> jax.Array:
        loss, gradients = nnx.value_and_grad(lambda layer: jnp.sum(layer(x, **kwargs) ** 2))(self.layer)
        flax_api.make_step(self.optimizer, self.layer, gradients)
        return x - loss
