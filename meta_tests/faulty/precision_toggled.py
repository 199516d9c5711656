"""Each call toggles jax's default precision of products, so that every compiled function is traced again."""

from typing import Any

import jax

from impl import linen_inside_nnx as reference

REJECTED_BY = "jit.one_trace_for_one_shape"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    precise = jax.config.values["jax_default_matmul_precision"] == "highest"
    jax.config.update("jax_default_matmul_precision", "float32" if precise else "highest")
    return reference.linen_inside_nnx(seed, x, features)
