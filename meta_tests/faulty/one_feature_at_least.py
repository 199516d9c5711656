"""Zero features count as one."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.zero_features"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, x, max(features, 1) if features == 0 else features)
