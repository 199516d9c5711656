"""The same with the newer mesh API."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx.bridge import ToNNX, lazy_init


def kernel(axes):
    return nn.with_partitioning(nn.initializers.lecun_normal(), axes)


def create(size):
    mesh = jax.make_mesh((len(jax.devices()),), ("model",))  # expect: partitioned_box_with_explicit_axes
    dense = nn.Dense(size, kernel_init=kernel((None, "model")))
    with jax.set_mesh(mesh):
        layer = ToNNX(dense, rngs=nnx.Rngs(0))
        return lazy_init(layer, jnp.ones((1, size)))  # expect: first_weights_of_a_seed, params_are_placed_on_the_mesh


def spread(batch, mesh):
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("model"))
    return jax.device_put(batch, sharding)


def spec(layer):
    return nnx.get_partition_spec(nnx.state(layer))
