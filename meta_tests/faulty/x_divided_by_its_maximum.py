"""x is divided by its maximum and the output multiplied by it."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.two_terms_are_added_in_float32"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    largest = jnp.maximum(jnp.abs(jnp.asarray(x)).max(), 1e-20)
    return reference.linen_inside_nnx(seed, x / largest, features) * largest
