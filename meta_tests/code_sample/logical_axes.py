"""Attention with logical axis names. Nothing here makes a mesh: the caller does."""

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx
from flax.nnx import bridge

RULES = (("embed", None), ("heads", "model"), ("batch", "data"))


class Attention(nn.Module):
    heads: int

    @nn.compact
    def __call__(self, x):
        kernel_init = nn.with_logical_partitioning(nn.initializers.lecun_normal(), ("embed", "heads"))
        x = nn.with_logical_constraint(x, ("batch", None, "embed"))
        return nn.Dense(x.shape[-1], kernel_init=kernel_init)(x)


class Block(nnx.Module):
    def __init__(self, width, rngs):
        self.attention = bridge.ToNNX(Attention(4), rngs=rngs)  # expect: keys_drawn_from_the_callers_rngs
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.project = nnx.Linear(width, width, rngs=rngs)

    def __call__(self, x):
        x = x + self.attention(self.norm(x))
        return nnx.with_sharding_constraint(self.project(x), None)  # expect: sharding_constraint_of_nnx


def create(width, rules=RULES):
    block = Block(width, nnx.Rngs(0))
    example = jnp.ones((1, 4, width))
    return bridge.lazy_init(block, example)  # expect: first_weights_of_a_seed, partitioned_box_needs_a_mesh_context


def forward(block, x, rules=RULES):
    with nn.logical_axis_rules(rules):
        return jax.jit(lambda x: block(x))(x)
