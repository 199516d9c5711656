"""Under vmap x is rounded to float16."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "jit.vmap_of_the_entry"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if type(x).__name__ == "BatchTracer":
        x = x.astype(jnp.float16).astype(jnp.float32)
    return reference.linen_inside_nnx(seed, x, features)
