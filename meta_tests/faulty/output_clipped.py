"""Outputs beyond a million are clipped."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.output_is_x_kernel_plus_bias"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return jnp.clip(reference.linen_inside_nnx(seed, x, features), -1e6, 1e6)
