"""A functional training step: split outside, merge inside of the gradient."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


def make(seed):
    layer = bridge.ToNNX(nn.Dense(4), rngs=nnx.Rngs(seed)).lazy_init(jnp.ones((1, 3)))  # expect: first_weights_of_a_seed
    return nnx.split(layer, nnx.Param, ...)


graphdef, params, rest = make(0)


@jax.jit
def step(params, rest, x, y):
    def loss(params):
        model = nnx.merge(graphdef, params, rest)  # expect: merge_shares_rng_streams
        return ((model(x) - y) ** 2).mean()

    grads = jax.grad(loss)(params)
    return jax.tree.map(lambda p, g: p - 0.1 * g, params, grads)


def per_device(state, devices):
    return nnx.fork(state, devices)  # expect: fork_of_a_state


def is_static(value):
    return not nnx.is_data_type(value)  # expect: is_data_type


def with_references(tree):
    return jax.tree.map(nnx.mutable_array, tree)  # expect: references_in_variables@0.10.7


def with_new_references(tree):
    return nnx.to_refs(tree)  # expect: references_in_variables@0.11.2
