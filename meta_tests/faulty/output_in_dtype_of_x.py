"""The output is cast to the dtype of x, so whole numbers in give whole numbers out."""

from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.other_dtypes_are_promoted_as_in_linen"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, x, features).astype(jnp.asarray(x).dtype)
