"""The output is float16."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.output_is_a_jax_array_of_length_features"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, x, features).astype(jnp.float16)
