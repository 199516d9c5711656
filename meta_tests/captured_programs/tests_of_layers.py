"""A user's tests of bridged layers."""

import jax.numpy as jnp
import pytest
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Gate(nn.Module):
    """Scales its input by a learned gate."""

    features: int

    @nn.compact
    def __call__(self, x):
        return x * nn.sigmoid(nn.Dense(self.features)(x))


class Stack(nnx.Module):
    """Some gates, one after another."""

    def __init__(self, depth, features, rngs):
        self.gates = nnx.Sequential(*[bridge.ToNNX(Gate(features), rngs=rngs) for _ in range(depth)])

    def __call__(self, x):
        return self.gates(x)


@pytest.mark.parametrize("depth", [1, 3])
def test_stack_keeps_the_shape(depth):
    x = jnp.ones((2, 5))
    assert bridge.lazy_init(Stack(depth, 5, nnx.Rngs(0)), x)(x).shape == (2, 5)


def test_wrong_shape_is_refused():
    layer = bridge.ToNNX(Gate(4), rngs=nnx.Rngs(0))
    with pytest.raises(TypeError):
        layer.lazy_init(jnp.ones((2, 5)))


def test_local_layer():
    class Local(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dense(2)(x)

    assert bridge.ToNNX(Local(), rngs=nnx.Rngs(0)).lazy_init(jnp.ones((1, 3)))(jnp.ones((1, 3))).shape == (1, 2)
