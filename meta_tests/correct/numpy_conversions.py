"""Seed and features pass through NumPy, and x becomes a float32 JAX array of the right dtype first."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if not isinstance(x, jnp.ndarray):
        x = jnp.asarray(np.asarray(x, dtype=np.float32))
    model = MyNNXWithLinen(int(np.trunc(features)), rngs=nnx.Rngs(int(np.int64(seed))))
    bridge.lazy_init(model, x)
    return jnp.asarray(model(x), jnp.float32)
