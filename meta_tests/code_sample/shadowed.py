"""Local names that hide those of Flax."""

import jax.numpy as jnp
from flax import nnx
from flax.nnx import bridge


class Wrapper:
    def __init__(self, module, rngs):
        self.module = module
        self.rngs = rngs

    def lazy_init(self, x):
        return self.module


def build(bridge, x):
    """This ``bridge`` is an argument."""
    layer = bridge.ToNNX(x, rngs=x)
    bridge.lazy_init(layer, x)
    return layer.module


def rebuild(x):
    layer = bridge.ToNNX(x, rngs=nnx.Rngs(0))
    layer = Wrapper(layer, None)
    layer.lazy_init(x)
    return layer.module, layer.rngs


def fork(nnx, state):
    return nnx.fork(state), nnx.is_data_type(state), nnx.with_sharding_constraint(state, None)


def comprehension(things):
    return [nnx.fork(1) for nnx in things] + [bridge.module for bridge in things]


def local():
    class bridge:  # noqa: N801
        ToNNX = Wrapper

    return bridge.ToNNX(1, 2).module


def genuine(x):
    layer = bridge.ToNNX(x, rngs=nnx.Rngs(0))
    print("layer.module and nnx.fork in a string", jnp.shape(x))
    return layer.module  # expect: attributes_module_and_rngs_renamed
