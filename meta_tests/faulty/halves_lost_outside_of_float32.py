"""What is no float32 passes through integers, which drop its fractions."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.other_dtypes_are_promoted_as_in_linen"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if getattr(x, "dtype", jnp.float32) != jnp.float32:
        x = jnp.asarray(x, jnp.int32)
    return reference.linen_inside_nnx(seed, x, features)
