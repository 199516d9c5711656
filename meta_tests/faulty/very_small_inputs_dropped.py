"""Inputs below 1e-10 in magnitude count as zero."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.output_is_x_kernel_plus_bias"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    x = jnp.asarray(x)
    return reference.linen_inside_nnx(seed, jnp.where(abs(x) < 1e-10, 0, x), features)
