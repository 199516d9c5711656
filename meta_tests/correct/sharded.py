"""The kernel's columns are sharded over a mesh of all devices, or replicated, where x is not traced."""

from typing import Any

import jax
import numpy as np
from flax import nnx
from flax.nnx import bridge
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    bridge.lazy_init(model, x)
    if isinstance(x, jax.core.Tracer):
        return model(x)
    mesh = Mesh(np.array(jax.devices()), ("model",))
    axis = "model" if int(features) % len(jax.devices()) == 0 else None

    def place(leaf: Any) -> Any:
        return jax.device_put(leaf, NamedSharding(mesh, PartitionSpec(*[None] * (leaf.ndim - 1), axis)))

    nnx.update(model, jax.tree.map(place, nnx.state(model, nnx.Param)))
    return model(jax.device_put(x, NamedSharding(mesh, PartitionSpec())))
