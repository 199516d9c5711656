"""No gradient passes to x."""

from typing import Any

import jax
import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "jit.gradient_with_respect_to_x"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, jax.lax.stop_gradient(jnp.asarray(x)), features)
