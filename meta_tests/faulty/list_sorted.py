"""A list is sorted in place before it is refused."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.list_x"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if isinstance(x, list):
        x.sort()
        raise TypeError(f"x is a list of {len(x)} numbers, and must be an array")
    return reference.linen_inside_nnx(seed, x, features)
