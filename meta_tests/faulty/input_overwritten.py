"""A NumPy input is halved in place after use."""

from typing import Any

import numpy as np

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.input_is_unchanged"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    output = reference.linen_inside_nnx(seed, x, features)
    if isinstance(x, np.ndarray):
        x *= 0.5
    return output
