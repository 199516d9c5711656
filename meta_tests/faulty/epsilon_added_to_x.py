"""A millionth of a millionth is added to x, as if to avoid a division by zero."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.zero_input_gives_the_bias"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, jnp.asarray(x) + 1e-12, features)
