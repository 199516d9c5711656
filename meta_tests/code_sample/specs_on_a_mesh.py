"""Partition specs of a Linen module around NNX, where a mesh is set."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Head(nnx.Module):
    def __init__(self, rngs):
        self.out = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x):
        return self.out(x)


def specs(mesh):
    model = bridge.ToLinen(Head)
    with jax.set_mesh(mesh):
        variables = model.init(jax.random.key(0), jnp.ones((1, 4)))
        return nn.get_partition_spec(variables)


def without_a_mesh():
    model = nn.Dense(2)
    variables = model.init(jax.random.key(0), jnp.ones((1, 4)))
    return nn.get_partition_spec(variables)
