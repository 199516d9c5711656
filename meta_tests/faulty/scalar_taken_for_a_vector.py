"""A scalar x counts as a vector of one entry."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.scalar_x_raises"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, jnp.atleast_1d(jnp.asarray(x)), features)
