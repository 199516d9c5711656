"""The values of x are mixed into the seed."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.output_is_x_kernel_plus_bias"


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(int(seed) + float(jnp.abs(jnp.asarray(x)).sum()) % 1000, x, features)
