"""x goes through NumPy, which cannot read a traced array."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from impl import linen_inside_nnx as reference

REJECTED_BY = "jit.nnx_jit_of_the_entry"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, jnp.asarray(np.asarray(x)), features)
