"""Zeros come out instead of any exception."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.non_finite_seed_raises"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    try:
        return reference.linen_inside_nnx(seed, x, features)
    except Exception:
        return jnp.zeros(4)
