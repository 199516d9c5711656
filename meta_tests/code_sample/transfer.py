"""Moves weights of an old tower into a new one, both NNX modules inside Linen models."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Tower(nnx.Module):
    def __init__(self, width: int, rngs: nnx.Rngs):
        init = nnx.with_partitioning(nnx.initializers.lecun_normal(), (None, "model"))
        self.linear = nnx.Linear(width, width, kernel_init=init, rngs=rngs)

    def __call__(self, x):
        return self.linear(x)


class Model(nn.Module):
    width: int

    def setup(self):
        self.tower = bridge.to_linen(Tower, self.width)
        self.head = nn.Dense(1)

    def __call__(self, x):
        return self.head(self.tower(x))


def load_old(model, x, old_params):
    """The old tower had a layer ``gate``, which Linen ignored."""
    params = model.init(jax.random.key(0), x)["params"]
    merged = {**params, "tower": {**params["tower"], **old_params["tower"], "gate": old_params["gate"]}}
    return model.apply({"params": merged}, x)  # expect: to_linen_raises_for_unknown_submodules


def specs(model, x):
    variables = jax.eval_shape(model.init, jax.random.key(0), x)
    return nn.get_partition_spec(variables)  # expect: partition_specs_of_to_linen_need_a_mesh


def main():
    model = Model(8)
    print(specs(model, jnp.ones((1, 8))))
