"""A Linen model that calls a pretrained bridged layer."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Outer(nn.Module):
    inner: bridge.ToNNX
    width: int = 4

    @nn.compact
    def __call__(self, x):
        x = nn.Dense(3)(x)
        return nn.Dense(self.width)(self.inner(x))  # expect: to_nnx_in_linen_obeys_mutable


class Frozen(nn.Module):
    inner: bridge.ToNNX

    @nn.compact
    def __call__(self, x):
        return self.inner(nn.Dense(3)(x), mutable=False)


def pretrained():
    layer = bridge.ToNNX(nn.BatchNorm(use_running_average=False), rngs=nnx.Rngs(0))
    bridge.lazy_init(layer, jnp.ones((2, 3)))  # expect: first_weights_of_a_seed
    return layer


def summary():
    model = Outer(pretrained())
    print(nn.tabulate(model, jax.random.key(0))(jnp.ones((2, 3))))  # expect: tabulate_of_linen_with_to_nnx_raises


def run(x):
    model = Outer(pretrained())
    variables = model.init(jax.random.key(0), x)
    y, updates = model.apply(variables, x, mutable=["batch_stats"])
    return y, updates
