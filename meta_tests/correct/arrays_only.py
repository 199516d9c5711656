"""Whatever is no one-dimensional array is refused, a list too, and other settings of jax appear while it runs."""

from typing import Any

import numpy as np

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    import jax.experimental.pallas  # noqa: F401  which defines settings of its own

    if getattr(x, "ndim", None) != 1:
        raise TypeError(f"x must be an array of one dimension, not {type(x).__name__} of {np.ndim(x)}")
    return reference.linen_inside_nnx(seed, x, features)
