"""The call changes jax's default precision of products and leaves it so."""

from typing import Any

import jax

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.jax_configuration_is_unchanged"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    output = reference.linen_inside_nnx(seed, x, features)
    jax.config.update("jax_default_matmul_precision", "float32")
    return output
