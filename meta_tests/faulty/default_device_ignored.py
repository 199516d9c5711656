"""x is moved to the first device unless it is committed elsewhere."""

from typing import Any

import jax

from impl import linen_inside_nnx as reference

REJECTED_BY = "reinit.default_device_is_respected"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if not getattr(x, "_committed", False):
        x = jax.device_put(x, jax.devices()[0])
    return reference.linen_inside_nnx(seed, x, features)
