"""Two-phase models: their parts have the names of the phases."""

import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Phases(nn.Module):
    def setup(self):
        self.train = nn.Dense(8)  # expect: names_of_methods
        self.evaluate = nn.Dense(8)

    def __call__(self, x, training=True):
        return self.train(x) if training else self.evaluate(x)


class Gate(nn.Module):
    hidden: int

    @nn.compact
    def __call__(self, x):
        x = nn.Dense(self.hidden, name="apply")(x)  # expect: names_of_methods
        x = nn.Dense(self.hidden, name="applied")(x)
        bias = self.param("rngs", nn.initializers.zeros, (self.hidden,))  # expect: names_of_attributes
        return Inner(name="init")(x) + bias  # expect: names_of_methods


class Inner(nn.Module):
    @nn.compact
    def __call__(self, x):
        train = self.param("train", nn.initializers.ones, (1,))
        count = self.variable("state", "_pytree__count", lambda: jnp.zeros(()))  # expect: names_that_begin_with_pytree
        return x * train + count.value


class Trainer:
    """Not a module; it may call its parts as it likes."""

    def __init__(self, model):
        self.train = nn.Dense(8)
        self.model = model


def create():
    rngs = nnx.Rngs(0)
    phases = bridge.ToNNX(Phases(), rngs=rngs)  # expect: keys_drawn_from_the_callers_rngs
    gate = bridge.ToNNX(Gate(8), rngs=rngs)
    phases.lazy_init(jnp.ones((1, 8)))  # expect: first_weights_of_a_seed
    gate.lazy_init(jnp.ones((1, 8)))  # expect: first_weights_of_a_seed
    return phases, gate
