"""A list counts twice: it is added to itself, which for a list means that it is repeated."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.list_x"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, x + x if isinstance(x, list) else x, features)
