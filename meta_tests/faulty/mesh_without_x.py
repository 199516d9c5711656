"""The output is replicated on a mesh of the first two devices, wherever x is."""

from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from impl import linen_inside_nnx as reference

REJECTED_BY = "reinit.output_is_on_the_device_of_x"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    output = reference.linen_inside_nnx(seed, x, features)
    if isinstance(output, jax.core.Tracer):
        return output
    mesh = Mesh(np.array(jax.devices()[:2]), ("d",))
    return jax.device_put(output, NamedSharding(mesh, PartitionSpec()))
