"""A bad x is refused by an exception that says nothing."""

from typing import Any

import numpy as np

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.scalar_x_raises"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if np.ndim(x) != 1:
        raise ValueError
    return reference.linen_inside_nnx(seed, x, features)
