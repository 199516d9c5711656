"""A Linen MLP whose kernels are split over a mesh, called from NNX."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from jax.sharding import Mesh, NamedSharding, PartitionSpec


class MLP(nn.Module):
    hidden: int

    @nn.compact
    def __call__(self, x):
        init = nn.initializers.lecun_normal()
        x = nn.Dense(self.hidden, kernel_init=nn.with_partitioning(init, (None, "model")))(x)
        x = nn.gelu(x)
        return nn.Dense(x.shape[-1], kernel_init=nn.with_partitioning(init, ("model", None)))(x)


def data_mesh():
    return Mesh(np.array(jax.devices()).reshape(1, -1), ("data", "model"))


def create(x):
    mesh = data_mesh()
    layer = bridge.ToNNX(MLP(64), rngs=nnx.Rngs(0))
    with mesh:  # expect: legacy_mesh_context_is_ignored
        bridge.lazy_init(layer, x)  # expect: first_weights_of_a_seed
    return layer, mesh


def place_batch(mesh: Mesh, batch):
    with mesh:
        return jax.device_put(batch, NamedSharding(mesh, PartitionSpec("data")))


def axis_names(layer: bridge.ToNNX):
    first = layer.Dense_0
    names = layer.kernel.sharding if hasattr(layer, "kernel") else None  # expect: axis_names_in_the_metadata
    return names or first["kernel"].get_metadata()["sharding"]  # expect: axis_names_in_the_metadata


def run(layer, mesh, batches):
    @nnx.jit
    def forward(layer, x):
        return layer(x)

    return [forward(layer, place_batch(mesh, batch)) for batch in batches]


if __name__ == "__main__":
    example = jnp.ones((8, 16))
    layer, mesh = create(example)
    print(axis_names(layer), run(layer, mesh, [example])[0].shape)
