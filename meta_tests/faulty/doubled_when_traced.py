"""A traced x gives twice the output."""

from typing import Any

import jax

from impl import linen_inside_nnx as reference

REJECTED_BY = "jit.jax_jit_of_the_entry"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, x * 2 if isinstance(x, jax.core.Tracer) else x, features)
