"""A seed that is empty or None counts as zero."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.seed_and_features_of_wrong_type_raise"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed or 0, x, features)
