"""A seed that 63 bits cannot hold gives NaN."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.huge_seed"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    output = reference.linen_inside_nnx(seed if abs(seed) < 2**63 else 0, x, features)
    return output if abs(seed) < 2**63 else output * jnp.nan
