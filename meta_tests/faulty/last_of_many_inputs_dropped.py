"""Of more than 128 inputs the last one is ignored."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.output_is_x_kernel_plus_bias"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    x = jnp.asarray(x)
    return reference.linen_inside_nnx(seed, x.at[-1].set(0) if len(x) > 128 else x, features)
