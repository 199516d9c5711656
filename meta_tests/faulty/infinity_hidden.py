"""Infinities in the input become the largest number."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.nan_and_infinity_propagate"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, jnp.nan_to_num(jnp.asarray(x), nan=jnp.nan), features)
